import { within } from "../../wait.ts";

/** Lets at most `max` pieces of work run at once; the others wait in order, those whose signal is aborted no longer. */
export function concurrencyLimit(
  max: number,
): <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  const next = (): void => {
    const turn = waiting.shift();
    if (turn) turn();
    else running -= 1;
  };
  return async (work, signal) => {
    if (running >= max) {
      const turn = Promise.withResolvers<void>();
      waiting.push(turn.resolve);
      try {
        await within(turn.promise, { signal });
      } catch (error) {
        const place = waiting.indexOf(turn.resolve);
        // One whose turn has come just now hands it on.
        if (place < 0) next();
        else waiting.splice(place, 1);
        throw error;
      }
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      next();
    }
  };
}
