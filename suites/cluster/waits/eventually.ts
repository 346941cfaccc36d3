import { describeWait, GuideFailure, NotYet, waitFor } from "../../../harness/cluster.ts";
import { slowness } from "../run.ts";
import { traceProof } from "../trace/access-trace.ts";

export type Condition<T> = {
  /** What is waited for, as a sentence: `the apiserver is healthy`. */
  readonly describe: string;
  /** Milliseconds, on machines that are not slow. */
  readonly deadline: number;
  /** Milliseconds after which it is over, too, if what is seen is still the same; as it is shown. */
  readonly stall?: number;
  /** Milliseconds between two looks. */
  readonly interval?: number;
  readonly until: (seen: T) => boolean;
  /** The last observation as the message shows it. */
  readonly show?: (seen: T) => string;
};

const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

/** Whoever ends the run ends the whole process. */
const never = new AbortController().signal;

/**
 * Looks again and again until what is seen meets the condition, and returns it. A look that ends in a GuideFailure
 * counts as an observation; any other error ends the wait at once. When the deadline is over, or nothing has changed for
 * too long: GuideFailure, which the run excuses on a host that was starved meanwhile.
 */
export async function eventually<T>(look: () => Promise<T>, condition: Condition<T>): Promise<T> {
  const { describe, interval, until, show = (seen) => JSON.stringify(seen) } = condition;
  const deadline = condition.deadline * slowness;
  const stall = (condition.stall ?? Infinity) * slowness;
  let failed: GuideFailure | undefined;
  traceProof();
  return waitFor(
    async () => {
      failed = undefined;
      const seen = await look();
      if (until(seen)) return seen;
      throw new NotYet(show(seen));
    },
    {
      deadline,
      stall,
      signal: never,
      ...(interval !== undefined && { interval }),
      observation: (thrown) => {
        if (thrown instanceof GuideFailure) failed = thrown;
        return thrown instanceof NotYet || thrown instanceof GuideFailure ? thrown.message : undefined;
      },
      late: (waited) => {
        const why = waited.stalled ? `no change for ${stall / 1000} s` : `not within ${seconds(deadline)} s`;
        return new GuideFailure(`${describe}: ${why} (${describeWait(waited)}); last seen: ${waited.last}`, {
          ...failed?.details,
          late: waited.milliseconds,
          hint: "See the journal of the unit that should bring it about.",
        });
      },
    },
  );
}
