import { formatLocation, type SourceLocation } from "../../errors.ts";
import { checkAnswers } from "./answers/answers.ts";
import { lineAndColumn, type TextProblem } from "../origin.ts";
import { checkBraces, wildcards } from "./braces.ts";
import { controlProblems } from "./characters.ts";
import { checkCommands } from "./commands.ts";
import { bracesOf, type Directive } from "./directives.ts";
import { readInfo } from "./fence.ts";
import type { Vocabulary } from "./hosts.ts";
import type { Finding } from "../invalid-guide.ts";
import type { Fence } from "./markdown.ts";
import type { Block, CommandBlock } from "../types.ts";

/** Where a fence stands. */
export type Surroundings = {
  /** Number of the section, undefined outside of any. */
  readonly section: string | undefined;
  /** The fence before it; `invalid` if that one could not be read. */
  readonly previous: Block | "invalid" | undefined;
  readonly words: Vocabulary;
  /** Ids that are taken, and where. */
  readonly ids: ReadonlyMap<string, SourceLocation>;
  /** A place in the fence's text as a place in its file. */
  readonly at: (line: number, column: number) => SourceLocation;
};

const problemsOfShape: Readonly<Record<Fence["kind"], Omit<Finding, "location"> | undefined>> = {
  indented: {
    message: "an indented code block",
    hint: "a block needs a directive: put it in a fence (three backticks), or indent a paragraph by less than four blanks",
  },
  unclosed: { message: "an unclosed fence", hint: "end it with a line of the backticks that opened it" },
  closed: undefined,
};

/** Reads one fence into a block, or says all that is wrong with it. */
export function readBlock(
  fence: Fence,
  surroundings: Surroundings,
): { readonly block: Block } | { readonly findings: readonly Finding[] } {
  const { at, section } = surroundings;
  const start = at(fence.line, fence.column);
  const shape = problemsOfShape[fence.kind];
  if (shape !== undefined) return { findings: [{ location: start, ...shape }] };

  const info = readInfo(fence.info, surroundings.words.hosts);
  if ("problems" in info) {
    const place = ({ offset, ...told }: TextProblem): Finding => ({
      location: at(fence.line, fence.infoColumn + offset),
      ...told,
    });
    return { findings: info.problems.map(place) };
  }
  const { directive } = info;
  const findings = [
    ...(section === undefined ? [outside(directive.kind, start)] : []),
    ...checkText(directive, fence, surroundings),
    ...(directive.kind === "run" ? checkCommands(fence.text).map(placedBelow(fence, at)) : []),
    ...checkId(directive, start, surroundings),
    ...checkOrder(directive, start, surroundings.previous),
  ];
  if (findings.length > 0 || section === undefined) return { findings };
  const common = { section, location: start, endLine: at(fence.endLine, 1).line, text: fence.text };
  if (directive.kind === "output" || directive.kind === "answers") {
    const of = commandOf(surroundings.previous)?.id ?? askedBefore(surroundings.previous);
    // Without findings, the command before could not be read, and that is reported: nothing to bind this block to.
    return of === undefined ? { findings } : { block: { ...directive, ...common, of } };
  }
  if (!("id" in directive)) return { block: { ...directive, ...common } };
  return { block: { ...directive, ...common, id: `${section}/${directive.id}` } };
}

const commandOf = (previous: Surroundings["previous"]): CommandBlock | undefined =>
  typeof previous === "object" && previous.kind === "run" ? previous : undefined;

const askedBefore = (previous: Surroundings["previous"]): string | undefined =>
  typeof previous === "object" && previous.kind === "answers" ? previous.of : undefined;

const outside = (kind: string, location: SourceLocation): Finding => ({
  location,
  message: `${kind} outside a numbered section`,
  hint: "put it under a heading that begins with its number, such as `### 2.4 Install etcd`",
});

/** Faults in a block's text, placed in its file. */
export function checkText(
  block: { readonly kind: Directive["kind"]; readonly literal?: boolean },
  { text, line, column }: Pick<Fence, "text" | "line" | "column">,
  { at, words }: Pick<Surroundings, "at" | "words">,
): Finding[] {
  const { kind } = block;
  if (kind === "run" && text.trim() === "") {
    const hint = "write the commands that the reader types";
    return [{ location: at(line, column), message: "run without a command", hint }];
  }
  const within = kind === "answers" ? checkAnswers(text, words.placeholders) : checkWords(block, text, words);
  return [...controlProblems(text), ...within].map(placedBelow({ text, line, column }, at));
}

function checkWords(
  { kind, literal = false }: Parameters<typeof checkText>[0],
  text: string,
  { placeholders }: Vocabulary,
): TextProblem[] {
  const what = literal ? undefined : bracesOf(kind);
  if (what === undefined) return [];
  if (what === "wildcard") return checkBraces(text, what, wildcards);
  const otherwise = "; a block with the flag `literal` is taken as it is written";
  return checkBraces(text, what, placeholders, otherwise);
}

/** Places a problem of a text below the line with which its fence begins. */
const placedBelow =
  (fence: Pick<Fence, "text" | "line" | "column">, at: Surroundings["at"]) =>
  ({ offset, ...told }: TextProblem): Finding => {
    const { line, column } = lineAndColumn(fence.text, offset);
    return { location: at(fence.line + 1 + line, fence.column + column), ...told };
  };

function checkId(directive: Directive, location: SourceLocation, { section, ids }: Surroundings): Finding[] {
  if (!("id" in directive) || section === undefined) return [];
  const id = `${section}/${directive.id}`;
  const first = ids.get(id);
  if (first === undefined) return [];
  const hint = `the first is at ${formatLocation(first)}: give one of them another name`;
  return [{ location, message: `duplicate id "${id}"`, hint }];
}

function checkOrder(
  directive: Directive,
  location: SourceLocation,
  previous: Surroundings["previous"],
): Finding[] {
  if (previous === "invalid") return [];
  const { kind } = directive;
  const command = commandOf(previous);
  const after = previous?.kind === "file" ? "after a file block" : "without a command";
  if (kind === "output" && command === undefined && askedBefore(previous) === undefined) {
    const hint =
      "an output block follows the run block that prints it, or that block's answers, with no other fence between";
    return [{ location, message: `output ${after}`, hint }];
  }
  if (kind !== "answers" || command?.tty === true) return [];
  if (command !== undefined) {
    const hint = `write tty after the keys of ${command.id}: without a terminal nothing is asked`;
    return [{ location, message: "answers to a block without a terminal", hint }];
  }
  const hint = "an answers block follows the run block that asks, with no other fence between";
  return [{ location, message: `answers ${after}`, hint }];
}
