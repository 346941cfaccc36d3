import { stripVTControlCharacters } from "node:util";
import { formatLocation, type SourceLocation } from "../errors.ts";
import type { AheadOfTurn } from "../record/observed.ts";
import { shortPath } from "../host/paths.ts";

/** Text as a file or a page can hold it: no colours, no control characters, one kind of line end. */
export const plain = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\r\n?/gu, "\n")
    // oxlint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]/gu, "")
    .toWellFormed();

/** Text as a terminal may have it: with its colours, and nothing else that a terminal would obey. */
export const harmless = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex
    .split(/(\u001B\[[\d;]*m)/u)
    .map((part, index) => (index % 2 === 1 ? part : plain(part)))
    .join("");

/** A text in a line: its first one, with the rest of its paragraph where that only announces it. */
export function headline(text: string): string {
  const [first = "", ...rest] = plain(text).split("\n\n", 1).join().split("\n");
  return first.endsWith(":") ? [first, rest.map((line) => line.trim()).join("; ")].join(" ") : first;
}

/** A text of at most so many characters; one that is longer says so at its end. */
export const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/**
 * A line of a screen in lines of at most so many columns, broken between words; what follows is indented as what the label in front
 * says. A command, and what a program printed, stays as it is: somebody may copy it.
 */
export function wrapped(line: string, columns: number): string {
  const bare = stripVTControlCharacters(line);
  if (bare.length <= columns || /^ {2}(?: {2}|command |[│⎿])/.test(bare)) return line;
  const [label = ""] = /^ {2}(?:not proved |\S+(?: \S+)* {2,})/.exec(bare) ?? ["  "];
  const indent = " ".repeat(label.length < columns / 2 ? label.length : 2);
  const lines: string[] = [];
  let room = 0;
  // Blanks in front of a word go with it.
  for (const word of line.match(/ *[^ ]+/g) ?? []) {
    const { length } = stripVTControlCharacters(word);
    if (lines.length > 0 && length > room) {
      lines.push(indent + word.trimStart());
      room = columns - stripVTControlCharacters(lines.at(-1) ?? "").length;
    } else {
      const last = lines.pop() ?? "";
      room = (last === "" ? columns : room) - length;
      lines.push(last + word);
    }
  }
  return lines.join("\n");
}

/** The last lines of a text; says how many are missing. */
export function lastLines(text: string, count = Infinity): string {
  const lines = text.trimEnd().split("\n");
  const missing = lines.length - count;
  if (missing <= 0) return lines.join("\n");
  return [`… ${missing} ${missing === 1 ? "line" : "lines"} before`, ...lines.slice(missing)].join("\n");
}

/** `file:line`, with a short path. */
export const place = (location: SourceLocation): string =>
  formatLocation({ ...location, file: shortPath(location.file) });

/** Milliseconds as a person reads them: `12 ms`, `3.14 s`, `2 min 05 s`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 0.0995) return `${Math.round(ms)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.95 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** What of a test's time was before its turn. */
export const aheadText = ({ durationMs }: AheadOfTurn): string =>
  `${duration(durationMs)} of it ahead of its turn`;

/** `2019-04-01 10:15 UTC`, of ISO 8601. */
export const moment = (at: string): string => at.replace("T", " ").replace(/(:\d\d)?\.\d+Z$/u, " UTC");

/** `1 step`, `2 steps`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** A number with three digits, or all that it has before the point. */
export const shortly = (value: number): string =>
  String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

/** `kubernetes 1.14.0, etcd 3.3.10` */
export const versionsText = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions)
    .map(([project, version]) => `${project} ${version}`)
    .join(", ");
