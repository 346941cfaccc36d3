import { share } from "../../progress.ts";
import type { RunEvent } from "../../record/events.ts";
import { type EarlierRun, Estimate, markOf } from "./estimate.ts";

/** How far a run is: steps and tests by number, long work in its own words, and what is left by an earlier run. */
export class RunProgress {
  /** What came before there was an estimate: the name of each thing, and when. */
  readonly #seen: (readonly [mark: string, at: number])[] = [];
  readonly #works = new Map<number, string>();
  #asked: Extract<RunEvent, { type: "asked" }> | undefined;
  #course: EarlierRun | undefined;
  #estimate: Estimate | undefined;
  #steps = 0;
  #tests = 0;
  #isInSuites = false;
  /** When the last event came, in the run's time and by this process's clock. */
  #last: readonly [at: number, now: number] = [0, performance.now()];

  /** Milliseconds since the run's start. */
  now(): number {
    const [at, now] = this.#last;
    return at + (performance.now() - now);
  }

  see(event: RunEvent): void {
    this.#last = [event.at, performance.now()];
    const mark = markOf(event);
    if (this.#estimate) this.#estimate.see(mark, event.at);
    else if (mark !== "") this.#seen.push([mark, event.at]);
    if (event.type === "asked") this.#asked = event;
    else if (event.type === "step-end") this.#steps += 1;
    else if (event.type === "test-end") this.#tests += 1;
    else if (event.type === "progress" && event.text !== undefined) this.#works.set(event.work, event.text);
    else if (event.type === "progress") this.#works.delete(event.work);
    else if (event.type === "span-start" && event.track === "suites") this.#isInSuites = true;
  }

  /** Takes an earlier run for how this one goes, the first that is known. */
  goesLike(course: EarlierRun): void {
    if (this.#estimate) return;
    const estimate = new Estimate(course);
    for (const [mark, at] of this.#seen.splice(0)) estimate.see(mark, at);
    [this.#course, this.#estimate] = [course, estimate];
  }

  /** A line about it, at a time of the run; empty if there is nothing to say. */
  words(at: number): string {
    const left = this.#estimate?.left(at);
    const parts = [...this.#works.values(), this.#number()];
    // It is not over before it is.
    if (left !== undefined) parts.push(share(at / 1000, Math.max(left / 1000, 1)));
    return parts.filter(Boolean).join(" · ");
  }

  #number(): string {
    const asked = this.#asked;
    if (this.#isInSuites) {
      const all = asked?.tests ?? this.#course?.tests.length;
      const of = all !== undefined && all >= this.#tests ? ` of ${all}` : "";
      return this.#tests === 0 ? "the first test" : `test ${this.#tests}${of}`;
    }
    if (this.#steps === 0) return "";
    return `step ${this.#steps}${asked && asked.steps >= this.#steps ? ` of ${asked.steps}` : ""}`;
  }
}
