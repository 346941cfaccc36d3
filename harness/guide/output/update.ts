import type { Profile } from "../../profile/profile.ts";
import { parseGuide } from "../parse/parse.ts";
import type { OutputBlock } from "../types.ts";
import { rewriteOutput, type BlockOutputs } from "./rewrite.ts";

/** What is known of what a block's command printed, or why nothing is. */
export type Printed = Pick<BlockOutputs, "printed" | "columns"> | { readonly left: string };

/** What became of an output block. */
export type Updated = {
  readonly block: OutputBlock;
  /** Its text now; as it was unless it is rewritten. */
  readonly text: string;
  /** Lines with wildcards that it had not, or that stand for more of its lines now: what is printed is not always the same. */
  readonly proposed: readonly string[];
  readonly left?: string;
};

/**
 * A guide's text with its output blocks as their commands printed, each by `rewriteOutput`; everything else is as it was. What
 * is written reads back as it is meant, or the block is left. InvalidGuideError for a text that breaks the grammar.
 */
export function updateOutputs(
  text: string,
  { file, profile, hidden, hide }: Pick<BlockOutputs, "hidden" | "hide"> & { file: string; profile: Profile },
  printedOf: (block: OutputBlock) => Printed,
): { readonly text: string; readonly blocks: readonly Updated[] } {
  const outputs = parseGuide(text, file, profile).blocks.filter((block) => block.kind === "output");
  const blocks: Updated[] = [];
  let now = text;
  // From the end, so that the places before stay.
  for (const block of outputs.toReversed()) {
    const as = (left: string): Updated => ({ block, text: block.text, proposed: [], left });
    const known = printedOf(block);
    const rewritten =
      "left" in known ? known : rewriteOutput({ ...known, written: block.text, hidden, hide });
    if ("left" in rewritten) {
      blocks.push(as(rewritten.left));
      continue;
    }
    const next = rewritten.text === block.text ? now : placed(now, block, rewritten.text);
    if (next !== now && !readsBack(next, { file, profile }, block, rewritten.text)) {
      blocks.push(as("what is printed cannot be written in the fence that stands there"));
      continue;
    }
    now = next;
    blocks.push({ block, ...rewritten });
  }
  return { text: now, blocks: blocks.toReversed() };
}

/** A text with other lines in a block's fence, indented or quoted as the fence is. */
function placed(text: string, { location, endLine }: OutputBlock, content: string): string {
  const lines = text.split(/(?<=\n)|(?<=\r)(?!\n)/);
  const [before = ""] = /^[\s>]*/.exec(lines[endLine - 1] ?? "") ?? [];
  const [end = "\n"] = /[\r\n]+$/.exec(lines[location.line - 1] ?? "") ?? [];
  const written = content === "" ? [] : content.split("\n").map((line) => (before + line).trimEnd() + end);
  return [...lines.slice(0, location.line), ...written, ...lines.slice(endLine - 1)].join("");
}

function readsBack(
  text: string,
  { file, profile }: { file: string; profile: Profile },
  { of }: OutputBlock,
  content: string,
): boolean {
  try {
    return parseGuide(text, file, profile).blocks.some(
      (block) => block.kind === "output" && block.of === of && block.text === content,
    );
  } catch {
    return false;
  }
}
