import type { z } from "zod";
import { suggest } from "../../input/suggest.ts";
import type { TextProblem } from "../origin.ts";
import { type Directive, type DirectiveKind, directiveSchema, keysOf, kinds } from "./directives.ts";

type Word = { readonly offset: number; readonly text: string; readonly value: string | undefined };

const word = /\s*([^\s="]+)(?:=(?:"([^"]*)"|([^\s"]*)))?(?=\s|$)/y;

function splitWords(info: string): { words: Word[]; problems: TextProblem[] } {
  const words: Word[] = [];
  const end = info.trimEnd().length;
  let offset = 0;
  while (offset < end) {
    word.lastIndex = offset;
    const match = word.exec(info);
    if (match === null) {
      const rest = info.slice(offset).trim();
      const hint = 'words are separated by blanks; a value with blanks is quoted: key="two words"';
      return { words, problems: [{ offset, message: `cannot read \`${rest}\``, hint }] };
    }
    const [whole, text = "", quoted, bare] = match;
    words.push({ offset: offset + whole.length - whole.trimStart().length, text, value: quoted ?? bare });
    offset += whole.length;
  }
  return { words, problems: [] };
}

const isKind = (text: string): text is DirectiveKind => kinds.some((kind) => kind === text);

const opened = `write LANGUAGE DIRECTIVE key=value … after the backticks; directives: ${kinds.join(", ")}`;

function readKind(first: Word | undefined, second: Word | undefined): DirectiveKind | TextProblem {
  const offset = first?.offset ?? 0;
  if (
    first !== undefined &&
    (first.value !== undefined || (isKind(first.text) && !isKind(second?.text ?? "")))
  ) {
    return { offset, message: "a fence without a language", hint: opened };
  }
  if (second === undefined) return { offset, message: "a fence without a directive", hint: opened };
  if (isKind(second.text) && second.value === undefined) return second.text;
  const message = `unknown directive "${second.text}"`;
  return { offset: second.offset, message, hint: suggest(second.text, kinds) };
}

function checkKeys(kind: DirectiveKind, words: readonly Word[]): TextProblem[] {
  const known = keysOf(kind);
  return words.flatMap(({ offset, text }, index): TextProblem[] => {
    if (!known.includes(text)) {
      return [{ offset, message: `${kind} has no key "${text}"`, hint: suggest(text, known) }];
    }
    if (words.slice(0, index).some((earlier) => earlier.text === text)) {
      return [{ offset, message: `"${text}" is given twice`, hint: "keep one of them" }];
    }
    return [];
  });
}

function explain(
  kind: DirectiveKind,
  issues: readonly z.core.$ZodIssue[],
  words: readonly Word[],
): TextProblem[] {
  return issues.flatMap((issue): TextProblem[] => {
    if (issue.code === "unrecognized_keys") return [];
    const key = String(issue.path[0]);
    const given = words.find(({ text }) => text === key);
    const message =
      given === undefined ? `${kind} without ${key}` : `cannot read ${key}=${given.value ?? ""} of ${kind}`;
    return [{ offset: given?.offset ?? 0, message, hint: issue.message }];
  });
}

/** Machine names and groups of `on` that are not among `known`. */
export const unknownHosts = (on: readonly string[], known: readonly string[]) =>
  on
    .filter((host) => !known.includes(host))
    .map((host) => ({ message: `unknown machine "${host}"`, hint: suggest(host, known) }));

/**
 * Reads a fence's info string by the closed grammar of docs/guide-grammar.md.
 * `hosts` are the machine names and groups that `on=` may name. Never throws.
 */
export function readInfo(
  info: string,
  hosts: readonly string[],
): { readonly directive: Directive } | { readonly problems: readonly TextProblem[] } {
  const { words, problems } = splitWords(info);
  const [first, second, ...rest] = words;
  const kind = readKind(first, second);
  if (typeof kind !== "string")
    return { problems: second === undefined && problems.length > 0 ? problems : [kind] };

  const values = Object.fromEntries(rest.map(({ text, value }) => [text, value ?? true]));
  const { data, error } = directiveSchema.safeParse({ ...values, language: first?.text, kind });
  const found = [
    ...problems,
    ...checkKeys(kind, rest),
    ...explain(kind, error?.issues ?? [], rest),
    ...checkHosts(kind, rest, hosts),
  ];
  return data === undefined || found.length > 0 ? { problems: found } : { directive: data };
}

function checkHosts(kind: DirectiveKind, words: readonly Word[], hosts: readonly string[]): TextProblem[] {
  const given = words.find(({ text }) => text === "on");
  if (given?.value === undefined || !keysOf(kind).includes("on")) return [];
  const { offset, value } = given;
  return unknownHosts(value.split(","), hosts).map(({ message, hint }) => ({ offset, message, hint }));
}
