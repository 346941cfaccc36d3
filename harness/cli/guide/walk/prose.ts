import type { Guide, Plan } from "../../../guide/types.ts";

/** What the guide says before each block that is run, by the block's id, and after the last; lines of Markdown. */
export type Prose = {
  readonly before: ReadonlyMap<string, readonly string[]>;
  readonly after: readonly string[];
};

/**
 * The guide's text between the blocks of a plan. `written` is the same text as it was parsed, before any change: what is
 * shown and not run stands where it stands, and of a block that the plan has not, why.
 */
export function proseOf(text: string, written: Guide, { groups, dropped }: Plan): Prose {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n?|\n/);
  const planned = new Set(groups.map(({ id }) => id));
  const before = new Map<string, readonly string[]>();
  let said: string[] = [];
  let line = 0;
  for (const block of written.blocks) {
    said.push(...lines.slice(line, block.location.line - 1));
    line = block.endLine;
    if (block.kind === "skip")
      said.push(...block.text.split("\n").map(indented), `(not run: ${block.reason})`);
    if (!("id" in block)) continue;
    if (planned.has(block.id)) {
      before.set(block.id, said);
      said = [];
    } else {
      const why = dropped.find(({ id }) => id === block.id);
      said.push(`(left out here: ${[block.id, why?.reason].filter(Boolean).join(": ")})`);
    }
  }
  return { before, after: [...said, ...lines.slice(line)] };
}

const indented = (line: string): string => `    ${line}`;

/** Markdown for a terminal of that many columns: paragraphs in lines that fit, without blank lines at either end or doubled. */
export function laidOut(lines: readonly string[], columns: number): string {
  const shown = lines.flatMap((line) => (/^(?:\||\s{4})/.test(line) ? [line] : wrapped(line, columns)));
  return shown
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .replaceAll(/^\n+|\n+$/g, "");
}

/** A line in several; those of an item of a list stand under its text. */
function wrapped(line: string, columns: number): string[] {
  const [lead = ""] = /^\s*(?:(?:[-*+]|\d+[.)])\s+)?/.exec(line) ?? [];
  const all: string[] = [];
  let last = lead;
  for (const word of line.slice(lead.length).split(" ")) {
    if (last.trim() !== lead.trim() && last.length + word.length >= columns) {
      all.push(last.trimEnd());
      last = " ".repeat(lead.length);
    }
    last += `${word} `;
  }
  return [...all, last.trimEnd()];
}
