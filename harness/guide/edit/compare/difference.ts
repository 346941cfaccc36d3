import type { SourceLocation } from "../../../errors.ts";
import { InvalidGuideError, type Finding } from "../../invalid-guide.ts";
import { align } from "./align.ts";
import { keysOf } from "../../parse/directives.ts";
import type { AnswersBlock, Block, Guide, OutputBlock, StepBlock } from "../../types.ts";

/** A change as errata write it, without its reason. */
export type PlainChange =
  | {
      readonly step: string;
      readonly find: string;
      readonly replace: string;
      readonly output?: true;
      readonly answers?: true;
    }
  | { readonly step: string; readonly drop: true }
  | { readonly step: string; readonly on: string }
  | { readonly after: string; readonly insert: string }
  | { readonly before: string; readonly insert: string };

type Placed = {
  readonly step: StepBlock;
  readonly output: OutputBlock | undefined;
  readonly answers: AnswersBlock | undefined;
};

const hint =
  "an erratum changes texts, machines, presence and order of steps; change the guide itself for more";

/**
 * The changes that lead from one guide to another one, as small as lines allow. Prose and skipped blocks do not count.
 * InvalidGuideError, with places in the other guide, for what no change can express.
 * `fence` gives the other guide's lines of a block.
 */
export function differenceOf(
  one: Guide,
  other: Guide,
  fence: (block: Block) => readonly string[],
): PlainChange[] {
  const [before, after] = [stepsOf(one.blocks), stepsOf(other.blocks)];
  const old = new Map(before.map((placed) => [placed.step.id, placed]));
  const pairs = commonRun(
    before.map(({ step }) => step.id),
    after.map(({ step }) => step.id),
  );
  const kept = new Set(pairs);
  const findings: Finding[] = [];
  const refuse = (location: SourceLocation, message: string): void => {
    findings.push({ location, message, hint });
  };
  const dropped = before.filter(({ step }) => !kept.has(step.id));
  const changes: PlainChange[] = dropped.map(({ step }) => ({ step: step.id, drop: true }));
  for (const [index, placed] of after.entries()) {
    const was = old.get(placed.step.id);
    if (was && kept.has(placed.step.id)) changes.push(...changesOf(was, placed, refuse));
    else
      changes.push(...insertion(placed, after[index - 1]?.step, nextKept(after, index, kept), fence, refuse));
  }
  if (findings.length > 0) throw new InvalidGuideError(findings);
  return changes;
}

function stepsOf(blocks: readonly Block[]): Placed[] {
  return blocks.flatMap((block) => {
    if (!("id" in block)) return [];
    const own = blocks.filter((other) => "of" in other && other.of === block.id);
    const output = own.find((other) => other.kind === "output");
    const answers = own.find((other) => other.kind === "answers");
    return [{ step: block, output, answers }];
  });
}

type Refuse = (location: SourceLocation, message: string) => void;

/** What of a step no change can touch: all that its fence says but for its machines. */
const shape = ({ section, ...block }: StepBlock): string => {
  const said = Object.entries(block).filter(([key]) => key !== "on" && keysOf(block.kind).includes(key));
  return JSON.stringify([section, block.kind, block.language, said]);
};

function changesOf(was: Placed, is: Placed, refuse: Refuse): PlainChange[] {
  const { id } = is.step;
  if (shape(was.step) !== shape(is.step)) {
    refuse(is.step.location, `${id} differs in section, or in what its fence says beside its machines`);
  }
  if ((was.output === undefined) !== (is.output === undefined) || was.output?.within !== is.output?.within) {
    refuse((is.output ?? is.step).location, `the output of ${id} is added, removed or waits`);
  }
  if ((was.answers === undefined) !== (is.answers === undefined)) {
    refuse((is.answers ?? is.step).location, `answers of ${id} are added or removed`);
  }
  const moved =
    was.step.on.join(",") === is.step.on.join(",") ? [] : [{ step: id, on: is.step.on.join(",") }];
  const changes = (one: Block | undefined, other: Block | undefined, place: object): PlainChange[] =>
    replacements(one?.text ?? "", other?.text ?? "").map((each) => Object.assign({ step: id }, place, each));
  return [
    ...moved,
    ...changes(was.step, is.step, {}),
    ...changes(was.answers, is.answers, { answers: true }),
    ...changes(was.output, is.output, { output: true }),
  ];
}

/** The step after `index` that both guides have, for an insertion that has nothing of its section before it. */
const nextKept = (
  after: readonly Placed[],
  index: number,
  kept: ReadonlySet<string>,
): StepBlock | undefined => after.slice(index + 1).find(({ step }) => kept.has(step.id))?.step;

function insertion(
  { step, answers, output }: Placed,
  previous: StepBlock | undefined,
  next: StepBlock | undefined,
  fence: (block: Block) => readonly string[],
  refuse: Refuse,
): PlainChange[] {
  const insert = [step, answers, output]
    .filter((block) => block !== undefined)
    .map((block) => `${fence(block).join("\n")}\n`)
    .join("\n");
  if (previous?.section === step.section) return [{ after: previous.id, insert }];
  if (next?.section === step.section) return [{ before: next.id, insert }];
  refuse(step.location, `${step.id} is new and has no neighbour in its section`);
  return [];
}

type Replacement = { readonly find: string; readonly replace: string };

/** Line-wise changes of a text, each of which finds what occurs once when its turn comes. */
export function replacements(before: string, after: string): Replacement[] {
  const [old, wanted] = [linesOf(before), linesOf(after)];
  const all = hunks(old, wanted);
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) return [];
  const [lines, tail] = [last.at + last.removed - first.at, old.length - last.at - last.removed];
  const whole = { at: first.at, removed: lines, added: wanted.slice(first.at, wanted.length - tail) };
  return replaceEach(old, all, wanted) ?? replaceEach(old, [whole], wanted) ?? [];
}

/** The hunks with as many lines around them as make each occur once; undefined if that does not lead to what is wanted. */
function replaceEach(
  old: readonly string[],
  all: readonly Hunk[],
  wanted: readonly string[],
): Replacement[] | undefined {
  const result: Replacement[] = [];
  let text = old.join("");
  for (const { at, removed, added } of all) {
    let [from, to] = [at, at + removed];
    let find = old.slice(from, to).join("");
    while (find === "" || !text.includes(find) || text.indexOf(find) !== text.lastIndexOf(find)) {
      if (from > 0) from--;
      else if (to < old.length) to++;
      else return undefined;
      find = old.slice(from, to).join("");
    }
    const replace = [...old.slice(from, at), ...added, ...old.slice(at + removed, to)].join("");
    text = text.replace(find, () => replace);
    result.push({ find, replace });
  }
  return text === wanted.join("") ? result : undefined;
}

const linesOf = (text: string): string[] => text.split("\n").map((line) => `${line}\n`);

type Hunk = { readonly at: number; readonly removed: number; readonly added: readonly string[] };

function hunks(old: readonly string[], wanted: readonly string[]): Hunk[] {
  let next = 0;
  return align(old, wanted, (mine, its) => mine === its).flatMap((stretch) => {
    const at = next;
    next += stretch.fits ? 1 : stretch.one.length;
    return stretch.fits ? [] : [{ at, removed: stretch.one.length, added: stretch.other }];
  });
}

/** The longest run of items that two lists have in common, in order. */
export const commonRun = (one: readonly string[], other: readonly string[]): string[] =>
  align(one, other, (mine, its) => mine === its).flatMap((stretch) => (stretch.fits ? [stretch.one] : []));
