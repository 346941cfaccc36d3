import { posix } from "node:path";
import type { Word, WordPart } from "unbash";
import type { Host, Shell } from "./host.ts";

/** A word once the shell has expanded it; `known` is false if a part of it cannot be known beforehand. */
export type Expanded = { readonly text: string; readonly known: boolean };

/** Who is told of what the expansion meets on its way. */
export type Watcher = {
  readonly unset: (name: string, offset: number) => void;
  readonly command: (part: Extract<WordPart, { type: "CommandExpansion" }>) => void;
};

/** Variables that a login shell has of its own. */
const ofTheShell = new Set([
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "HOSTNAME",
  "UID",
  "EUID",
  "RANDOM",
  "IFS",
  "LANG",
]);

const cross = (heads: readonly Expanded[], tails: readonly Expanded[]): Expanded[] =>
  heads.flatMap((head) =>
    tails.map((tail) => ({ text: head.text + tail.text, known: head.known && tail.known })),
  );

/** Expands braces, variables, the home folder and globs, as bash does for the words of a command. */
export function expand(word: Word, host: Host, shell: Shell, watcher: Watcher): Expanded[] {
  const { parts } = word;
  const expanded = (parts ?? [undefined]).reduce<Expanded[]>(
    (before, part) =>
      cross(before, part === undefined ? [{ text: word.value, known: true }] : one(part, shell, watcher)),
    [{ text: "", known: true }],
  );
  if (!parts?.some(({ type }) => type === "Glob")) return expanded;
  return expanded.flatMap((pattern) => (pattern.known ? glob(pattern.text, host, shell) : [pattern]));
}

function one(part: WordPart, shell: Shell, watcher: Watcher): Expanded[] {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [{ text: part.value, known: true }];
    case "Glob":
      return [{ text: part.text, known: true }];
    case "DoubleQuoted":
    case "LocaleString":
      return part.parts.reduce<Expanded[]>(
        (before, child) => cross(before, one(child, shell, watcher)),
        [{ text: "", known: true }],
      );
    case "SimpleExpansion":
      return [variable(part.text.slice(1), part.pos, shell, watcher)];
    case "ParameterExpansion":
      if (part.operation !== undefined || part.prefix !== undefined) return [{ text: "", known: false }];
      return [variable(part.parameter, part.pos, shell, watcher)];
    case "BraceExpansion":
      return braces(part.text);
    case "CommandExpansion":
      watcher.command(part);
      return [{ text: "", known: false }];
    case "ArithmeticExpansion":
    case "ExtendedGlob":
    case "ProcessSubstitution":
      return [{ text: "", known: false }];
  }
  return part satisfies never;
}

function variable(name: string, offset: number, shell: Shell, watcher: Watcher): Expanded {
  if (name === "PWD") return { text: shell.cwd, known: true };
  const value = shell.variables.get(name);
  if (value !== undefined) return { text: value, known: !value.includes("\0") };
  if (/^[A-Za-z_]\w*$/.test(name) && !ofTheShell.has(name)) watcher.unset(name, offset);
  return name === "HOME" ? { text: "/root", known: true } : { text: "", known: false };
}

/** `{a,b}`; anything more involved is not known. */
function braces(text: string): Expanded[] {
  const inner = text.slice(1, -1);
  if (/[{}$`]|\.\./.test(inner)) return [{ text, known: false }];
  return inner.split(",").map((item) => ({ text: item, known: true }));
}

function glob(pattern: string, host: Host, shell: Shell): Expanded[] {
  const absolute = host.resolve(pattern, shell);
  const folder = posix.dirname(absolute);
  const source = posix.basename(absolute).replaceAll(/[\\^$.+()|[\]{}]/g, String.raw`\$&`);
  const matcher = new RegExp(`^${source.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}$`);
  const found = host.list(folder).filter((path) => matcher.test(posix.basename(path)));
  if (found.length === 0) return [{ text: pattern, known: false }];
  const prefix = pattern.includes("/") ? `${posix.dirname(pattern)}/` : "";
  return found.map((path) => ({ text: prefix + posix.basename(path), known: true }));
}
