import { isRed } from "../../record/outcome.ts";
import { allTests, isLeftOut, isNotApplied, leftOutBy } from "../../record/selection.ts";
import type { TestRecord } from "../../record/record.ts";
import type { Recorder } from "../recorder.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { type SuiteMessage, suiteMessage } from "./messages.ts";
import type { ChosenTests, TestName } from "./selection.ts";

type Collected = Extract<SuiteMessage, { type: "collected" }>["tests"][number];

/** How the suites' process ended. */
export type Ended = { readonly exitCode: number | undefined; readonly signal?: string | undefined };

/** Keeps what the suites' process says, and knows at its end what is missing of a proof. */
export class SuiteTally {
  readonly #milestones: readonly string[];
  readonly #recorder: Recorder;
  readonly #chosen: ChosenTests | undefined;
  readonly #onBegun: ((milestone: string) => void) | undefined;
  readonly #collected = new Map<string, Collected>();
  readonly #records: TestRecord[] = [];
  readonly #unreadable: string[] = [];
  #promised: number | undefined;

  /** With `chosen`, the milestones' other tests are left out; `begun` is told of the milestone of each test that begins. */
  constructor(
    milestones: readonly string[],
    recorder: Recorder,
    chosen?: ChosenTests,
    begun?: (milestone: string) => void,
  ) {
    this.#milestones = milestones;
    this.#recorder = recorder;
    this.#chosen = chosen;
    this.#onBegun = begun;
  }

  #whyNot({ milestone, name }: TestName): string | undefined {
    const chosen = this.#chosen;
    if (!chosen || chosen.tests.some((test) => test.milestone === milestone && test.name === name))
      return undefined;
    return leftOutBy(chosen.by);
  }

  /** Whether the process has said that it has said all, and something of each milestone. */
  get whole(): boolean {
    const heardOf = (milestone: string): boolean =>
      this.#records.some((record) => record.milestone === milestone);
    return this.#promised !== undefined && this.#milestones.every(heardOf);
  }

  /** Takes a message as it arrives, and records a test that is over. */
  hear(message: unknown): void {
    const parsed = suiteMessage.safeParse(message);
    if (!parsed.success) {
      this.#unreadable.push(parsed.error.issues[0]?.message ?? "unreadable");
      return;
    }
    const { data } = parsed;
    if (data.type === "collected") this.#found(data);
    else if (data.type === "begun") this.#begun(data.id);
    else if (data.type === "sample") this.#recorder.emit(data);
    else if (data.type === "note") this.#recorder.note(data.message);
    else if (data.type === "end") this.#promised = data.records;
    else {
      if (data.id !== undefined) this.#collected.delete(data.id);
      // Its start by this process's clock, which does not jump.
      const startMs = Math.max(0, this.#recorder.now() - data.record.durationMs);
      const {
        outcome,
        skipped = outcome === "skipped" ? (this.#whyNot(data.record) ?? "the test was skipped") : undefined,
      } = data.record;
      const said = { ...data.record, ...(skipped !== undefined && { skipped }) };
      const record = { ...processRedactor.value(said), startMs };
      this.#records.push(record);
      this.#recorder.testEnded(record);
    }
  }

  #found({ tests, more = false }: Extract<SuiteMessage, { type: "collected" }>): void {
    for (const test of tests) this.#collected.set(test.id, test);
    const milestones = [...new Set(tests.map(({ milestone }) => milestone))];
    this.#recorder.emit({ type: "tests", milestones, found: tests.length, more });
  }

  #begun(id: string): void {
    const { milestone, name } = this.#collected.get(id) ?? {};
    if (milestone === undefined || name === undefined) return;
    this.#recorder.emit({ type: "test-start", milestone, name });
    this.#onBegun?.(milestone);
  }

  /** Records as skipped what has no result: tests that were found, `others`, and milestones of which nothing is known. */
  skipRest(reason: string, others: readonly Omit<Collected, "id">[]): void {
    const leftOut: readonly Omit<Collected, "id">[] = this.#chosen?.leftOut ?? [];
    for (const test of [...this.#collected.values(), ...others, ...leftOut]) {
      const { milestone, name, location } = test;
      const known = this.#records.some((record) => record.milestone === milestone && record.name === name);
      if (!known)
        this.#skip({ milestone, name, ...(location && { location }) }, this.#whyNot(test) ?? reason);
    }
    this.#collected.clear();
    for (const milestone of this.#milestones) {
      const known = this.#records.some((record) => record.milestone === milestone);
      if (!known) this.#skip({ milestone, name: allTests }, reason);
    }
  }

  #skip(test: Omit<Collected, "id">, reason: string): void {
    const record: TestRecord = {
      ...test,
      sections: [],
      startMs: this.#recorder.now(),
      durationMs: 0,
      outcome: "skipped",
      facts: {},
      skipped: reason,
    };
    this.#records.push(record);
    this.#recorder.testEnded(record);
  }

  /** What keeps the suites from having proved or refuted what they were asked for, a sentence each; empty if nothing does. */
  gaps({ exitCode, signal }: Ended): string[] {
    const gaps: string[] = [];
    const how = signal === undefined ? `exit code ${exitCode ?? "unknown"}` : `signal ${signal}`;
    if (this.#promised === undefined) gaps.push(`their process was cut off (${how}) before it had said all`);
    else if (this.#promised !== this.#records.length) {
      gaps.push(`${this.#promised} results were sent and ${this.#records.length} arrived`);
    }
    if (this.#unreadable.length > 0) gaps.push(`a result could not be read: ${this.#unreadable[0]}`);
    const red = this.#records.filter(isRed).length;
    const expected = red > 0 ? 1 : 0;
    if (this.#promised !== undefined && exitCode !== expected) {
      gaps.push(`${red} of the results are red, and yet their process ended with ${how}`);
    }
    const ran = this.#records.filter((record) => !isLeftOut(record));
    const unseen = this.#chosen?.tests.filter(
      ({ milestone, name }) => !ran.some((record) => record.milestone === milestone && record.name === name),
    );
    if (unseen?.[0])
      gaps.push(`${unseen.length} of the chosen tests did not run, the first ${unseen[0].name}`);
    if (this.#collected.size > 0) gaps.push(`${this.#collected.size} tests have no result`);
    for (const milestone of this.#milestones) {
      const own = this.#records.filter((record) => record.milestone === milestone);
      if (own.every(({ outcome }) => outcome === "skipped") && !own.some(isNotApplied)) {
        const why = own[0]?.skipped;
        gaps.push(`no test of the milestone ${milestone} ran${why === undefined ? "" : ` (${why})`}`);
      }
    }
    return gaps;
  }
}
