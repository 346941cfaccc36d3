import { formatLocation, type SourceLocation } from "../../errors.ts";
import type { Profile } from "../../profile/profile.ts";
import { checkText, readBlock } from "../parse/blocks.ts";
import type { Change, Edits } from "./changes.ts";
import { unknownHosts } from "../parse/fence.ts";
import { type Vocabulary, vocabularyOf } from "../parse/hosts.ts";
import { InvalidGuideError, type Finding } from "../invalid-guide.ts";
import { readMarkdown } from "../parse/markdown.ts";
import { strayFences } from "../parse/strays.ts";
import { lineAndColumn, splicePieces } from "../origin.ts";
import { closestLine, closestWord } from "../../input/suggest.ts";
import type { AnswersBlock, Block, Guide, OutputBlock, Plan, Step, StepBlock } from "../types.ts";

/** A guide and what edits did to it. */
export type EditedGuide = {
  readonly guide: Guide;
  readonly dropped: Plan["dropped"];
  /** Id of a step → what changed it, in order. */
  readonly changedBy: ReadonlyMap<string, Step["changedBy"]>;
};

type Outcome = { readonly edited: EditedGuide } | { readonly findings: readonly Finding[] };
type Of<Kind extends Change["kind"]> = Extract<Change, { kind: Kind }>;

/** The guide as it stands, before any edit. */
export const unedited = (guide: Guide): EditedGuide => ({ guide, dropped: [], changedBy: new Map() });

/**
 * Applies changes in the order given. A change that no longer fits the guide is never left out:
 * InvalidGuideError with a finding, in the YAML, for each.
 */
export function applyEdits(
  before: EditedGuide,
  { id, changes }: Edits,
  { machines }: Pick<Profile, "machines">,
): EditedGuide {
  const words = vocabularyOf(machines);
  const findings: Finding[] = [];
  let edited = before;
  for (const change of changes) {
    const outcome = applyChange(edited, change, id, words);
    if ("edited" in outcome) edited = outcome.edited;
    else findings.push(...outcome.findings);
  }
  if (findings.length > 0) throw new InvalidGuideError(findings);
  return edited;
}

/** A change of a guide: who makes it, the block that it names with its place, and the words that it may use. */
type Editing<C extends Change = Change> = {
  readonly edited: EditedGuide;
  readonly change: C;
  readonly by: string;
  readonly index: number;
  readonly block: StepBlock;
  readonly words: Vocabulary;
};

function applyChange(edited: EditedGuide, change: Change, by: string, words: Vocabulary): Outcome {
  const { blocks } = edited.guide;
  const index = blocks.findIndex((candidate) => "id" in candidate && candidate.id === change.step);
  const block = blocks[index];
  if (block === undefined || !("id" in block)) return unknownStep(edited, change);
  const editing = { edited, by, index, block, words };
  switch (change.kind) {
    case "replace":
      return replaceText({ ...editing, change });
    case "drop":
      return dropStep({ ...editing, change });
    case "move":
      return moveStep({ ...editing, change });
    case "insert":
      return insertFences({ ...editing, change });
  }
  return change satisfies never;
}

const failed = (location: SourceLocation, message: string, hint: string): Outcome => ({
  findings: [{ location, message, hint }],
});

function unknownStep({ guide, dropped }: EditedGuide, change: Change): Outcome {
  const location = change.locate(change.kind === "insert" ? change.place : "step");
  const message = `no step "${change.step}"`;
  const gone = dropped.find(({ id }) => id === change.step);
  if (gone !== undefined) return failed(location, message, `${gone.by} dropped it: ${gone.reason}`);
  const ids = guide.blocks.flatMap((block) => ("id" in block ? [block.id] : []));
  const near = closestWord(change.step, ids);
  const hint = near === undefined ? "`pnpm plan` lists the steps" : `did you mean "${near}"?`;
  return failed(location, message, hint);
}

/** `blocks` in place of the guide's, with the note that `change` made the steps what they are. */
function changed({ edited, change, by }: Editing, blocks: readonly Block[], steps: readonly string[]) {
  const changedBy = new Map(edited.changedBy);
  for (const step of steps) {
    changedBy.set(step, [...(changedBy.get(step) ?? []), { id: by, reason: change.reason }]);
  }
  return { edited: { ...edited, guide: { ...edited.guide, blocks }, changedBy } };
}

/** The blocks that belong to a step: its answers and its output, which follow it. */
const attachedTo = ({ guide }: EditedGuide, id: string): (AnswersBlock | OutputBlock)[] =>
  guide.blocks.flatMap((block) => ("of" in block && block.of === id ? [block] : []));

function replaceText(editing: Editing<Of<"replace">>): Outcome {
  const { edited, change, words } = editing;
  const place = change.output ? "output" : change.answers ? "answers" : "step";
  const attached = attachedTo(edited, change.step).find(({ kind }) => kind === place);
  if (place !== "step" && attached === undefined) {
    const hint = `leave \`${place}\` out, or insert a block of that kind`;
    return failed(change.locate(place), `${change.step} has no ${place}`, hint);
  }
  const block = attached ?? editing.block;
  // A text written as a block of YAML ends its last line, so the guide's text has to as well.
  const before = `${block.text}\n`;
  const [at, ...more] = occurrences(before, change.find);
  if (at === undefined) {
    const hint = nearMiss(change.find, block);
    return failed(change.locate("find"), `${change.step} does not contain the text`, hint);
  }
  if (more.length > 0) {
    const hint = "take more of the text around it, so that it occurs once";
    return failed(change.locate("find"), `${change.step} contains the text ${more.length + 1} times`, hint);
  }
  const after = before.slice(0, at) + change.replace + before.slice(at + change.find.length);
  const text = after.replace(/\n$/, "");
  const findings = checkText(
    block,
    { text, line: 0, column: 0 },
    { at: () => change.locate("replace"), words },
  );
  if (findings.length > 0) return { findings };
  const pieces = splicePieces(block, at, change.find.length, change.replace.length, (offset) => {
    const { line, column } = lineAndColumn(change.replace, offset);
    return change.locateInText(line + 1, column + 1);
  });
  const replaced = { ...block, text, pieces };
  const blocks = edited.guide.blocks.map((other) => (other === block ? replaced : other));
  return changed(editing, blocks, [change.step]);
}

function occurrences(text: string, part: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
}

function nearMiss(find: string, { text, location }: Block): string {
  const where = `the block at ${formatLocation(location)}`;
  const missing = find.split("\n").find((line) => line.trim() !== "" && !text.includes(line));
  if (missing === undefined) return `its lines are all there, but not one after the other: see ${where}`;
  const near = closestLine(missing, text.split("\n"));
  return near === undefined
    ? `\`${missing}\` is not in ${where}`
    : `the closest line of ${where} is \`${near}\``;
}

function dropStep({ edited, change, by, index }: Editing<Of<"drop">>): Outcome {
  const ids = [change.step, ...attachedTo(edited, change.step).map(({ kind }) => `${change.step} (${kind})`)];
  const blocks = edited.guide.blocks.toSpliced(index, ids.length);
  const dropped = [...edited.dropped, ...ids.map((id) => ({ id, by, reason: change.reason }))];
  return { edited: { ...edited, guide: { ...edited.guide, blocks }, dropped } };
}

function moveStep(editing: Editing<Of<"move">>): Outcome {
  const { edited, change, index, block, words } = editing;
  const location = change.locate("on");
  const unknown = unknownHosts(change.on, words.hosts);
  if (unknown.length > 0)
    return { findings: unknown.map(({ message, hint }) => ({ location, message, hint })) };
  const blocks = edited.guide.blocks.with(index, { ...block, on: change.on });
  return changed(editing, blocks, [change.step]);
}

function insertFences(editing: Editing<Of<"insert">>): Outcome {
  const { edited, change, index, block, words } = editing;
  const { blocks } = edited.guide;
  const position = change.place === "before" ? index : index + 1 + attachedTo(edited, block.id).length;
  const ids = new Map(
    blocks.flatMap((other) => ("id" in other ? [[other.id, other.location] as const] : [])),
  );
  const markdown = readMarkdown(change.insert);
  const { root, fence } = markdown;
  const inserted: Block[] = [];
  const findings: Finding[] = [...strayFences(markdown, change.locateInText)];
  let previous: Block | "invalid" | undefined = blocks[position - 1];
  for (const node of root.children) {
    if (node.type !== "code") {
      const location = change.locateInText(node.position?.start.line ?? 1, node.position?.start.column ?? 1);
      findings.push({ location, message: "text outside a fence", hint: "insert may hold only fences" });
      continue;
    }
    const surroundings = { section: block.section, previous, words, ids, at: change.locateInText };
    const read = readBlock(fence(node), surroundings);
    previous = "block" in read ? read.block : "invalid";
    if ("findings" in read) findings.push(...read.findings);
    else {
      inserted.push(read.block);
      if ("id" in read.block) ids.set(read.block.id, read.block.location);
    }
  }
  if (findings.length > 0) return { findings };
  const steps = inserted.flatMap((other) => ("id" in other ? [other.id] : []));
  return changed(editing, blocks.toSpliced(position, 0, ...inserted), steps);
}
