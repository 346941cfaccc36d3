import type { StepGroup } from "../../../guide/types.ts";
import { NotYet, waitFor } from "../../../waits/wait.ts";
import type { UnitWatch } from "./unit-watch.ts";

/** Work that may take long, given the signal that ends it. */
export type WhileWatched = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * Looks after the units while a block works, whatever keeps it: a death ends the work, and is thrown, for what waits for a unit that is
 * dead waits in vain. What a block starts or stops itself is left alone until it is done.
 */
export const watchUnitsDuring =
  (units: UnitWatch, group: StepGroup, signal: AbortSignal): WhileWatched =>
  async (work) => {
    if (units.areTouchedBy(group)) return work(signal);
    const [over, death] = [new AbortController(), new AbortController()];
    const look = async (): Promise<never> => {
      await units.look();
      throw new NotYet("no unit is dead");
    };
    waitFor(look, {
      deadline: Infinity,
      interval: 250,
      signal: AbortSignal.any([signal, over.signal]),
      late: ({ last }) => new NotYet(last),
    }).catch((thrown: unknown) => death.abort(thrown));
    try {
      return await work(AbortSignal.any([signal, death.signal]));
    } finally {
      over.abort();
    }
  };
