import type { Outcome } from "../../record/outcome.ts";
import type { DriftRecord } from "../../record/observed.ts";
import type { RunRecord } from "../../record/record.ts";
import { shortly } from "../text.ts";

/** How something went over time, as a row of a table; figures are in words. */
export type DriftRow = {
  readonly name: string;
  /** `60 to 74 MiB`; what was seen in all where nobody can say more. */
  readonly values: string;
  /** `+14 MiB`; `not proved` if nobody can say. */
  readonly perHour: string;
  /** `5 MiB`; for a steeper slope that is no drift, also why: `5 MiB, or 12 MiB in a life: +7 MiB`. */
  readonly bound: string;
  readonly outcome: Outcome;
  readonly drift: DriftRecord;
};

/** What a run measured again and again, in order. */
export const driftRows = ({ tests }: Pick<RunRecord, "tests">): DriftRow[] =>
  tests.flatMap(({ drift, outcome }) => (drift ? [{ ...row(drift), outcome, drift }] : []));

function row(drift: DriftRecord): Omit<DriftRow, "outcome" | "drift"> {
  const { machine, what, unit, samples, bound, perHour } = drift;
  const all = samples.map(([, value]) => value);
  const { from = Math.min(...all), to = Math.max(...all) } = drift;
  const signed = (value: number): string => `${value >= 0 ? "+" : ""}${shortly(value)} ${unit}`;
  const { grown, variation } = drift;
  const isSteep = perHour !== undefined && perHour > bound;
  const isWithin = isSteep && grown !== undefined && variation !== undefined && grown <= variation;
  return {
    name: `${machine} ${what}`,
    values: all.length === 0 ? "none" : `${shortly(from)} to ${shortly(to)} ${unit}`,
    perHour: perHour === undefined ? "not proved" : signed(perHour),
    bound: `${bound} ${unit}${isWithin ? `, or ${shortly(variation)} ${unit} in a life: ${signed(grown)}` : ""}`,
  };
}

/** So many of its values that a person can read them, the first and the last among them: minutes and the value then. */
export function someValues({ samples }: DriftRecord, most = 12): string[][] {
  const last = samples.length - 1;
  const count = Math.min(most, samples.length);
  const indices = Array.from({ length: count }, (_, index) =>
    Math.round((index * last) / Math.max(1, count - 1)),
  );
  return indices.flatMap((index) => {
    const [at, value] = samples[index] ?? [];
    return at === undefined || value === undefined ? [] : [[(at / 60).toFixed(1), shortly(value)]];
  });
}
