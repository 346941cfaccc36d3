import { share } from "../../progress.ts";

/** A part of a set that has to be built, and how long that is expected to take. */
export type Part = { readonly name: string; readonly seconds: number };

export function buildProgress(set: string, parts: readonly Part[]) {
  const all = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  /** How many parts were begun, and the expected seconds of those that are done. */
  let [begun, passed, since] = [0, 0, performance.now()];
  return {
    /** Does what gives a part of the set; it counts if the part has to be built. */
    async during<T>(name: string, work: () => Promise<T>): Promise<T> {
      const part = parts.find((each) => each.name === name);
      if (!part) return work();
      begun += 1;
      since = performance.now();
      const made = await work();
      passed += part.seconds;
      return made;
    },
    /** Part N of M, the share that is done and what is left, by the expected seconds. */
    words(): string {
      const ofThisPart = (performance.now() - since) / 1000;
      const done = passed + Math.min(ofThisPart, parts[begun - 1]?.seconds ?? 0);
      return `set ${set}: part ${Math.max(begun, 1)} of ${parts.length}, ${share(done, Math.max(all - done, 1))}`;
    },
  };
}
