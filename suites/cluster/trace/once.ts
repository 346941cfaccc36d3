import { AccessTrace, shareAccesses, watched } from "./access-trace.ts";

/**
 * Work that is done at most once, when it is first asked for. It may be begun ahead of time: if it fails before anyone
 * waits, whoever waits later is told. What it looks at counts for everyone who asks.
 */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  const looks = new AccessTrace();
  let result: Promise<T> | undefined;
  return () => {
    shareAccesses(looks);
    if (!result) {
      result = watched(looks, work);
      result.catch(() => undefined);
    }
    return result;
  };
}

/** As `once`, for each argument. */
export function oncePer<A extends object, T>(work: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  const results = new WeakMap<A, () => Promise<T>>();
  return (argument) => {
    const known = results.get(argument) ?? once(() => work(argument));
    results.set(argument, known);
    return known();
  };
}
