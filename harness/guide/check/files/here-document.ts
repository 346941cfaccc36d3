import type { HereDoc, WordPart } from "unbash";
import type { Part } from "../../effects/host.ts";
import type { TextLocation } from "../finding.ts";
import { type Expanded, longest } from "../../effects/shell/words.ts";

/** What stands for a part of a text that nobody can know beforehand. */
export const unknown = "\0";

/**
 * The text that a here-document hands to its command, as bash makes it: variables replaced and backslashes taken away unless
 * the delimiter is quoted, tabs that begin a line taken away for `<<-`. `script` is the part that it stands in.
 */
export function expandHereDocument(
  { body, operator, delimiter }: HereDoc,
  script: Part,
  expand: (part: WordPart) => readonly Expanded[],
): Part {
  let text = "";
  /** How much may take the place of variables. */
  let left = longest;
  const places: number[] = [];
  const add = (written: string, at: number): void => {
    // All of what takes a variable's place is at the variable's own place.
    for (let count = 0; count < written.length; count++) places.push(placeIn(script, at));
    text += written;
  };
  const literal = (written: string, at: number): void => {
    for (let index = 0; index < written.length; index++) {
      const pair = written.slice(index, index + 2);
      if (operator === "<<-" && written[index] === "\t" && (text === "" || text.endsWith("\n"))) continue;
      if (delimiter?.quoted !== true && /^\\[$`\\\n]$/.test(pair)) {
        if (pair !== "\\\n") add(pair.slice(1), at + index + 1);
        index++;
      } else add(written[index] ?? "", at + index);
    }
  };
  const parts = delimiter?.quoted === true ? undefined : body.parts;
  if (parts === undefined) literal(body.text, body.pos);
  for (const part of parts ?? []) {
    if (part.type === "Literal") {
      literal(part.text, part.pos);
      continue;
    }
    const [value] = expand(part);
    left -= value?.text.length ?? 0;
    add(value?.known === true && left >= 0 ? value.text : unknown, part.pos);
  }
  return { step: script.step, offset: script.offset + body.pos, text, places };
}

/** The place of a word of a part, or of the part where it has none; the word may stand no earlier than `from`. */
export const spotOf = (part: Part, word: string, from = 0): TextLocation =>
  spotIn(part, Math.max(part.text.indexOf(word, from), 0));

/** The place of a character of a part. */
export const spotIn = (part: Part, index: number): TextLocation => ({
  step: part.step,
  offset: placeIn(part, index),
});

/** The offset in the step's text of a character of a part. */
export const placeIn = ({ offset, places, text }: Part, index: number): number =>
  places === undefined
    ? offset + index
    : (places[index] ?? (places.at(-1) ?? offset) + 1 + index - text.length);
