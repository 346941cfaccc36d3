/** A number that is kept somewhere, with the version of what was kept. */
type Kept = { readonly count: number; readonly version: string };

/** Where a number is kept: `write` fails unless what is there has the version that it is given. */
export type Store = {
  read(): Promise<Kept>;
  write(next: Kept): Promise<Kept>;
};

/**
 * A writer that counts: each write is the next number, over the version that the last one was acknowledged with. So a write that
 * was acknowledged and is lost is found out by the next one, whatever was written over it.
 */
export class Counter {
  readonly #store: Store;
  #last: Kept;
  /** Whether it is not known what became of the last write. */
  #open = false;
  /** What was acknowledged and lost; a sentence each. */
  readonly lost: string[] = [];
  acknowledged = 0;

  /** `begun` is what is kept there now. */
  constructor(store: Store, begun: Kept) {
    this.#store = store;
    this.#last = begun;
  }

  /** One write. Throws what the store throws: what came of that write is found out by the next. */
  async write(): Promise<void> {
    if (this.#open) await this.check();
    const next = { ...this.#last, count: this.#last.count + 1 };
    this.#open = true;
    this.#last = await this.#store.write(next);
    this.#open = false;
    this.acknowledged += 1;
  }

  /** Holds what is kept against what was acknowledged. Throws what the store throws. */
  async check(): Promise<void> {
    const kept = await this.#store.read();
    const { count } = this.#last;
    const known = this.#open ? [count, count + 1] : [count];
    if (!known.includes(kept.count)) this.lost.push(`${count} was acknowledged, and ${kept.count} is kept`);
    this.#last = kept;
    this.#open = false;
  }
}
