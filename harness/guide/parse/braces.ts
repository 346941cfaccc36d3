import type { MachineSpec } from "../../machines/machine.ts";
import { suggest } from "../../suggest.ts";

/** What may stand in double braces in a command or file block. */
const placeholders = ["machine.name", "machine.address"] as const;

/** What may stand in double braces in an output block. */
const wildcards = ["time", "hash", "ip", "age", "word", "lines"] as const;

/** What prose may name in double braces. */
export const allowedPlaceholders: readonly string[] = [...placeholders, ...wildcards];

/** A fault in a block's text; line and column count from 0. */
export type TextProblem = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
};

const opening = /\{\{([^{}]*)(\}\})?/g;

/** Every `{{` of `text` that is not one of the closed list of its kind of block. */
export function checkBraces(text: string, kind: "run" | "file" | "output"): TextProblem[] {
  const allowed: readonly string[] = kind === "output" ? wildcards : placeholders;
  const what = kind === "output" ? "wildcard" : "placeholder";
  return text.split("\n").flatMap((content, line) =>
    [...content.matchAll(opening)].flatMap((match): TextProblem[] => {
      const [written, name = "", end] = match;
      const place = { line, column: match.index };
      if (end === undefined || !allowed.includes(name)) {
        const otherwise =
          kind === "output" ? "" : "; a block with the flag `literal` is taken as it is written";
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

/** A block's text with each placeholder replaced by what it means on `machine`; one that is `literal` has none. */
export const resolvePlaceholders = (text: string, machine: MachineSpec, literal = false): string =>
  literal
    ? text
    : text.replaceAll("{{machine.name}}", machine.name).replaceAll("{{machine.address}}", machine.address);
