import { share } from "../../progress.ts";
import type { RunEvent } from "../../record/events.ts";
import type { RunRecord } from "../../record/record.ts";
import { isLeftOut } from "../../record/selection.ts";
import { count } from "../text.ts";

/** What a run was asked for. */
export type Asked = Extract<RunEvent, { type: "asked" }>;

/** A run whose course says how long another one like it takes. */
export type EarlierRun = Pick<RunRecord, "durationMs" | "steps" | "tests" | "spans">;

/** How far a run is and how long it still takes, by when each thing came in an earlier run like it. Times in milliseconds. */
class Estimate {
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

  see(mark: string, at: number): void {
    const then = this.#marks.get(mark);
    // Machines that come up once more, from an earlier checkpoint, take the run back; nothing else does.
    if (then === undefined || (then < this.#place && mark !== "begin harness up")) return;
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
function markOf(event: RunEvent): string {
  if (event.type === "step-start") return `begin ${event.key}`;
  if (event.type === "step-end") return `end ${event.step.key}`;
  if (event.type === "span-start") return `begin ${event.track} ${event.name}`;
  if (event.type === "span-end") return `end ${event.span.track} ${event.span.name}`;
  return event.type === "test-end" ? nameOf(event.test) : "";
}

/** How far the tests are: how many ended, how many there are, and which go on. */
class Tests {
  since: number | undefined;
  #ended = 0;
  #found = 0;
  readonly #milestones = new Set<string>();
  #more = true;
  /** In the order in which they began. */
  readonly #running = new Set<string>();

  see(event: RunEvent): void {
    if (event.type === "tests") {
      this.#found += event.found;
      for (const milestone of event.milestones) this.#milestones.add(milestone);
      this.#more = event.more;
    } else if (event.type === "test-start") this.#running.add(event.name);
    else if (event.type === "test-end") {
      if (!isLeftOut(event.test)) this.#ended += 1;
      this.#running.delete(event.test.name);
    } else if (event.type === "span-start" && event.track === "suites") this.since ??= event.at;
  }

  /** The one that has gone on for longest. */
  get now(): string {
    const [first = ""] = this.#running;
    return first;
  }

  /** `test 3 of 31`; where nobody knows how many there are, what is known in place of that. */
  words(asked: Asked | undefined, earlier: number | undefined): string {
    const number = this.#ended + (this.#running.size > 0 ? 1 : 0);
    const of = (all: number): string =>
      number === 0 ? `the first of ${count(all, "test")}` : `test ${number} of ${all}`;
    const milestones = asked?.milestones ?? [];
    const later = milestones.filter((milestone) => !this.#milestones.has(milestone)).length;
    const all = asked?.tests ?? (this.#more || later > 0 ? earlier : this.#found);
    if (all !== undefined && all >= number) return of(all);
    if (!this.#more && this.#found >= number)
      return `${of(this.#found)}, then ${count(later, "more milestone")}`;
    const name = number === 0 ? "the first test" : `test ${number}`;
    return this.#milestones.size > 0 && milestones.length > 1
      ? `${name}, milestone ${milestones.length - later} of ${milestones.length}`
      : name;
  }
}

/** Whether words about long work say how much of a whole is left. */
const saysLeft = (work: string): boolean => work.endsWith(" left");

/** How far a run is: steps and tests by number, long work in its own words, and what is left by an earlier run. */
export class RunProgress {
  /** What came before there was an estimate: the name of each thing, and when. */
  readonly #seen: (readonly [mark: string, at: number])[] = [];
  readonly #works = new Map<number, string>();
  readonly #tests = new Tests();
  #asked: Asked | undefined;
  #course: EarlierRun | undefined;
  #estimate: Estimate | undefined;
  #steps = 0;
  #ended = false;
  /** The block that runs: all its machines, and those that are at it still. */
  #block = { id: "", machines: 0, busy: new Set<string>() };
  /** When the last event came, in the run's time and by this process's clock. */
  #last: readonly [at: number, now: number] = [0, performance.now()];

  now(): number {
    const [at, now] = this.#last;
    return at + (performance.now() - now);
  }

  see(event: RunEvent): void {
    this.#last = [event.at, performance.now()];
    const mark = markOf(event);
    if (this.#estimate) this.#estimate.see(mark, event.at);
    else if (mark !== "") this.#seen.push([mark, event.at]);
    this.#tests.see(event);
    if (event.type === "interrupted") this.#ended = true;
    else if (event.type === "asked") this.#asked = event;
    else if (event.type === "step-start") this.#begins(event.key);
    else if (event.type === "step-end") {
      // What is left out was not asked for.
      if (event.step.outcome !== "skipped") this.#steps += 1;
      this.#block.busy.delete(event.step.machine);
    } else if (event.type === "progress" && event.text !== undefined) this.#works.set(event.work, event.text);
    else if (event.type === "progress") this.#works.delete(event.work);
  }

  #begins(key: string): void {
    const [id = "", machine = ""] = key.split("@");
    if (id !== this.#block.id) this.#block = { id, machines: 0, busy: new Set() };
    this.#block.machines += 1;
    this.#block.busy.add(machine);
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
    // How far it was, nobody waits for any more.
    if (this.#ended) return "";
    const left = this.#estimate?.left(at);
    const parts = [this.#number(), this.#minute(at)];
    // It is not over before it is.
    if (left !== undefined) parts.push(share(at / 1000, Math.max(left / 1000, 1)));
    // The end of a long line may not be seen: what says when all is done comes first, what is long last.
    const works = [...this.#works.values()];
    parts.push(...works.filter(saysLeft), ...works.filter((work) => !saysLeft(work)), this.#tests.now);
    return parts.filter(Boolean).join(" · ");
  }

  #number(): string {
    const asked = this.#asked;
    if (this.#tests.since !== undefined) return this.#tests.words(asked, this.#course?.tests.length);
    if (this.#steps === 0) return "";
    const { machines, busy } = this.#block;
    const waits = busy.size > 0 && busy.size < machines ? `, waits for ${[...busy].join(", ")}` : "";
    return `step ${this.#steps}${asked && asked.steps >= this.#steps ? ` of ${asked.steps}` : ""}${waits}`;
  }

  #minute(at: number): string {
    const { since } = this.#tests;
    const all = this.#asked?.minutes;
    if (since === undefined || all === undefined) return "";
    const minute = Math.ceil((at - since) / 60_000);
    return minute > all ? "" : `minute ${minute} of ${all}`;
  }
}
