import type { Profile } from "../../profile/profile.ts";
import { suggest } from "../../input/suggest.ts";
import type { Braces } from "./directives.ts";

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

/** Every `{{` of `text` that is not one of the closed list of what may stand there: wildcards, or the machines' `placeholders`. */
export function checkBraces(text: string, what: Braces, placeholders: readonly string[]): TextProblem[] {
  const allowed = what === "wildcard" ? wildcards : placeholders;
  return text.split("\n").flatMap((content, line) =>
    [...content.matchAll(opening)].flatMap((match): TextProblem[] => {
      const [written, name = "", end] = match;
      const place = { line, column: match.index };
      if (end === undefined || !allowed.includes(name)) {
        const otherwise =
          what === "wildcard" ? "" : "; a block with the flag `literal` is taken as it is written";
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
