import pRetry, { AbortError } from "p-retry";

/** Thrown by a look that saw something else than what is waited for; the message is what it saw. */
export class NotYet extends Error {}

/** How a wait ended that was in vain. */
export type WaitResult = {
  readonly last: string;
  readonly asked: number;
  readonly milliseconds: number;
  /** Whether nothing had changed for too long, rather than the deadline being over. */
  readonly stalled: boolean;
};

/** `asked 3 times in 41 s`. */
export const describeWait = ({ asked, milliseconds }: WaitResult): string =>
  `asked ${asked === 1 ? "once" : `${asked} times`} in ${Math.round(milliseconds / 100) / 10} s`;

/** Milliseconds between two looks at what costs little to ask, and where each millisecond counts. */
export const often = 20;

export type Wait = {
  /** Milliseconds, already multiplied. The last look begins after it: one that took long is never the only one. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks; 100 unless told. */
  readonly interval?: number;
  /** Milliseconds after which it is over, too, if what is seen stays the same. */
  readonly stall?: number;
  /** What an error of a look says of the condition; undefined if it ends the wait. Only NotYet does unless told. */
  readonly observation?: (thrown: unknown) => string | undefined;
  /** The error at the end of a wait in vain. */
  readonly late: (waited: WaitResult) => Error | Promise<Error>;
};

/**
 * Looks again and again until a look resolves, and resolves with that. Time is monotonic. Throws what `late` gives, an
 * error of a look that is no observation, or the signal's reason.
 */
export async function waitFor<T>(look: () => Promise<T>, wait: Wait): Promise<T> {
  const { deadline, signal, interval = 100, stall = Infinity, observation = ofNotYet, late } = wait;
  const begun = performance.now();
  let asked = 0;
  let last = "nothing yet";
  let changed = begun;
  const attempt = async (): Promise<T> => {
    const lookedAt = performance.now();
    asked += 1;
    try {
      return await look();
    } catch (thrown) {
      signal.throwIfAborted();
      const seen = observation(thrown);
      if (seen === undefined) throw new AbortError(asError(thrown));
      const now = performance.now();
      if (seen !== last) changed = lookedAt;
      last = seen;
      const stalled = now - changed > stall;
      if (lookedAt - begun < deadline && !stalled) throw asError(thrown);
      throw new AbortError(asError(await late({ last, asked, milliseconds: now - begun, stalled })));
    }
  };
  return pRetry(attempt, { retries: Infinity, factor: 1, minTimeout: interval, signal });
}

const ofNotYet = (thrown: unknown): string | undefined =>
  thrown instanceof NotYet ? thrown.message : undefined;

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/**
 * What `work` gives; the signal's reason at an abort, or what `late` gives after `deadline` milliseconds, if that comes
 * first. The work itself goes on, for who began it to end; how it ends is nobody's concern any more.
 */
export async function within<T>(
  work: Promise<T>,
  {
    signal,
    deadline,
    late,
  }: { readonly signal?: AbortSignal | undefined; readonly deadline?: number; readonly late?: () => Error },
): Promise<T> {
  const early = Promise.withResolvers<never>();
  const abort = (): void => early.reject(signal?.reason);
  const timer =
    deadline === undefined ? undefined : setTimeout(() => early.reject(late?.() ?? new Error()), deadline);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([early.promise, work]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
