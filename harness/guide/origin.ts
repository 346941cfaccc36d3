import type { SourceLocation } from "../errors.ts";

/** A part of a block's text, up to the next one: where it begins, and where each of its characters was written. */
export type OriginSpan = {
  readonly start: number;
  /** The place of a character, counted from the piece's start. */
  readonly locate: (offset: number) => SourceLocation;
};

/** Line and column, from 0, of a character of a text. */
export function lineAndColumn(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length - 1, column: lines.at(-1)?.length ?? 0 };
}

/** The lines of a text, each with the offset at which it begins. */
export const linesIn = (text: string): { readonly line: string; readonly start: number }[] =>
  [...text.matchAll(/(?<=^|\n)[^\n]*/g)].map(({ 0: line, index: start }) => ({ line, start }));

/** The line in which a character stands, and the offset at which it begins. */
export function lineAt(text: string, offset: number): { readonly line: string; readonly start: number } {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", start);
  return { line: text.slice(start, end < 0 ? undefined : end), start };
}

/** A fault in a text; `offset` counts its characters. */
export type TextProblem = { readonly offset: number; readonly message: string; readonly hint: string };

type Origin = {
  readonly text: string;
  readonly location: SourceLocation;
  readonly pieces?: readonly OriginSpan[];
};

/** The pieces of a block's text: one, unless an edit changed it. */
const piecesOf = ({ text, location, pieces }: Origin): readonly OriginSpan[] =>
  pieces ?? [
    {
      start: 0,
      locate(offset) {
        const { line, column } = lineAndColumn(text, offset);
        // A fence that stands in a list or in YAML is indented, and so is its text.
        return {
          file: location.file,
          line: location.line + 1 + line,
          column: (location.column ?? 1) + column,
        };
      },
    },
  ];

/** Where a character of a block's text was written: in the guide, or in the YAML that changed it. */
export function locateIn(block: Origin, offset: number): SourceLocation {
  const pieces = piecesOf(block);
  const piece = pieces.findLast(({ start }) => start <= offset) ?? pieces[0];
  return piece === undefined ? block.location : piece.locate(offset - piece.start);
}

/** The pieces of a block's text once `removed` characters at `at` are `inserted` others, written where `locate` says. */
export function splicePieces(
  block: Origin,
  at: number,
  removed: number,
  inserted: number,
  locate: OriginSpan["locate"],
): OriginSpan[] {
  const pieces = piecesOf(block);
  const end = at + removed;
  const before = pieces.filter(({ start }) => start < at);
  const rest = pieces.filter(
    ({ start }, index) => start > end || (pieces[index + 1]?.start ?? Infinity) > end,
  );
  const after = rest.map(({ start, locate: locateRest }) => {
    const cut = Math.max(0, end - start);
    return { start: start + cut - removed + inserted, locate: (offset: number) => locateRest(offset + cut) };
  });
  return [...before, ...(inserted === 0 ? [] : [{ start: at, locate }]), ...after];
}
