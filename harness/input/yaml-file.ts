import { readFile } from "node:fs/promises";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { UsageError, type SourceLocation } from "../errors.ts";
import { type Finding, InvalidFileError } from "./findings.ts";
import { suggest } from "./suggest.ts";

type Path = readonly PropertyKey[];

/** A YAML text whose values know where they stand. */
export type YamlFile = {
  readonly value: unknown;
  /** Where the key or the item at `path` begins; if there is none, where its nearest parent does. */
  readonly locate: (path: Path) => SourceLocation;
  /** A place inside the text at `path`, by its own line and column (from 1), as a place in the file. */
  readonly locateInText: (path: Path, line: number, column: number) => SourceLocation;
};

/** Reads a text file that the user named or the project brings. UsageError if that cannot be done. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(unreadable(file, cause), { cause, hint: "Give the path of a file that exists." });
  }
}

/** Why a file cannot be read. */
export function unreadable(file: string, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const why = { EISDIR: "it is a folder", ENOENT: "there is no such file", EACCES: "it is not permitted" }[
    String(code)
  ];
  return `cannot read ${file}${why === undefined ? "" : `: ${why}`}`;
}

/** What is opened and not closed; the library tells it where the next thing begins. */
const unclosed = /end with a [\]}]$|^Missing closing .quote$/;

/** What the library tells in words of YAML's specification, in other words, and what to do about it; `$1` is what the pattern catches. */
const plainWords: readonly (readonly [said: RegExp, message: string, hint: string])[] = [
  [
    /must start at the same column/,
    "it is not indented as the lines around it",
    "begin what belongs together in one column",
  ],
  [
    /^Nested mappings/,
    "a colon within a value",
    "put quotes around it, or look whether the next line is indented too far",
  ],
  [
    /^Implicit (?:map )?keys/,
    "a line without a colon",
    "write it as `key: value`, with a blank after the colon",
  ],
  [/must be unique/, "the key is written twice", "leave one of them out"],
  [/^Tabs/, "it is indented with a tab", "indent it with blanks"],
  [/end with a \]$/, "a [ that nothing closes", "close it with ]"],
  [/end with a }$/, "a { that nothing closes", "close it with }"],
  [/^Missing closing (.)quote$/, "a $1 that nothing closes", "close it with $1"],
  [/^Unexpected flow-.*"(.)"$/, "a $1 that nothing opens", "take it away, or write what opens it before it"],
  [/^Plain value cannot start with .*(\S)$/, "a value that begins with $1", "put quotes around it"],
];

/** Where the list, the map or the text in quotes that ends at an offset was opened: the innermost. */
function openedBefore(document: Document, source: string, end: number): number | undefined {
  let opened: number | undefined;
  visit(document, {
    Node(_key, { range }) {
      if (range?.[1] === end && /[[{"']/.test(source.charAt(range[0]))) [opened] = range;
    },
  });
  return opened;
}

/** Parses YAML 1.2, without aliases unless they are allowed: the file, or a finding for each fault of its syntax. */
export function parseYaml(
  text: string,
  file: string,
  { aliases = false } = {},
): YamlFile | { readonly findings: readonly Finding[] } {
  const source = text.replaceAll(/\r\n?/g, "\n");
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, stringKeys: true });
  const locateOffset = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const findings: Finding[] = document.errors.map(({ pos, message }) => {
    const [first = message] = message.split(/ at line|\n/);
    const [said, words = first, hint = "look at the indentation, the quotes and the brackets before it"] =
      plainWords.find(([pattern]) => pattern.test(first)) ?? [];
    const mark = said?.exec(first)?.[1] ?? "";
    const offset = unclosed.test(first) ? (openedBefore(document, source, pos[0]) ?? pos[0]) : pos[0];
    return {
      location: locateOffset(offset),
      message: words.replace("$1", mark),
      hint: hint.replace("$1", mark),
    };
  });
  visit(document, {
    Alias(_key, alias) {
      const { source: name, range } = alias;
      const location = locateOffset(range?.[0] ?? 0);
      if (aliases && alias.resolve(document) !== undefined) return;
      findings.push({ location, message: `an alias "*${name}"`, hint: "write out what it stands for" });
    },
  });
  if (findings.length > 0) return { findings };

  const nodeAt = (path: Path) => {
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    return isNode(node) ? node : undefined;
  };
  const locate = (path: Path): SourceLocation => {
    const offset = nodeAt(path)?.range?.[0];
    if (offset !== undefined || path.length === 0) return locateOffset(offset ?? 0);
    return locate(path.slice(0, -1));
  };
  const locateKey = (path: Path): SourceLocation => {
    const parent = nodeAt(path.slice(0, -1));
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
      : undefined;
    const offset = isNode(pair?.key) ? pair.key.range?.[0] : undefined;
    return offset === undefined ? locate(path) : locateOffset(offset);
  };
  return {
    // An alias is the same value again, not a copy.
    value: document.toJS({ maxAliasCount: -1 }),
    locate: locateKey,
    locateInText(path, line, column) {
      const node = nodeAt(path);
      const start = locate(path);
      if (!isScalar(node)) return start;
      // A value on one line that is written as it reads: every column of the text is a column of the file.
      const value = String(node.value);
      const [from = 0, to = 0] = node.range ?? [];
      const written = source.slice(from, to);
      const quotes = node.type === "QUOTE_SINGLE" || node.type === "QUOTE_DOUBLE" ? 1 : 0;
      if (line === 1 && written.slice(quotes, written.length - quotes) === value) {
        return { ...start, column: (start.column ?? 1) + quotes + column - 1 };
      }
      // Otherwise only in a literal block is every line of the text a line of the file.
      if (node.type !== "BLOCK_LITERAL") return start;
      const inFile = start.line + line;
      const content = source.slice(lines.lineStarts[inFile - 1]).split("\n", 1)[0] ?? "";
      const textLine = value.split("\n")[line - 1] ?? "";
      return { file, line: inFile, column: content.length - textLine.length + column };
    },
  };
}

/** Checks the value at `path` by `schema`: its data, or a finding for each fault, with `hint` where none is better. */
export function checkShape<T>(
  schema: z.ZodType<T>,
  value: unknown,
  file: Pick<YamlFile, "locate">,
  path: Path,
  hint: string,
): { readonly data: T } | { readonly findings: readonly Finding[] } {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return { data };
  const known = "shape" in schema && typeof schema.shape === "object" ? Object.keys(schema.shape ?? {}) : [];
  return {
    findings: error.issues.flatMap((issue): Finding[] => {
      const at = [...path, ...issue.path];
      if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => ({
          location: file.locate([...at, key]),
          message: `unknown key "${key}"`,
          hint: suggest(key, known),
        }));
      }
      const name = issue.path.join(".");
      return [
        {
          location: file.locate(at),
          message:
            value === null ? "nothing is written here" : `${name === "" ? "this" : name}: ${issue.message}`,
          hint,
        },
      ];
    }),
  };
}

/** A YAML text by `schema`, and where its values stand. InvalidFileError with each fault of it, with `hint` where none is better. */
export function parseShape<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  hint: string,
): { readonly data: T } & Pick<YamlFile, "locate"> {
  const yaml = parseYaml(text, file);
  if ("findings" in yaml) throw new InvalidFileError(yaml.findings, hint);
  const checked = checkShape(schema, yaml.value, yaml, [], hint);
  if ("findings" in checked) throw new InvalidFileError(checked.findings, hint);
  return { data: checked.data, locate: yaml.locate };
}

/** The same of a file; UsageError if that cannot be read. */
export const readShape = async <T>(file: string, schema: z.ZodType<T>, hint: string): Promise<T> =>
  parseShape(await readText(file), file, schema, hint).data;
