import type { Command, Word, WordPart } from "unbash";

/** What of a word is known without running anything: all of it, or its beginning. */
export type Literal = { readonly text: string; readonly whole: boolean };

/** The text of a word up to what only a shell knows. */
export const literalOf = ({ parts, value }: Word): Literal =>
  parts ? joined(parts) : { text: value, whole: true };

function joined(parts: readonly WordPart[]): Literal {
  let text = "";
  for (const part of parts) {
    const known = textOf(part);
    text += known.text;
    if (!known.whole) return { text, whole: false };
  }
  return { text, whole: true };
}

function textOf(part: WordPart): Literal {
  if (part.type === "Literal" || part.type === "SingleQuoted" || part.type === "AnsiCQuoted")
    return { text: part.value, whole: true };
  if (part.type === "Glob" || part.type === "BraceExpansion" || part.type === "ExtendedGlob")
    return { text: part.text, whole: true };
  return part.type === "DoubleQuoted" || part.type === "LocaleString"
    ? joined(part.parts)
    : { text: "", whole: false };
}

/** A command's arguments that are words; assignments among them stand for nothing that is looked for here. */
export const wordsOf = ({ args }: Command): Word[] => args.filter((arg) => arg.type === "Word");
