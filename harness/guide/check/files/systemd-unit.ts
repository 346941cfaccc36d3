import type { TextProblem } from "../../origin.ts";
import { directives, sections as known } from "./systemd-words.ts";

/** The environment files that a unit names. */
export const environmentFiles = (entries: readonly UnitEntry[]): string[] =>
  entries.filter(({ key }) => key === "EnvironmentFile").map(({ value }) => value.replace(/^-/, ""));

/** One `Key=value` of a unit file, with the offsets of both. */
export type UnitEntry = {
  /** What its section is meant to be, where that is misspelt. */
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly offset: number;
  readonly valueOffset: number;
};

export type UnitFile = {
  readonly sections: readonly {
    readonly name: string;
    readonly offset: number;
    /** What a misspelt name is meant to be, by what stands below it. */
    readonly meant: string;
  }[];
  readonly entries: readonly UnitEntry[];
  readonly problems: readonly TextProblem[];
};

/**
 * Reads a unit file as systemd.syntax(7) has it: sections, entries, comments, lines continued by a backslash, comments
 * within them passed over. Never throws; a joined value has the length of what was written, so offsets carry over.
 */
export function parseUnit(text: string): UnitFile {
  const sections: { readonly name: string; readonly offset: number }[] = [];
  const entries: UnitEntry[] = [];
  const problems: TextProblem[] = [];
  for (const { offset, text: line } of logicalLines(text, problems)) {
    const [, section] = /^\s*\[([^\]]*)\]\s*$/.exec(line) ?? [];
    if (section !== undefined) {
      sections.push({ name: section, offset: offset + line.indexOf("[") });
      continue;
    }
    const [whole, before = "", key = "", between = "", value = ""] =
      /^(\s*)([^=\s][^=]*?)(\s*=\s*)(.*?)\s*$/s.exec(line) ?? [];
    const at = offset + line.length - line.trimStart().length;
    const current = sections.at(-1);
    if (whole === undefined) {
      problems.push({
        offset: at,
        message: `cannot read "${line.trim()}"`,
        hint: "write Key=value or [Section]",
      });
    } else if (current === undefined) {
      problems.push({
        offset: at,
        message: `"${key}" outside a section`,
        hint: "put [Unit], [Service] or [Install] before it",
      });
    } else {
      const valueOffset = offset + before.length + key.length + between.length;
      entries.push({ section: current.name, key, value, offset: at, valueOffset });
    }
  }
  const named = Map.groupBy(entries, ({ section }) => section);
  const meant = new Map([...named].map(([name, own]) => [name, meantBy(name, own)]));
  const meantOf = (name: string): string => meant.get(name) ?? name;
  return {
    sections: sections.map(({ name, offset }) => ({ name, offset, meant: meantOf(name) })),
    entries: entries.map((entry) => Object.assign({}, entry, { section: meantOf(entry.section) })),
    problems,
  };
}

/** The section that a name stands for: a misspelt one is that which has most of its directives. */
function meantBy(name: string, entries: readonly Pick<UnitEntry, "key">[]): string {
  if (known.includes(name)) return name;
  let most = { name, count: 0 };
  for (const [section, keys] of Object.entries(directives)) {
    const count = entries.filter(({ key }) => keys?.has(key)).length;
    if (count > most.count) most = { name: section, count };
  }
  return most.name;
}

/** Lines that are neither empty nor comments; one that ends in a backslash goes on in the next. */
function* logicalLines(
  text: string,
  problems: TextProblem[],
): Iterable<{ readonly offset: number; readonly text: string }> {
  let offset = 0;
  let open: { readonly offset: number; text: string } | undefined;
  for (const line of text.split("\n")) {
    const comment = /^\s*[#;]/.test(line);
    const continued = !comment && line.endsWith("\\");
    // Blanks in place of what is left out keep every offset.
    const content = comment ? " ".repeat(line.length) : continued ? `${line.slice(0, -1)} ` : line;
    if (open !== undefined) open.text += ` ${content}`;
    else if (!comment && line.trim() !== "") open = { offset, text: content };
    offset += line.length + 1;
    if (open === undefined || continued || (comment && open !== undefined)) continue;
    yield open;
    open = undefined;
  }
  if (open === undefined) return;
  const hint = "remove the backslash, or write the rest of the line below it";
  problems.push({
    offset: text.length,
    message: "the last line ends in a backslash, but nothing follows",
    hint,
  });
  yield open;
}

export type ExecWord = { readonly text: string; readonly offset: number };

/** Splits the command of an `Exec…=` as systemd.service(5) does, without its prefixes; a problem for an open quote. */
export function execWords(value: string): {
  readonly words: readonly ExecWord[];
  readonly problem?: TextProblem;
} {
  const start = /^[-@:+!]*/.exec(value)?.[0].length ?? 0;
  const words: ExecWord[] = [];
  const pattern =
    /\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|'((?:[^'\\]|\\.)*)'(?=\s|$)|([^\s"'](?:[^\s\\]|\\.)*))/sy;
  pattern.lastIndex = start;
  while (pattern.lastIndex < value.trimEnd().length) {
    const offset = pattern.lastIndex;
    const match = pattern.exec(value);
    if (match === null) {
      const at = offset + (/\S/.exec(value.slice(offset))?.index ?? 0);
      const hint = "close the quote; a quoted word ends at a blank or at the end of the line";
      return { words, problem: { offset: at, message: "a quote that is not closed", hint } };
    }
    const [whole, double, single, bare = ""] = match;
    words.push({
      text: (double ?? single ?? bare).replaceAll(/\\(.)/gs, "$1"),
      offset: offset + whole.length - whole.trimStart().length,
    });
  }
  return { words };
}
