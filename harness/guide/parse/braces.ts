import type { Profile } from "../../profile/profile.ts";
import { suggest } from "../../input/suggest.ts";

/** What may stand in double braces in an output block. */
export const wildcards: readonly string[] = ["time", "hash", "ip", "age", "word", "lines"];

/** A fault in a block's text; line and column count from 0. */
export type TextProblem = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
};

const opening = /\{\{([^{}]*)(\}\})?/g;

/** Every `{{` of `text` that is none of those that are `allowed`; `otherwise` says how to write it all the same. */
export function checkBraces(
  text: string,
  what: string,
  allowed: readonly string[],
  otherwise = "",
): TextProblem[] {
  return text.split("\n").flatMap((content, line) =>
    [...content.matchAll(opening)].flatMap((match): TextProblem[] => {
      const [written, name = "", end] = match;
      const place = { line, column: match.index };
      if (end === undefined || !allowed.includes(name)) {
        const hint = `${suggest(name, allowed)}${otherwise}`;
        return [{ ...place, message: `unknown ${what} "${written}"`, hint }];
      }
      if (name === "lines" && content.trim() !== written) {
        const hint = "{{lines}} stands for whole lines: put it on a line of its own";
        return [{ ...place, message: "{{lines}} within a line", hint }];
      }
      return [];
    }),
  );
}

/** `text` with each placeholder replaced by what it means on `machine`; one that it has no value for stays. */
export const resolvePlaceholders = (
  text: string,
  { name, address, values }: Profile["machines"][number],
): string =>
  text.replaceAll(
    /\{\{machine\.(\w+)\}\}/g,
    (written, key: string) => ({ ...values, name, address })[key] ?? written,
  );
