import { share, spoken } from "../../progress.ts";

/** Seconds of a case of which nothing is known, as long as nothing is known of any. */
const anyCase = 60;

/** How far a round is: cases done, what is under way and since when, and what is left by how long each took before. Times in seconds. */
export class RoundProgress {
  readonly #all: readonly string[];
  readonly #lanes: number;
  readonly #known: Map<string, number>;
  readonly #done = new Set<string>();
  readonly #postponed = new Set<string>();
  /** By lane: the cases of its batch, and when it came to the present one. */
  readonly #batches = new Map<
    number,
    { readonly ids: readonly string[]; since: number; doing?: string | undefined }
  >();
  readonly #clock: () => number;

  /** `known` has how long cases took before. */
  constructor(
    all: readonly string[],
    lanes: number,
    known: ReadonlyMap<string, number> = new Map(),
    clock = (): number => performance.now() / 1000,
  ) {
    this.#all = all;
    this.#lanes = lanes;
    this.#known = new Map(known);
    this.#clock = clock;
  }

  begin(lane: number, ids: readonly string[]): void {
    for (const id of ids) this.#postponed.delete(id);
    this.#batches.set(lane, { ids, since: this.#clock() });
  }

  /** What a lane does that is not yet the work of its case; undefined once that begins. */
  doing(lane: number, what: string | undefined): void {
    const batch = this.#batches.get(lane);
    if (batch) [batch.doing, batch.since] = [what, this.#clock()];
  }

  done(id: string, took: number): void {
    this.#done.add(id);
    this.#known.set(id, took);
    this.#next(id);
  }

  /** A case came to nothing yet, and begins again later. */
  postponed(id: string): void {
    this.#postponed.add(id);
    this.#next(id);
  }

  /** The batch of a case goes on with its next one. */
  #next(id: string): void {
    const batch = [...this.#batches.values()].find(({ ids }) => ids.includes(id));
    if (batch) batch.since = this.#clock();
  }

  /** In a line: `12 of 45, 27 %, about 14 min left; now kubelet-no-cni (31 s)`. */
  words(): string {
    const under = this.#underWay();
    const own = under.map(({ doing, since }) => (doing === undefined ? since : 0));
    const went = this.#sum([...this.#done]) + own.reduce((sum, since) => sum + since, 0);
    // What takes longer than it is expected to takes a while longer yet.
    const whole = under.map(({ id }, index) => Math.max(this.#expected(id), (own[index] ?? 0) * 1.2));
    const waiting = this.#all.filter((id) => !this.#done.has(id) && !under.some((one) => one.id === id));
    const rest = this.#sum(waiting) + whole.reduce((sum, seconds) => sum + seconds, 0);
    const left = this.#sum([...this.#done]) + rest - went;
    // As many at once as there are still cases for.
    const lanes = Math.max(Math.min(this.#lanes, this.#all.length - this.#done.size), 1);
    const isKnown = waiting.length > 0 || under.every((one) => this.#isOnTime(one));
    const words = [
      `${this.#done.size} of ${this.#all.length}`,
      ...(isKnown ? [share(went / lanes, left / lanes)] : []),
    ].join(", ");
    const now = under.map(({ id, doing = id, since }) => `${doing} (${spoken(since)})`);
    return now.length === 0 ? words : `${words}; now ${now.join(", ")}`;
  }

  /** Whether a case takes no longer than it is known to take: what is left of the last ones is not known otherwise. */
  #isOnTime({ id, since }: { readonly id: string; readonly since: number }): boolean {
    return this.#known.size > 0 && since <= this.#expected(id);
  }

  #underWay(): { readonly id: string; readonly since: number; readonly doing?: string | undefined }[] {
    const now = this.#clock();
    return [...this.#batches.values()].flatMap(({ ids, since, doing }) => {
      const id = ids.find((one) => !this.#done.has(one) && !this.#postponed.has(one));
      return id === undefined ? [] : [{ id, since: now - since, doing }];
    });
  }

  #expected(id: string): number {
    const known = [...this.#known.values()];
    const mean =
      known.length === 0 ? anyCase : known.reduce((sum, seconds) => sum + seconds, 0) / known.length;
    return this.#known.get(id) ?? mean;
  }

  #sum(ids: readonly string[]): number {
    return ids.reduce((sum, id) => sum + this.#expected(id), 0);
  }
}
