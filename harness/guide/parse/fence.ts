import { posix } from "node:path";
import { z } from "zod";
import { suggest } from "../../suggest.ts";

/** A fault in an info string; `offset` counts characters from its start. */
export type InfoProblem = { readonly offset: number; readonly message: string; readonly hint: string };

const name = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
const hostList = z.string().transform((list) => list.split(","));
const path = z.string().refine((text) => /^(?:\/[\w.@+:-]+)+$/.test(text) && posix.normalize(text) === text);
const octal = z
  .string()
  .regex(/^[0-7]{3,4}$/)
  .transform((digits) => Number.parseInt(digits, 8));
const duration = z
  .string()
  .regex(/^[1-9]\d{0,4}[sm]$/)
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith("m") ? 60_000 : 1000));

const literal = z.literal(true).exactOptional();

const keys = {
  run: { id: name, on: hostList, literal },
  file: {
    id: name,
    on: hostList,
    literal,
    path,
    mode: octal.default(0o644),
    append: z.boolean().default(false),
  },
  output: { within: duration.exactOptional() },
  skip: { reason: z.string().regex(/\S/) },
};
type Kind = keyof typeof keys;
const kinds = Object.keys(keys);
const isKind = (word: string): word is Kind => kinds.includes(word);

const language = z.string();
const schema = z.discriminatedUnion("kind", [
  z.strictObject({ language, kind: z.literal("run"), ...keys.run }),
  z.strictObject({ language, kind: z.literal("file"), ...keys.file }),
  z.strictObject({ language, kind: z.literal("output"), ...keys.output }),
  z.strictObject({ language, kind: z.literal("skip"), ...keys.skip }),
]);

/** What a fence's info string says; `within` is in milliseconds. */
export type Directive = z.infer<typeof schema>;

const forms: Readonly<Record<string, string>> = {
  id: "write id=NAME, a name of small letters, digits and single hyphens",
  on: "write on=MACHINES, machine names or groups separated by commas",
  path: "write path=/absolute/path of letters, digits and ._@+:-, without `..` or a slash at the end",
  mode: "write mode=0644, three or four octal digits",
  append: "write append alone, without a value",
  literal: "write literal alone, without a value",
  within: "write within=60s or within=5m",
  reason: 'write reason="why the reader is shown this and the harness does not run it"',
};

type Word = { readonly offset: number; readonly text: string; readonly value: string | undefined };

const word = /\s*([^\s="]+)(?:=(?:"([^"]*)"|([^\s"]*)))?(?=\s|$)/y;

function splitWords(info: string): { words: Word[]; problems: InfoProblem[] } {
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

const opened = `write LANGUAGE DIRECTIVE key=value … after the backticks; directives: ${kinds.join(", ")}`;

function readKind(first: Word | undefined, second: Word | undefined): Kind | InfoProblem {
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

function checkKeys(kind: Kind, words: readonly Word[]): InfoProblem[] {
  const known = Object.keys(keys[kind]);
  return words.flatMap(({ offset, text }, index): InfoProblem[] => {
    if (!known.includes(text)) {
      return [{ offset, message: `${kind} has no key "${text}"`, hint: suggest(text, known) }];
    }
    if (words.slice(0, index).some((earlier) => earlier.text === text)) {
      return [{ offset, message: `"${text}" is given twice`, hint: "keep one of them" }];
    }
    return [];
  });
}

function explain(kind: Kind, issues: readonly z.core.$ZodIssue[], words: readonly Word[]): InfoProblem[] {
  return issues.flatMap((issue): InfoProblem[] => {
    if (issue.code === "unrecognized_keys") return [];
    const key = String(issue.path[0]);
    const given = words.find(({ text }) => text === key);
    const message =
      given === undefined ? `${kind} without ${key}` : `cannot read ${key}=${given.value ?? ""} of ${kind}`;
    return [{ offset: given?.offset ?? 0, message, hint: forms[key] ?? "" }];
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
): { readonly directive: Directive } | { readonly problems: readonly InfoProblem[] } {
  const { words, problems } = splitWords(info);
  const [first, second, ...rest] = words;
  const kind = readKind(first, second);
  if (typeof kind !== "string")
    return { problems: second === undefined && problems.length > 0 ? problems : [kind] };

  const values = Object.fromEntries(rest.map(({ text, value }) => [text, value ?? true]));
  const { data, error } = schema.safeParse({ ...values, language: first?.text, kind });
  const found = [
    ...problems,
    ...checkKeys(kind, rest),
    ...explain(kind, error?.issues ?? [], rest),
    ...checkHosts(kind, rest, hosts),
  ];
  return data === undefined || found.length > 0 ? { problems: found } : { directive: data };
}

function checkHosts(kind: Kind, words: readonly Word[], hosts: readonly string[]): InfoProblem[] {
  const given = words.find(({ text }) => text === "on");
  if (given?.value === undefined || !("on" in keys[kind])) return [];
  const { offset, value } = given;
  return unknownHosts(value.split(","), hosts).map(({ message, hint }) => ({ offset, message, hint }));
}

/** The info string of a directive; `readInfo` reads it back. */
export function printInfo(directive: Directive): string {
  const words = [directive.language, directive.kind];
  if ("id" in directive) words.push(`id=${directive.id}`, `on=${directive.on.join(",")}`);
  if (directive.kind === "file") {
    words.push(`path=${directive.path}`, `mode=${directive.mode.toString(8).padStart(4, "0")}`);
    if (directive.append) words.push("append");
  }
  if ("literal" in directive) words.push("literal");
  if (directive.kind === "output" && directive.within !== undefined) {
    words.push(`within=${directive.within / 1000}s`);
  }
  if (directive.kind === "skip") words.push(`reason="${directive.reason}"`);
  return words.join(" ");
}
