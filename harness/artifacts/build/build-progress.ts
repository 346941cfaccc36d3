import { share } from "../../progress.ts";

/** A part of a set that has to be built, and how long that is expected to take. */
export type Part = { readonly name: string; readonly seconds: number };

/** How far the build of a set is. */
export class BuildProgress {
  readonly #set: string;
  readonly #parts: readonly Part[];
  /** How many parts were begun, and the expected seconds of those that are done. */
  #begun = 0;
  #done = 0;
  #since = performance.now();

  constructor(set: string, parts: readonly Part[]) {
    this.#set = set;
    this.#parts = parts;
  }

  /** Does what gives a part of the set; it counts if the part has to be built. */
  async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    const part = this.#parts.find((each) => each.name === name);
    if (!part) return work();
    this.#begun += 1;
    this.#since = performance.now();
    const made = await work();
    this.#done += part.seconds;
    return made;
  }

  /** Part N of M, the share that is done and what is left, by the expected seconds. */
  words(): string {
    const all = this.#parts.reduce((sum, { seconds }) => sum + seconds, 0);
    const ofThisPart = (performance.now() - this.#since) / 1000;
    const done = this.#done + Math.min(ofThisPart, this.#parts[this.#begun - 1]?.seconds ?? 0);
    const part = `part ${Math.max(this.#begun, 1)} of ${this.#parts.length}`;
    return `set ${this.#set}: ${part}, ${share(done, Math.max(all - done, 1))}`;
  }
}
