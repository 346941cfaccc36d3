import type { MachineSpec } from "../../machines/machine.ts";
import { suggest } from "../../suggest.ts";
import type { Braces } from "./directives.ts";

/** What may stand in double braces in a command or file block. */
const placeholders = ["machine.name", "machine.address"] as const;

/** What may stand in double braces in an output block. */
const wildcards = ["time", "hash", "ip", "age", "word", "lines"] as const;

/** What prose may name in double braces. */
export const allowedPlaceholders: readonly string[] = [...placeholders, ...wildcards];

/** A fault in a block's text; line and column count from 0. */
export type BraceProblem = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
};

const opening = /\{\{([^{}]*)(\}\})?/g;

/** Every `{{` of `text` that is not one of the closed list of what may stand there. */
export function checkBraces(text: string, what: Braces): BraceProblem[] {
  const allowed: readonly string[] = what === "wildcard" ? wildcards : placeholders;
  return text.split("\n").flatMap((content, line) =>
    [...content.matchAll(opening)].flatMap((match): BraceProblem[] => {
      const [written, name = "", end] = match;
      const place = { line, column: match.index };
      if (end === undefined || !allowed.includes(name)) {
        return [{ ...place, message: `unknown ${what} "${written}"`, hint: suggest(name, allowed) }];
      }
      if (name === "lines" && content.trim() !== written) {
        const hint = "{{lines}} stands for whole lines: put it on a line of its own";
        return [{ ...place, message: "{{lines}} within a line", hint }];
      }
      return [];
    }),
  );
}

/** `text` with each placeholder replaced by what it means on `machine`. */
export const resolvePlaceholders = (text: string, machine: MachineSpec): string =>
  text.replaceAll("{{machine.name}}", machine.name).replaceAll("{{machine.address}}", machine.address);
