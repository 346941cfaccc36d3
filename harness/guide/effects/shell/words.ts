import { posix } from "node:path";
import type { Word, WordPart } from "unbash";
import type { Host, Shell } from "../host.ts";
import { compute, type Numbers, valueOf } from "./arithmetic.ts";

/** A word once the shell has expanded it; `known` is false if a part of it, a NUL in the text, cannot be known beforehand. */
export type Expanded = { readonly text: string; readonly known: boolean };

/** Who is told of what the expansion meets on its way. */
export type Watcher = {
  readonly unset: (name: string, offset: number) => void;
  readonly command: (part: Extract<WordPart, { type: "CommandExpansion" | "ProcessSubstitution" }>) => void;
};

/** Variables that bash sets itself, and those of a login: sshd's, PAM's, and what CentOS has in /etc/profile. */
const ofTheShell: ReadonlySet<string> = new Set(
  `_ BASH BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_CMDS BASH_COMMAND BASH_LINENO BASH_SOURCE BASH_SUBSHELL
  BASH_VERSINFO BASH_VERSION COLUMNS COMP_WORDBREAKS DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD HISTFILE
  HISTFILESIZE HISTSIZE HOSTNAME HOSTTYPE IFS LINENO LINES MACHTYPE MAILCHECK OLDPWD OPTERR OPTIND OSTYPE PIPESTATUS PPID PS1
  PS2 PS4 RANDOM SECONDS SHELLOPTS SHLVL SRANDOM UID
  HOME LANG LOGNAME MAIL SHELL TERM USER XDG_RUNTIME_DIR XDG_SESSION_ID SSH_CLIENT SSH_CONNECTION SSH_TTY HISTCONTROL LESSOPEN
  LS_COLORS`.split(/\s+/),
);

export const unknownWord: Expanded = { text: "\0", known: false };

/** A text that stands as it is: what a shell before has put into it need not be known. */
export const plain = (text: string): Expanded => ({ text, known: !text.includes("\0") });

/** Longer texts, and more words in the place of one, are not followed. */
export const longest = 8192;
const most = 256;

const cross = (heads: readonly Expanded[], tails: readonly Expanded[]): Expanded[] =>
  heads.length * tails.length > most
    ? [unknownWord]
    : heads.flatMap((head) =>
        tails.map((tail) =>
          head.text.length + tail.text.length > longest
            ? unknownWord
            : { text: head.text + tail.text, known: head.known && tail.known },
        ),
      );

/** Whether a word is an expansion without quotes, or one of all arguments or elements: the shell splits what comes of it. */
function isSplit([part, ...others]: readonly WordPart[]): boolean {
  if (part === undefined || others.length > 0) return false;
  if (part.type === "DoubleQuoted")
    return part.parts.length === 1 && /^\$(?:@|\{@\}|\{!?\w+\[@\]\})$/.test(part.parts[0]?.text ?? "");
  return part.type === "SimpleExpansion" || part.type === "ParameterExpansion";
}

const split = (word: Expanded): Expanded[] =>
  word.known
    ? word.text.split(/[ \t\n]+/).flatMap((text) => (text === "" ? [] : [{ text, known: true }]))
    : [word];

/** Expands braces, variables, the home folder and globs, as bash does for the words of a command. */
export function expand(word: Word, host: Host, shell: Shell, watcher: Watcher, splits: boolean): Expanded[] {
  const { parts } = word;
  const expanded = all(parts ?? [], shell, watcher, word.value);
  if (splits && parts && isSplit(parts)) return expanded.flatMap(split);
  if (!parts?.some(({ type }) => type === "Glob")) return expanded;
  return expanded.flatMap((pattern) => (pattern.known ? glob(pattern.text, host, shell) : [pattern]));
}

function one(part: WordPart, shell: Shell, watcher: Watcher): Expanded[] {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [plain(part.value)];
    case "Glob":
      return [plain(part.text)];
    case "DoubleQuoted":
    case "LocaleString":
      return all(part.parts, shell, watcher);
    case "SimpleExpansion":
      return [variable(part.text.slice(1), part.pos, shell, watcher)];
    case "ParameterExpansion":
      // `${name:-value}`
      if (part.operation?.type === "Default" && /^:?[-=]$/.test(part.operation.operator)) {
        const { operand } = part.operation;
        if (!shell.variables.get(part.parameter))
          return all(operand.parts ?? [], shell, watcher, operand.value);
        return [variable(part.parameter, part.pos, shell, watcher)];
      }
      if (part.operation !== undefined) return [unknownWord];
      if (part.prefix !== undefined) return [ofArray(part, shell)];
      if (part.index !== undefined && !/^[@*]$/.test(part.index.text))
        return [element(part.parameter, part.index, shell, watcher)];
      return [variable(part.parameter, part.pos, shell, watcher)];
    case "BraceExpansion":
      return braces(part.text);
    case "CommandExpansion":
      watcher.command(part);
      return [unknownWord];
    case "ProcessSubstitution":
      watcher.command(part);
      return [unknownWord];
    case "ArithmeticExpansion": {
      const value = part.expression && compute(part.expression, numbersOf(shell, watcher));
      return [value === undefined ? unknownWord : plain(String(value))];
    }
    case "ExtendedGlob":
      return [unknownWord];
  }
  return part satisfies never;
}

/** Parts beside each other; `text` is what a word without parts is. */
const all = (parts: readonly WordPart[], shell: Shell, watcher: Watcher, text = ""): Expanded[] =>
  parts.reduce<Expanded[]>(
    (before, part) => cross(before, one(part, shell, watcher)),
    [plain(parts.length > 0 ? "" : text)],
  );

function variable(name: string, offset: number, shell: Shell, watcher: Watcher): Expanded {
  if (name === "PWD") return { text: shell.cwd, known: true };
  const value = shell.variables.get(name);
  if (value !== undefined) return plain(value);
  if (/^[A-Za-z_]\w*$/.test(name) && !ofTheShell.has(name)) watcher.unset(name, offset);
  return name === "HOME" ? { text: "/root", known: true } : unknownWord;
}

/** What arithmetic reads and sets of a shell. */
export const numbersOf = (shell: Shell, watcher: Watcher): Numbers => ({
  variables: shell.variables,
  text: ({ parts = [], value }) => {
    const [word, ...others] = all(parts, shell, watcher, value);
    return word?.known === true && others.length === 0 ? word.text : undefined;
  },
});

/** What an array's element is called among the variables. */
const elementName = (array: string, index: number): string => `${array}[${index}]`;

/** Gives an array its elements, beside those that it has or in their place. */
export function setElements(
  { variables }: Shell,
  array: string,
  elements: readonly Expanded[],
  append: boolean,
): void {
  const before = countOf(array, variables);
  for (let index = append ? before : 0; index < before; index += 1)
    variables.delete(elementName(array, index));
  for (const [index, { text, known }] of elements.entries())
    variables.set(elementName(array, index + (append ? before : 0)), known ? text : "\0");
}

function countOf(array: string, variables: ReadonlyMap<string, string>): number {
  let count = 0;
  while (variables.has(elementName(array, count))) count += 1;
  return count;
}

/** `${array[index]}` */
function element(array: string, index: Word, shell: Shell, watcher: Watcher): Expanded {
  const [word] = all(index.parts ?? [], shell, watcher, index.value);
  const at = valueOf(word?.known === true ? word.text : undefined, shell.variables);
  const value = at === undefined ? undefined : shell.variables.get(elementName(array, at));
  return value === undefined ? unknownWord : plain(value);
}

/** `${#array[@]}`, how many elements it has, and `${!array[@]}`, their numbers. */
function ofArray(
  { parameter, prefix, index }: Extract<WordPart, { type: "ParameterExpansion" }>,
  { variables }: Shell,
): Expanded {
  const count = countOf(parameter, variables);
  if (count === 0 || index === undefined || !/^[@*]$/.test(index.text)) return unknownWord;
  return plain(prefix === "#" ? String(count) : [...Array(count).keys()].join(" "));
}

/** `{a,b}` and `{1..3}`; anything more involved is not known. */
function braces(text: string): Expanded[] {
  const inner = text.slice(1, -1);
  const [from = Number.NaN, to = 0] = /^\d{1,4}\.\.\d{1,4}$/.test(inner) ? inner.split("..").map(Number) : [];
  if (to >= from && to - from < most)
    return Array.from({ length: to - from + 1 }, (_, index) => ({ text: String(from + index), known: true }));
  if (/[$`\\]|\.\./.test(inner)) return [{ text, known: false }];
  return alternatives(text);
}

/** The words that `{a,{b,c}d}` is, without its quotes. */
function alternatives(text: string): Expanded[] {
  const [whole, open = "", inner = "", rest = ""] =
    /^([^{]*)\{((?:[^{}]|\{[^{}]*\})*)\}([^]*)$/.exec(text) ?? [];
  if (whole === undefined || !/^[^{]*,|,[^}]*$/.test(inner)) return [plain(text.replaceAll(/["']/g, ""))];
  const own = inner.split(/,(?![^{]*\})/);
  return own.flatMap((each) => alternatives(`${open}${each}${rest}`));
}

function glob(pattern: string, host: Host, shell: Shell): Expanded[] {
  const absolute = host.resolve(pattern, shell);
  const folder = posix.dirname(absolute);
  const asked = posix.basename(absolute).replaceAll(/\*+/g, "*");
  // Many stars take a matcher too long.
  if (asked.split("*").length > 5) return [{ text: pattern, known: false }];
  const source = asked.replaceAll(/[\\^$.+()|[\]{}]/g, String.raw`\$&`);
  const matcher = new RegExp(`^${source.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}$`);
  const found = host.list(folder).filter((path) => matcher.test(posix.basename(path)));
  if (found.length === 0) return [{ text: pattern, known: false }];
  const prefix = pattern.includes("/") ? `${posix.dirname(pattern)}/` : "";
  return found.map((path) => ({ text: prefix + posix.basename(path), known: true }));
}
