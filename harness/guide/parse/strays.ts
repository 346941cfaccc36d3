import type { Finding } from "../invalid-guide.ts";
import type { SourceLocation } from "../../errors.ts";
import { controlProblems } from "./characters.ts";
import { kinds as directives } from "./directives.ts";
import type { Markdown } from "./markdown.ts";

/** A run of backticks anywhere, or of tildes where a line of text, a quote or a list begins; what is before and after it. */
const marker = /^(?<before>.*?)(?<mark>`{3,}|(?=~~~)(?<=^(?:[\s>]|[*+-]\s|\d+[.)]\s)*)~{3,})(?<after>.*)$/;

/** What nothing but a directive says. */
const directive =
  /(?:^|[\s`'"‘’“”])(?:run|file|output|skip)\s+(?:(?:tty|literal)\s+)*(?:id|on|path|within|reason)=/;

/** A marker with a directive, wherever it stands. */
const opening = new RegExp(String.raw`(?:\x60{3,}|~{3,})\s*[^\s\x60]+\s+(?:${directives.join("|")})(?:\s|$)`);

/**
 * Fence markers and directives that are no block: in paragraphs, in HTML and its comments, indented too far, or within a
 * block that somebody forgot to end. With the fences that Markdown sees, these are all that a text has.
 */
export function* strayFences(
  { lines, cut, root, walk, fence }: Markdown,
  at: (line: number, column: number) => SourceLocation,
): Iterable<Finding> {
  // What each line belongs to; most belong to text.
  const kinds = new Map<number, "html" | "edge" | { readonly opener: string }>();
  for (const node of walk(root)) {
    const { start, end } = node.position ?? { start: { line: 1 }, end: { line: 0 } };
    if (node.type === "html") for (let line = start.line; line <= end.line; line++) kinds.set(line, "html");
    if (node.type !== "code") continue;
    const { kind, line: first, column, endLine } = fence(node);
    if (kind === "indented") continue;
    const opener = /^(?:`+|~+)/.exec(lines[first - 1]?.slice(column - 1) ?? "")?.[0] ?? "";
    for (let line = first; line <= endLine; line++) kinds.set(line, { opener });
    kinds.set(first, "edge");
    if (kind === "closed") kinds.set(endLine, "edge");
  }
  for (const line of cut) {
    const hint = "end the line as all others are ended, or take it out";
    yield {
      location: at(line, (lines[line - 1]?.length ?? 0) + 1),
      message: "U+000D carriage return within a line",
      hint,
    };
  }
  let open = "";
  for (const [index, text] of lines.entries()) {
    const kind = kinds.get(index + 1);
    if (typeof kind === "object") {
      const [, blanks = "", mark = ""] = /^([\s>]*)(`{3,}|~{3,})/.exec(text) ?? [];
      if (!(mark !== "" && kind.opener !== "" && mark.startsWith(kind.opener)) && !opening.test(text))
        continue;
      const message = "a fence inside a block";
      const hint = `end the block before it with ${kind.opener} on a line of its own, indented as it began; to show such a line, begin the block with more of them`;
      yield { location: at(index + 1, blanks.length + 1), message, hint };
      continue;
    }
    for (const { offset, message, hint } of controlProblems(text)) {
      yield { location: at(index + 1, offset + 1), message, hint };
    }
    // Commands that a page would show, and nobody runs.
    for (const { index: column } of kind === "html" ? text.matchAll(/<pre(?=[\s>])/gi) : []) {
      const hint =
        "write it as a block, between lines of three backticks; one that is not run has the directive `skip`";
      yield { location: at(index + 1, column + 1), message: "a <pre> of HTML, which is no block", hint };
    }
    if (kind === "edge") {
      open = "";
      continue;
    }
    const { before = "", mark = "", after = "" } = marker.exec(text)?.groups ?? {};
    const place = at(index + 1, before.length + 1);
    if (mark === "") {
      const found = directive.exec(text);
      if (found === null || open !== "") continue;
      const hint = "put it after the three backticks that begin a block, on a line of its own";
      yield { location: at(index + 1, found.index + 1), message: "a directive that is no block", hint };
    } else if (open !== "" && mark.startsWith(open) && after.trim() === "") open = "";
    else {
      open = after.includes("`") && mark.startsWith("`") ? "" : mark;
      yield { location: place, ...reason(kind, before) };
    }
  }
}

function reason(kind: "html" | undefined, before: string): Pick<Finding, "message" | "hint"> {
  if (kind === "html") {
    return {
      message: "a fence inside HTML",
      hint: "put an empty line before the fence, so that it is one; what is not to be run has the directive `skip` and a reason",
    };
  }
  if (/^[\s>]*(?:(?:[*+-]|\d+[.)])\s[\s>]*)*$/.test(before)) {
    return {
      message: "a fence that Markdown takes for text: it is indented too far",
      hint: "indent it as the text around it is, by ordinary blanks, or put it at the beginning of the line with an empty line before",
    };
  }
  return {
    message: "a fence marker within text",
    hint: "a block begins with it on a line of its own; in text, speak of `backticks` instead",
  };
}
