import type { Profile } from "../../profile/profile.ts";
import { suggest } from "../../input/suggest.ts";
import { lineAt, type TextProblem } from "../origin.ts";

/** What may stand in double braces in an output block. */
export const wildcards: readonly string[] = ["time", "hash", "ip", "age", "word", "lines"];

const opening = /\{\{([^{}\n]*)(\}\})?/g;

/** Every `{{` of `text` that is none of those that are `allowed`; `otherwise` says how to write it all the same. */
export const checkBraces = (
  text: string,
  what: string,
  allowed: readonly string[],
  otherwise = "",
): TextProblem[] =>
  [...text.matchAll(opening)].flatMap(
    ({ 0: written, 1: name = "", 2: end, index: offset }): TextProblem[] => {
      if (end === undefined || !allowed.includes(name))
        return [
          { offset, message: `unknown ${what} "${written}"`, hint: `${suggest(name, allowed)}${otherwise}` },
        ];
      if (name !== "lines" || lineAt(text, offset).line.trim() === written) return [];
      const hint = "{{lines}} stands for whole lines: put it on a line of its own";
      return [{ offset, message: "{{lines}} within a line", hint }];
    },
  );

/** `text` with each placeholder replaced by what it means on `machine`; one that it has no value for stays. */
export const resolvePlaceholders = (
  text: string,
  { name, address, values }: Profile["machines"][number],
): string =>
  text.replaceAll(
    /\{\{machine\.(\w+)\}\}/g,
    (written, key: string) => ({ ...values, name, address })[key] ?? written,
  );
