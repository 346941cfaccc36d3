import type { RunEvent } from "../../record/events.ts";
import type { RunRecord } from "../../record/record.ts";

/** A run whose course says how long another one like it takes. */
export type EarlierRun = Pick<RunRecord, "durationMs" | "steps" | "tests" | "spans">;

/** How far a run is and how long it still takes, by when each thing came in an earlier run like it. Times in milliseconds. */
export class Estimate {
  readonly #marks = new Map<string, number>();
  readonly #total: number;
  /** Where the earlier run was when the last thing came, and when that was in this one. */
  #place = 0;
  #at = 0;

  constructor({ durationMs, steps, tests, spans }: EarlierRun) {
    this.#total = durationMs;
    const mark = (name: string, at: number): void =>
      void (this.#marks.has(name) || this.#marks.set(name, at));
    for (const { key, startMs, durationMs: took } of steps) {
      mark(`begin ${key}`, startMs);
      mark(`end ${key}`, startMs + took);
    }
    for (const { track, name, startMs, durationMs: took } of spans) {
      mark(`begin ${track} ${name}`, startMs);
      mark(`end ${track} ${name}`, startMs + took);
    }
    for (const test of tests) mark(nameOf(test), test.startMs + test.durationMs);
  }

  /** Takes note of what came, by its mark, and when. */
  see(mark: string, at: number): void {
    const then = this.#marks.get(mark);
    if (then === undefined || then < this.#place) return;
    [this.#place, this.#at] = [then, at];
  }

  /** What is left: less as time goes by, but not less than what comes after the next thing that has not come yet. */
  left(at: number): number {
    const later = [...this.#marks.values()].filter((mark) => mark > this.#place);
    const next = Math.min(this.#total, ...later);
    return Math.max(this.#total - Math.min(this.#place + (at - this.#at), next), 0);
  }
}

const nameOf = ({ milestone, name }: { readonly milestone: string; readonly name: string }): string =>
  `test ${milestone} ${name}`;

/** The name of what an event says is begun or done; empty if it says nothing of the kind. */
export function markOf(event: RunEvent): string {
  if (event.type === "step-start") return `begin ${event.key}`;
  if (event.type === "step-end") return `end ${event.step.key}`;
  if (event.type === "span-start") return `begin ${event.track} ${event.name}`;
  if (event.type === "span-end") return `end ${event.span.track} ${event.span.name}`;
  return event.type === "test-end" ? nameOf(event.test) : "";
}
