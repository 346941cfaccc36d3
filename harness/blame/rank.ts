import { visible } from "../input/odd-characters.ts";
import type { SourceLocation } from "../errors.ts";
import { linesOfGuide } from "./difference.ts";
import type { ChangedBlock, Difference, PlannedStep, Suspect } from "../record/blame.ts";

const mostSteps = 8;
const mostReasons = 3;

/**
 * What a reason weighs. A change that has to do with what is red outweighs all else. So does any change that is tried, for what it was
 * changed from was in order, and what is gone, for nobody can say what that had to do with. Then comes what the last words of a
 * unit that died name, the step that started it, and any other change. Looks weigh less with each file between, and if green
 * tests looked, too; more, if the failure mentions what was looked at, or the machine. Least of all weighs what a unit complains of at
 * which nothing that failed has looked.
 */
export const weights = {
  tried: 40,
  died: 20,
  named: 30,
  changed: 10,
  made: 10,
  shown: 2,
  odd: 2,
  complains: 1,
  overheard: 0.01,
  look: 1,
  mentioned: 2,
  guards: 0.5,
  fade: 0.6,
};

/** One thing that speaks against a step. */
export type Reason = {
  readonly step: PlannedStep;
  readonly kind: "looked at" | "odd unit" | "died" | "made" | "named" | "guards" | "shown" | "failed";
  readonly weight: number;
  readonly why: string;
  /** What of the step's text the failure, or a unit, names. */
  readonly word?: string;
};

/** Whether a guarded section is a step's or has it inside. */
export const covers = (guarded: string, section: string): boolean =>
  section === guarded || section.startsWith(`${guarded}.`);

/** Lines in which what was seen is not what was wanted. */
const differingLines = (message: string): string[] =>
  message.split("\n").filter((line) => /^[-+] (?!Expected|Received)/.test(line));

const wordsIn = (lines: readonly string[]): ReadonlySet<string> =>
  new Set(lines.flatMap((line) => line.split(/[^\w.-]+/)));

/** Words of the lines in which what was seen is not what was wanted; of all, if a message has no such lines. */
export function differingWords(message: string): ReadonlySet<string> {
  const differing = differingLines(message);
  return wordsIn(differing.length > 0 ? differing : message.split("\n"));
}

/** Machines of which an assertion says that something is not as wanted: in its headline, else in the lines that differ. */
export function machinesNamed(message: string, plan: readonly PlannedStep[]): string[] {
  const machines = new Set(plan.map(({ machine }) => machine));
  const [headline = ""] = message.split("\n");
  const owners = [...headline.matchAll(/([\w-]+)'s /g)].map(([, name = ""]) => name);
  const owner = owners.find((name) => machines.has(name));
  if (owner !== undefined) return [owner];
  const words = wordsIn(differingLines(message));
  return [...machines].filter((name) => words.has(name));
}

/** Words of the failure that stand in no more than two blocks of the guide: what the test saw comes from there. */
export function shown(message: string, plan: readonly PlannedStep[]): Reason[] {
  const lines = message.split("\n");
  const wanted = new Set(lines.filter((line) => /^\s*(-|Expected:)/.test(line)).flatMap(valuesIn));
  const received = lines.filter((line) => !/^\s*(-|at )/.test(line)).flatMap(valuesIn);
  const words = received.filter((word) => !wanted.has(word));
  return having(words, plan, "shown", weights.shown, "the failure shows");
}

/** What a unit's last words name, if it stands in no more than two blocks. */
export const named = (
  unit: string,
  said: string,
  plan: readonly PlannedStep[],
  weight = weights.named,
): Reason[] => having(valuesIn(said), plan, "named", weight, `${unit} names`);

/** Steps that have a word, if they are of two blocks at most: the less, the more it weighs. */
const having = (
  words: readonly string[],
  plan: readonly PlannedStep[],
  kind: Reason["kind"],
  most: number,
  whoSays: string,
): Reason[] =>
  [...new Set(words)].flatMap((word) => {
    const steps = plan.filter(({ command = "" }) => command.includes(word));
    const blocks = new Set(steps.map(({ id }) => id)).size;
    const why = `has ${word}, which ${whoSays}`;
    return blocks > 2 ? [] : steps.map((step) => ({ step, kind, weight: most / blocks, why, word }));
  });

/** Values such as addresses, paths and options, and what no keyboard has, as the plan's text has it; not words of a language. */
const valuesIn = (line: string): string[] =>
  [...visible(line).matchAll(/(?:[\w./:@=-]|[^\p{ASCII}\s]|<U\+\w+>)+/gu)]
    .map(([word]) => word.replace(/^[.:=]+|[.:=-]+$/g, ""))
    .filter((word) => isValue(word) && !/^\d+(\.\d+)?$/.test(word));

const isValue = (word: string): boolean =>
  /[^\p{ASCII}]|<U\+/u.test(word)
    ? word.length >= 3
    : word.length >= 5 && (/\d|\w[/=]\w/.test(word) || /^--\w/.test(word));

/** Blocks by the weight of what speaks against them. What had not run when something failed comes last. */
export function rank(
  reasons: readonly Reason[],
  plan: readonly PlannedStep[],
  since: Difference | undefined,
  unreached: ReadonlySet<string>,
): Suspect[] {
  const order = new Map(plan.map(({ id }, index) => [id, index]));
  const byBlock = Map.groupBy(reasons, ({ step }) => step.id);
  const changed = new Map((since?.blocks ?? []).map((block) => [block.id, block]));
  return [...new Set([...byBlock.keys(), ...changed.keys()])]
    .flatMap((id): Ranked[] => {
      const own = (byBlock.get(id) ?? []).toSorted((a, b) => b.weight - a.weight);
      const steps = plan.filter((step) => step.id === id);
      const change = changed.get(id);
      const location = (change && placeOf(change, own, steps[0])) ?? steps[0]?.location;
      if (!location) return [];
      // What was seen of a unit is of its machine: that others were looked at, too, depends on which tests ran.
      const telling = own.filter(({ kind }) => kind === own[0]?.kind && kind === "made");
      const suspected = [
        ...new Set((telling.length > 0 ? telling : own).map(({ step }) => step.machine)),
      ].toSorted();
      const machines = suspected.length > 0 ? suspected : steps.map(({ machine }) => machine);
      const words = [...new Set(own.map(({ why }) => why))].slice(0, mostReasons);
      const isReached = !unreached.has(id);
      const why = [
        ...(isReached ? [] : ["had not run yet"]),
        ...(change ? [changeWords(change.kind, since?.base)] : []),
        ...words,
      ];
      const concerned = since?.base !== undefined || change?.kind === "removed" || own.length > 0;
      const weight = weightOf(own) + (change ? (concerned ? weights.tried : weights.changed) : 0);
      const suspect = { id, machines, location, why, changed: change !== undefined };
      return [{ suspect, isReached, weight, reasons: new Set(own.map((reason) => reason.why)).size }];
    })
    .toSorted(
      (a, b) =>
        Number(b.isReached) - Number(a.isReached) ||
        b.weight - a.weight ||
        b.reasons - a.reasons ||
        (order.get(a.suspect.id) ?? 0) - (order.get(b.suspect.id) ?? 0),
    )
    .slice(0, mostSteps)
    .map(({ suspect }) => suspect);
}

/** Of the lines of a block that are others, the first with a word that the failure, or a unit, names; else the first. */
function placeOf(
  { location, edited = [] }: ChangedBlock,
  reasons: readonly Reason[],
  step: PlannedStep | undefined,
): SourceLocation {
  const words = reasons.flatMap(({ word }) => word ?? []);
  const found = linesOfGuide(step).find(
    ({ line, text }) => edited.includes(line) && words.some((word) => text.includes(word)),
  );
  return found === undefined ? location : { ...location, line: found.line };
}

type Ranked = {
  readonly suspect: Suspect;
  readonly isReached: boolean;
  readonly weight: number;
  readonly reasons: number;
};

const changeWords = (kind: ChangedBlock["kind"], base: string | undefined): string =>
  base === undefined
    ? `${kind} since the last green run`
    : {
        added: `added to ${base}`,
        changed: `changed from ${base}`,
        moved: `moved from where ${base} has it`,
        removed: `removed from ${base}`,
      }[kind];

/** The heaviest reason of each kind counts; many files of one block are not more than one. */
function weightOf(reasons: readonly Reason[]): number {
  const heaviest = [...Map.groupBy(reasons, ({ kind }) => kind).values()].map((own) =>
    Math.max(...own.map(({ weight }) => weight)),
  );
  return heaviest.reduce((sum, weight) => sum + weight, 0);
}
