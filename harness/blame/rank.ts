import type { Difference, PlannedStep, Suspect } from "../record/blame.ts";

const mostSteps = 8;
const mostReasons = 3;

/** What a reason weighs. A unit that died outweighs all else, then a change; looks weigh less with each file between, and if green tests looked, too. */
export const weights = { died: 20, changed: 10, shown: 2, odd: 2, look: 1, guards: 0.5, fade: 0.6 };

/** One thing that speaks against a step. */
export type Reason = {
  readonly step: PlannedStep;
  readonly kind: "looked at" | "odd unit" | "died" | "guards" | "shown" | "failed";
  readonly weight: number;
  readonly why: string;
};

/** Whether a guarded section is a step's or has it inside. */
export const covers = (guarded: string, section: string): boolean =>
  section === guarded || section.startsWith(`${guarded}.`);

/** Words of the failure that stand in no more than two blocks of the guide: what the test saw comes from there. */
export function shown(message: string, plan: readonly PlannedStep[]): Reason[] {
  const wanted = new Set(
    message
      .split("\n")
      .filter((line) => /^\s*(-|Expected:)/.test(line))
      .flatMap(wordsOf),
  );
  const words = new Set(
    message
      .split("\n")
      .filter((line) => !/^\s*(-|at )/.test(line))
      .flatMap(wordsOf),
  );
  return [...words]
    .filter((word) => !wanted.has(word))
    .flatMap((word) => {
      const steps = plan.filter(({ command = "" }) => command.includes(word));
      const blocks = new Set(steps.map(({ id }) => id));
      if (blocks.size === 0 || blocks.size > 2) return [];
      return steps.map((step): Reason => ({
        step,
        kind: "shown",
        weight: weights.shown / blocks.size,
        why: `has ${word}, which the failure shows`,
      }));
    });
}

/** Values such as addresses, paths and options, not words of a language. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/[\w./:@=-]{5,}/g)]
    .map(([word]) => word.replace(/^[.:=-]+|[.:=-]+$/g, ""))
    .filter((word) => word.length >= 5 && /\d|\w[/=]\w/.test(word) && !/^\d+(\.\d+)?$/.test(word));

/** Blocks by the weight of what speaks against them: of each kind of reason the heaviest counts. */
export function rank(
  reasons: readonly Reason[],
  plan: readonly PlannedStep[],
  since: Difference | undefined,
): Suspect[] {
  const order = new Map(plan.map(({ id }, index) => [id, index]));
  const byBlock = Map.groupBy(reasons, ({ step }) => step.id);
  const changed = new Map((since?.blocks ?? []).map((block) => [block.id, block]));
  return [...new Set([...byBlock.keys(), ...changed.keys()])]
    .flatMap((id): Ranked[] => {
      const own = (byBlock.get(id) ?? []).toSorted((a, b) => b.weight - a.weight);
      const steps = plan.filter((step) => step.id === id);
      const change = changed.get(id);
      const location = steps[0]?.location ?? change?.location;
      if (!location) return [];
      const suspected = [...new Set(own.map(({ step }) => step.machine))].toSorted();
      const machines = suspected.length > 0 ? suspected : steps.map(({ machine }) => machine);
      const words = [...new Set(own.map(({ why }) => why))].slice(0, mostReasons);
      const why = change ? [`${change.kind} since the last green run`, ...words] : words;
      const weight = weightOf(own) + (change ? weights.changed : 0);
      return [{ suspect: { id, machines, location, why, changed: change !== undefined }, weight }];
    })
    .toSorted(
      (a, b) => b.weight - a.weight || (order.get(a.suspect.id) ?? 0) - (order.get(b.suspect.id) ?? 0),
    )
    .slice(0, mostSteps)
    .map(({ suspect }) => suspect);
}

type Ranked = { readonly suspect: Suspect; readonly weight: number };

/** The heaviest reason of each kind counts; many files of one block are not more than one. */
function weightOf(reasons: readonly Reason[]): number {
  const heaviest = [...Map.groupBy(reasons, ({ kind }) => kind).values()].map((own) =>
    Math.max(...own.map(({ weight }) => weight)),
  );
  return heaviest.reduce((sum, weight) => sum + weight, 0);
}
