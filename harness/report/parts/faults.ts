import type { Outcome } from "../../record/outcome.ts";
import type { FaultRecord } from "../../record/observed.ts";
import type { RunRecord } from "../../record/record.ts";

/** A fault as a row of a table; times are in words. */
export type FaultRow = {
  readonly name: string;
  readonly wentOn: string;
  readonly broke: readonly string[];
  /** Until a user noticed it; `never` if nobody did. */
  readonly noticed: string;
  readonly undone: string;
  /** Until all was right again, since it was undone. */
  readonly back: string;
  readonly outcome: Outcome;
};

const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`;

/** The faults that a run did to its cluster, in order. */
export const faultRows = ({ tests }: Pick<RunRecord, "tests">): FaultRow[] =>
  tests.flatMap(({ fault, outcome }) => (fault ? [{ ...row(fault), outcome }] : []));

function row({ name, undone, wentOn, broke }: FaultRecord): Omit<FaultRow, "outcome"> {
  const ends = broke.map(({ until }) => until ?? Infinity);
  const back = Math.max(undone, ...ends) - undone;
  return {
    name,
    wentOn: wentOn.join(", "),
    broke: broke.map(({ what, from, mended, until }) => {
      const end = until === undefined ? "the end" : inSeconds(until);
      const times = mended === undefined ? end : `${inSeconds(mended)}, and again until ${end}`;
      return `${what}: ${inSeconds(from)} to ${times}`;
    }),
    noticed: broke.length === 0 ? "never" : inSeconds(Math.min(...broke.map(({ from }) => from))),
    undone: inSeconds(undone),
    back: back === Infinity ? "not all" : inSeconds(back),
  };
}
