import * as fc from "fast-check";
import { parseState, type State } from "./restore/state.ts";

/** A line of scripts/state.sh, taken apart. */
export type Row = readonly [section: string, value: string, name: string];

/** A host's state, as scripts/state.sh would print these lines. */
export const stateOf = (...rows: readonly Row[]): State =>
  parseState(`${rows.map((row) => row.join("\t")).join("\n")}\nend\t\t\n`);

/** Folders that are there. */
export const places = (names: readonly string[]): Row[] => names.map((name) => ["place", "directory", name]);

/** Anything that can stand on a line of scripts/state.sh after the second tab: it prints no line's ends. */
export const anyName: fc.Arbitrary<string> = fc
  .string({ minLength: 1, unit: "grapheme" })
  .filter((name) => !name.includes("\n"));

/** Anything between the tabs. */
export const anyValue: fc.Arbitrary<string> = anyName.filter((value) => !value.includes("\t"));
