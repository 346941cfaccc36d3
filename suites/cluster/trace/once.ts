import { GuideFailure, type Stall } from "../../../harness/cluster.ts";
import { AccessTrace, shareAccesses, watched } from "./access-trace.ts";

/**
 * Work that is done at most once, when it is first asked for. It may be begun ahead of time: if it fails before anyone
 * waits, whoever waits later is told, and since when. What it looks at counts for everyone who asks.
 */
export function once<T>(work: () => Promise<T>, looks = new AccessTrace()): () => Promise<T> {
  let result: Promise<T> | undefined;
  let failedAt = 0;
  return () => {
    shareAccesses(looks);
    if (!result) {
      result = watched(looks, work);
      result.catch(() => void (failedAt = performance.now()));
    }
    const told = result.catch((thrown: unknown): never => {
      throw aged(thrown, performance.now() - failedAt);
    });
    // Whoever begins it ahead does not wait.
    told.catch(() => undefined);
    return told;
  };
}

/** What came late did so before it is told: the run judges it by the load of that time. */
function aged(thrown: unknown, age: number): unknown {
  if (!(thrown instanceof GuideFailure)) return thrown;
  const { late, stalls = late === undefined ? [] : [{ late, ago: 0 }], ...details } = thrown.details;
  if (late === undefined) return thrown;
  const before = stalls.map((stall) => earlier(stall, age));
  return new GuideFailure(thrown.message, { ...details, late, stalls: before, cause: thrown });
}

const earlier = (stall: Stall, by: number): Stall => ({ ...stall, ago: stall.ago + by });

/** As `once`, for each argument, and the work of tests: when it went on is kept, so that their time can be told. */
export function oncePer<A extends object, T>(work: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  const results = new WeakMap<A, () => Promise<T>>();
  return (argument) => {
    const known = results.get(argument) ?? once(...timed(() => work(argument)));
    results.set(argument, known);
    return known();
  };
}

function timed<T>(work: () => Promise<T>): [work: () => Promise<T>, looks: AccessTrace] {
  const looks = new AccessTrace();
  const run = async (): Promise<T> => {
    const times: AccessTrace["work"] = { begunAt: performance.now() };
    looks.work = times;
    try {
      return await work();
    } finally {
      times.endedAt = performance.now();
    }
  };
  return [run, looks];
}
