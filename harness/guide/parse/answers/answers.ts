import { linesIn, type TextProblem } from "../../origin.ts";
import { checkBraces, wildcards } from "../braces.ts";

/** The end of a line that a command prints, wildcards included, and what the reader types there. */
export type Answer = { readonly prompt: string; readonly reply: string };

const pair = /^\s*(?<prompt>\S.*?)\s+=>(?:\s+(?<reply>\S.*?))?\s*$/d;

const form = "write PROMPT => REPLY, a line for each; where the reader presses Enter alone, PROMPT =>";

/** The answers of a block that `checkAnswers` finds nothing wrong in, placeholders unresolved, each with its line, from 0. */
export const readAnswers = (text: string): (Answer & { readonly line: number })[] =>
  text.split("\n").flatMap((content, line) => {
    const { prompt, reply = "" } = pair.exec(content)?.groups ?? {};
    return prompt === undefined ? [] : [{ prompt, reply, line }];
  });

/** What cannot be read of a block's answers. */
export function checkAnswers(text: string, placeholders: readonly string[]): TextProblem[] {
  if (text.trim() === "") return [{ offset: 0, message: "answers without an answer", hint: form }];
  const inPrompts = wildcards.filter((name) => name !== "lines").concat(placeholders);
  return linesIn(text).flatMap(({ line, start }): TextProblem[] => {
    if (line.trim() === "") return [];
    const { prompt, reply } = pair.exec(line)?.indices?.groups ?? {};
    if (prompt === undefined)
      return [{ offset: start + line.search(/\S/), message: "cannot read an answer", hint: form }];
    const checked = ([from, to]: [number, number], what: string, allowed: readonly string[]): TextProblem[] =>
      checkBraces(line.slice(from, to), what, allowed).map(({ offset, message, hint }) => ({
        offset: start + from + offset,
        message,
        hint,
      }));
    const inReply = reply === undefined ? [] : checked(reply, "placeholder", placeholders);
    return checked(prompt, "wildcard", inPrompts).concat(inReply);
  });
}

/** The variable of the steps' shell whose value is the reply; undefined for a reply that is typed as it is written. */
export const variableOf = (reply: string): string | undefined =>
  /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))$/
    .exec(reply)
    ?.slice(1)
    .find((name) => name !== undefined);
