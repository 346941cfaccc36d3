import type { TextProblem } from "../../origin.ts";

/** One `NAME=value` of an environment file; offsets of the name and of the value, quote included. */
export type EnvironmentEntry = {
  readonly name: string;
  readonly value: string;
  readonly offset: number;
  readonly valueOffset: number;
  /** Where the value ends, its quote included. */
  readonly end: number;
};

/**
 * Reads an environment file as systemd.exec(5) has it (EnvironmentFile=): a backslash joins lines, quoted values may span
 * them, comments begin with `#` or `;`. Never throws. A quote left open runs to the end of the file.
 */
export function parseEnvironment(text: string): {
  readonly entries: readonly EnvironmentEntry[];
  readonly problems: readonly TextProblem[];
} {
  const entries: EnvironmentEntry[] = [];
  const problems: TextProblem[] = [];
  let at = 0;
  while (at < text.length) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end);
    const start = at + line.length - line.trimStart().length;
    if (line.trim() === "") {
      at = end + 1;
      continue;
    }
    if (/^\s*[#;]/.test(line)) {
      at = end + 1;
      if (!/(?<!\\)(?:\\\\)*\\$/.test(line)) continue;
      // So it is until systemd 253: CentOS 7 has 219, Debian 12 has 252.
      const hint = "remove the backslash";
      const message = "a comment that ends in a backslash makes the next line a comment, too";
      problems.push({ offset: end - 1, message, hint });
      at = endOfLine(text, at) + 1;
      continue;
    }
    const [assignment, name = ""] = /^([^=\n]*?)\s*=[^\S\n]*/.exec(line.trimStart()) ?? [];
    if (assignment === undefined || !/^[A-Za-z_]\w*$/.test(name)) {
      const hint = /^\s*export\s/.test(line)
        ? "leave export out: no shell reads it, but systemd"
        : "write NAME=value";
      problems.push({ offset: start, message: `cannot read "${line.trim()}"`, hint });
      at = end + 1;
      continue;
    }
    const valueOffset = start + assignment.length;
    const read = readValue(text, valueOffset);
    if (read.open !== undefined) {
      const hint = "end the value with the quote that it begins with";
      problems.push({ offset: read.open, message: `the quote of ${name} is not closed`, hint });
    }
    entries.push({ name, value: read.value, offset: start, valueOffset, end: read.end });
    at = read.end + 1;
  }
  return { entries, problems };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

/** A value from `from` on; `end` is its line's end, `open` the place of a quote that is never closed. */
function readValue(text: string, from: number): { value: string; end: number; open?: number } {
  let value = "";
  let quote: string | undefined;
  let opened = from;
  // Blanks that stand in quotes belong to the value.
  let quoted = 0;
  let at = from;
  for (; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\\" && quote !== "'") {
      const next = text[at + 1] ?? "";
      // Joined lines: both characters go. Elsewhere the backslash keeps the next character from its meaning.
      value += next === "\n" ? "" : next;
      at++;
    } else if (quote === undefined && character === "\n") break;
    else if (character === quote) {
      quote = undefined;
      quoted = value.length;
    } else if (
      quote === undefined &&
      (character === '"' || character === "'") &&
      value.slice(quoted).trim() === ""
    ) {
      quote = character;
      opened = at;
    } else value += character;
  }
  const end = Math.min(at, text.length);
  if (quote !== undefined) return { value, end, open: opened };
  return { value: value.slice(0, quoted) + value.slice(quoted).trimEnd(), end };
}
