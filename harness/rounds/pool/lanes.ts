import pLimit from "p-limit";

export type Lane = {
  /** From 0; no two items are in one at the same time. */
  readonly lane: number;
  /** Raised by the round's signal, and by the first error of another item. */
  readonly signal: AbortSignal;
};

/**
 * Works on all items, `lanes` of them at once, each as soon as a lane is free. Resolves with the results in the items'
 * order. After the first error, or once the signal is raised, no further item begins; those under way are told by their
 * signal and waited for; then that error, or the signal's reason, is thrown.
 */
export async function inLanes<T, R>(
  items: readonly T[],
  { lanes, signal }: { readonly lanes: number; readonly signal: AbortSignal },
  work: (item: T, place: Lane) => Promise<R>,
): Promise<R[]> {
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  const free = Array.from({ length: lanes }, (_, lane) => lane);
  const limit = pLimit(lanes);
  const ends = await Promise.allSettled(
    items.map((item) =>
      limit(async () => {
        over.throwIfAborted();
        // The limit sees to it that there is one.
        const lane = free.shift() ?? 0;
        try {
          return await work(item, { lane, signal: over });
        } catch (thrown) {
          failed.abort(thrown);
          throw thrown;
        } finally {
          free.push(lane);
        }
      }),
    ),
  );
  return ends.map((end) => {
    if (end.status === "fulfilled") return end.value;
    throw over.reason;
  });
}
