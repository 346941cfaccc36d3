import type { Code, Nodes, Root } from "mdast";
import { fromMarkdown, type Extension } from "mdast-util-from-markdown";

/** A code block of a Markdown text. Lines and columns count from 1. */
export type Fence = {
  readonly kind: "closed" | "unclosed" | "indented";
  /** The info string as written, without blanks around it, and the column it starts at. */
  readonly info: string;
  readonly infoColumn: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly text: string;
};

/** A parsed Markdown text (CommonMark), and how to see its code blocks as fences. */
export type Markdown = {
  readonly root: Root;
  readonly lines: readonly string[];
  /** Lines that a carriage return alone has ended, where others end otherwise. */
  readonly cut: readonly number[];
  /** All nodes below `node` and itself, in the order of the text. */
  readonly walk: (node: Nodes) => Iterable<Nodes>;
  readonly fence: (code: Code) => Fence;
};

/** How many marks of emphasis are read as such. */
const mostMarks = 4000;

function* walk(node: Nodes): Iterable<Nodes> {
  // A stack of our own: arbitrarily deep quotes must not overflow the engine's.
  const stack = [node];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    if ("children" in next) stack.push(...next.children.toReversed());
  }
}

/** Parses Markdown; any text is valid. Line ends of other systems and a byte order mark do not matter. */
export function readMarkdown(text: string): Markdown {
  const source = text.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n");
  const markers = new Map<Code, number>();
  // The tree does not say whether a fence was closed; the tokenizer does.
  const countMarkers: Extension = {
    enter: {
      codeFencedFence() {
        const code = this.stack.findLast((node) => node.type === "code");
        if (code !== undefined) markers.set(code, (markers.get(code) ?? 0) + 1);
      },
    },
  };
  // The time that emphasis takes grows with its square; a text that has so much of it goes without.
  const marks = source.match(/[*_]+/g)?.length ?? 0;
  const extensions = marks > mostMarks ? [{ disable: { null: ["attention"] } }] : [];
  const root = fromMarkdown(source, { extensions, mdastExtensions: [countMarkers] });

  const fence = (code: Code): Fence => {
    const { start, end } = code.position ?? { start: { line: 1, column: 1, offset: 0 }, end: { line: 1 } };
    const opening = source.slice(start.offset).split("\n", 1)[0] ?? "";
    const afterMarker = opening.replace(/^(?:`+|~+)\s*/, "");
    const count = markers.get(code) ?? 0;
    return {
      kind: count === 0 ? "indented" : count === 1 ? "unclosed" : "closed",
      info: afterMarker.trimEnd(),
      infoColumn: start.column + opening.length - afterMarker.length,
      line: start.line,
      column: start.column,
      endLine: end.line,
      text: code.value,
    };
  };
  const cut = text.includes("\n")
    ? [...text.matchAll(/\r(?!\n)/g)].map(({ index }) => text.slice(0, index).split(/\r\n?|\n/).length)
    : [];
  return { root, lines: source.split("\n"), cut, walk, fence };
}
