import { placeIn } from "../../check/files/here-document.ts";
import type { Part } from "../host.ts";
import { posixRegExp } from "./regexp.ts";

/** A line without its end, with the place of each character in the step's text. */
type Line = { readonly text: string; readonly places: readonly number[] };

/** One command of a script: the line that it makes of another one, or none. */
type Command = (line: Line, number: number, isLast: boolean) => Line | undefined;

/** What a script puts in the place of a match: text, or a group by its number, 0 for all of it. */
type Replacement = readonly (string | number)[];

/** Longer lines are not matched: they may take too long. */
const longest = 400;

/**
 * What scripts of sed(1) make of a text: substitutions and deletions, on all lines, on one, or on those that match. Undefined
 * if they have anything else.
 */
export function sedEdit(
  scripts: readonly string[],
  extended: boolean,
): ((part: Part) => Part | undefined) | undefined {
  const commands = scripts.map((script) => commandsOf(script, extended));
  if (commands.length === 0 || !commands.every((each) => each !== undefined)) return undefined;
  return (part) => edited(part, commands.flat());
}

function edited(part: Part, commands: readonly Command[]): Part | undefined {
  const lines = part.text.split("\n");
  if (lines.some(({ length }) => length > longest)) return undefined;
  const ended = lines.at(-1) === "";
  if (ended) lines.pop();
  let at = 0;
  const made = lines.flatMap((text, index) => {
    const places = Array.from({ length: text.length }, (_, column) => placeIn(part, at + column));
    const end = placeIn(part, at + text.length);
    at += text.length + 1;
    let line: Line | undefined = { text, places };
    for (const command of commands) line &&= command(line, index + 1, index === lines.length - 1);
    if (line === undefined) return [];
    const isOpen = !ended && index === lines.length - 1;
    return [isOpen ? line : { text: `${line.text}\n`, places: [...line.places, end] }];
  });
  return {
    ...part,
    text: made.map((line) => line.text).join(""),
    places: made.flatMap((line) => line.places),
  };
}

/** Which lines a command is for. */
const address = /^(?:\/((?:[^/\\\n]|\\[^])+)\/(I?)|(\d+|\$))?/;

/** What is wrong with the end of the substitution that a script begins with: it lacks it, or goes on behind it. */
export function wrongEnd(script: string): "open" | "odd" | undefined {
  const command = script.replace(address, "").trimStart();
  const delimiter = delimiterOf(command);
  if (delimiter === undefined) return undefined;
  const [, second] = fieldOf(command.slice(2), delimiter);
  const [, after] = second === undefined ? [] : fieldOf(second, delimiter);
  if (after === undefined) return "open";
  return /^[gpiIemM\d]*(?:w|\s*(?:[;}#\n]|$))/.test(after) ? undefined : "odd";
}

/** The delimiter of a substitution; undefined for another command, and for a letter or a digit. */
const delimiterOf = (command: string): string | undefined => /^s([^\w\s\\])/.exec(command)?.[1];

/** The commands of a script; undefined if one of them is not understood. */
function commandsOf(script: string, extended: boolean): Command[] | undefined {
  const commands: Command[] = [];
  let rest = script.replace(/^[\s;]+/, "");
  while (rest !== "") {
    const [written = "", pattern, ignoreCase, number] = address.exec(rest) ?? [];
    rest = rest.slice(written.length).trimStart();
    const negated = rest.startsWith("!");
    if (negated) rest = rest.slice(1).trimStart();
    const matcher =
      pattern === undefined
        ? undefined
        : posixRegExp(pattern.replaceAll(String.raw`\/`, "/"), extended, ignoreCase === "I");
    if (pattern !== undefined && matcher === undefined) return undefined;
    const found = commandOf(rest, extended);
    if (found === undefined || !/^(?:[\s;]|$)/.test(found.rest)) return undefined;
    const { command } = found;
    commands.push((line, index, isLast) => {
      const isMeant = matcher
        ? line.text.search(matcher) >= 0
        : number === undefined || (number === "$" ? isLast : Number(number) === index);
      return isMeant === negated ? line : command(line, index, isLast);
    });
    rest = found.rest.replace(/^[\s;]+/, "");
  }
  return commands;
}

/** The command at the beginning of a text, and what follows it. */
function commandOf(text: string, extended: boolean): { command: Command; rest: string } | undefined {
  if (text.startsWith("d")) return { command: () => undefined, rest: text.slice(1) };
  const delimiter = delimiterOf(text);
  if (delimiter === undefined) return undefined;
  const [source = "", second] = fieldOf(text.slice(2), delimiter);
  const [written = "", after] = fieldOf(second ?? "", delimiter);
  if (after === undefined) return undefined;
  const [flags = ""] = /^[gIi\d]*/.exec(after) ?? [];
  const pattern = posixRegExp(source, extended, /i/i.test(flags));
  const replacement = replacementOf(written);
  if (pattern === undefined || replacement === undefined) return undefined;
  const groups = new RegExp(`${pattern.source}|`).exec("")?.length ?? 1;
  if (replacement.some((each) => typeof each === "number" && each >= groups)) return undefined;
  const nth = Number(/\d+/.exec(flags)?.[0] ?? 1);
  const command: Command = (line) => substituted(line, pattern, replacement, nth, flags.includes("g"));
  return { command, rest: after.slice(flags.length) };
}

/** What stands before a delimiter, which loses its backslash within, and what behind it; neither if there is none. */
function fieldOf(text: string, delimiter: string): readonly [field?: string, rest?: string] {
  let field = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === delimiter) return [field, text.slice(at + 1)];
    const escaped = character === "\\" ? (text[(at += 1)] ?? "") : "";
    field += escaped === delimiter ? delimiter : character + escaped;
  }
  return [];
}

/** Undefined for what changes the case of what follows. */
function replacementOf(written: string): Replacement | undefined {
  const all = (written.match(/\\[^]|[^]/g) ?? []).map((token) => {
    if (token === "&") return 0;
    if (!token.startsWith("\\") || token === "\\") return token;
    const escaped = token.slice(1);
    if (/\d/.test(escaped)) return Number(escaped);
    if (/[nt]/.test(escaped)) return escaped === "n" ? "\n" : "\t";
    return /\w/.test(escaped) ? undefined : escaped;
  });
  return all.every((each) => each !== undefined) ? all : undefined;
}

const endOf = (match: RegExpExecArray | undefined): number | undefined =>
  match && match.index + match[0].length;

/** Puts the replacement in the place of the nth match, and with `all` of those behind it. */
function substituted(line: Line, pattern: RegExp, replacement: Replacement, nth: number, all: boolean): Line {
  let text = "";
  const places: number[] = [];
  let end = 0;
  // Right behind a match there is no empty one.
  const found = [...line.text.matchAll(pattern)].filter(
    ({ 0: match, index }, at, every) => match !== "" || index !== endOf(every[at - 1]),
  );
  for (const [index, match] of found.entries()) {
    if (index + 1 < nth || (!all && index + 1 > nth)) continue;
    const put = replacement.map((each) => (typeof each === "number" ? (match[each] ?? "") : each)).join("");
    const place = line.places[match.index] ?? line.places.at(-1) ?? 0;
    text += line.text.slice(end, match.index) + put;
    places.push(...line.places.slice(end, match.index), ...Array.from({ length: put.length }, () => place));
    end = match.index + match[0].length;
  }
  return { text: text + line.text.slice(end), places: [...places, ...line.places.slice(end)] };
}
