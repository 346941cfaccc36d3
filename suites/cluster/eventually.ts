import pRetry from "p-retry";
import { GuideFailure } from "./engine.ts";
import { slowness } from "./run.ts";

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

class NotYet extends Error {}
class Stalled extends Error {}

/**
 * Looks again and again until what is seen meets the condition, and returns it. A look that ends in a GuideFailure
 * counts as an observation; any other error ends the wait at once. GuideFailure when the deadline is over, or nothing
 * has changed for too long.
 */
export async function eventually<T>(look: () => Promise<T>, condition: Condition<T>): Promise<T> {
  const { describe, interval = 100, until, show = (seen) => JSON.stringify(seen) } = condition;
  const deadline = condition.deadline * slowness;
  const stall = (condition.stall ?? Number.POSITIVE_INFINITY) * slowness;
  let last = "nothing yet";
  let changed = performance.now();
  try {
    return await pRetry(
      async () => {
        const seen = await look();
        if (until(seen)) return seen;
        throw new NotYet(show(seen));
      },
      {
        retries: Number.POSITIVE_INFINITY,
        factor: 1,
        minTimeout: interval,
        maxRetryTime: deadline,
        onFailedAttempt: ({ error }) => {
          if (error.message !== last) changed = performance.now();
          last = error.message;
          if (performance.now() - changed > stall) throw new Stalled();
        },
        shouldRetry: ({ error }) => isObservation(error),
      },
    );
  } catch (thrown) {
    const stalled = thrown instanceof Stalled;
    if (!stalled && !isObservation(thrown)) throw thrown;
    const within = stalled ? `Without a change for ${stall / 1000} s` : `Within ${deadline / 1000} s`;
    throw new GuideFailure(`${within} it did not come about that ${describe}; last seen: ${last}`, {
      ...(thrown instanceof GuideFailure && thrown.details),
      hint: "See the journal of the unit that should bring it about.",
    });
  }
}

const isObservation = (thrown: unknown): boolean =>
  thrown instanceof NotYet || thrown instanceof GuideFailure;
