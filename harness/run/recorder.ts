import type { Deadlines } from "../deadlines.ts";
import type { HarnessDefect } from "../errors.ts";
import { type Assist, type Progress, watched } from "../progress.ts";
import type { UnitFinding } from "../record/blame.ts";
import { describeFinding } from "../blame/units/units.ts";
import { judgeClaims } from "./evidence/claims.ts";
import { LoadWatch } from "./cluster/load-watch.ts";
import type { Reporter, RunEvent } from "../record/events.ts";
import type {
  FailureRecord,
  RunRecord,
  SpanRecord,
  StatedClaim,
  StepRecord,
  TestRecord,
} from "../record/record.ts";
import { processRedactor } from "../secrets/redact.ts";
import { type Conclusion, Reporters } from "./reporters.ts";
import type { Reach } from "./suites/reached.ts";

/** An event without its time, which the recorder adds. */
type Untimed = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, "at"> : never) : never;

/** What the recorder itself adds in the end. */
type Recorded = "id" | "command" | "startedAt" | "durationMs" | "assists" | "steps" | "tests" | "spans";

/** What is known of a run at its start and learnt on the way, beside its events. */
export type RunFacts = Omit<RunRecord, keyof Conclusion | Recorded | "load" | "resources" | "claims"> & {
  /** The guide's claims, in its order; what the tests say of them is judged at the end. */
  readonly claims?: readonly StatedClaim[];
};

/** Collects what happens, tells the reporters, and makes the run's record. All that they are told is redacted here. */
export class Recorder implements Progress {
  readonly id: string;
  readonly command: string;
  readonly startedAt = new Date();
  readonly steps: StepRecord[] = [];
  readonly tests: TestRecord[] = [];
  readonly assists: Assist[] = [];
  readonly spans: SpanRecord[] = [];
  readonly load: LoadWatch;
  facts: RunFacts;
  machineBytes: Record<string, number> = {};
  readonly #reporters: Reporters;
  readonly #origin = performance.now();
  #sealed = false;
  #finished = false;
  #part: Omit<Reach, "unreached"> | undefined;
  #watched = 0;

  constructor(
    id: string,
    command: string,
    facts: RunFacts,
    reporters: readonly Reporter[],
    load = new LoadWatch(),
  ) {
    this.load = load;
    this.id = id;
    this.command = command;
    this.facts = facts;
    this.#reporters = new Reporters(reporters);
    const startedAt = this.startedAt.toISOString();
    const { milestones } = facts;
    this.emit({ type: "run-start", id, command, startedAt, ...(milestones && { milestones }) });
  }

  /** Milliseconds since the run's start. */
  now(): number {
    return Math.round((performance.now() - this.#origin) * 10) / 10;
  }

  emit(event: Untimed): void {
    this.#reporters.onEvent(processRedactor.value({ at: this.now(), ...event }));
  }

  /** Tells of a signal that ends the run; not once its reports are written, for it changes nothing then. */
  interrupted(message: string): void {
    if (!this.#finished) this.emit({ type: "interrupted", message });
  }

  note(message: string): void {
    this.emit({ type: "note", message });
  }

  /** Counts an assist once for each machine and step it helps. */
  assist(assist: Assist): void {
    const { id, machine, step } = assist;
    if (this.assists.some((other) => other.id === id && other.machine === machine && other.step === step))
      return;
    this.assists.push(assist);
    this.emit({ type: "assist", assist });
  }

  /** Adds what this run cannot prove; the first reason for a claim holds. */
  cannotProve(more: RunRecord["cannotProve"]): void {
    const { cannotProve } = this.facts;
    const known = new Set(cannotProve.map(({ claim }) => claim));
    const others = more.filter(({ claim }) => !known.has(claim));
    this.facts = { ...this.facts, cannotProve: [...cannotProve, ...others] };
  }

  span<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.spanOn("harness", name, work);
  }

  watch<T>(far: () => string, work: () => Promise<T>): Promise<T> {
    const number = ++this.#watched;
    return watched(far, work, (text) =>
      this.emit({ type: "progress", work: number, ...(text !== undefined && { text }) }),
    );
  }

  /** Like `span`, on the timeline of a machine or of the suites. */
  async spanOn<T>(track: string, name: string, work: () => Promise<T>): Promise<T> {
    const startMs = this.now();
    this.emit({ type: "span-start", name, track });
    try {
      return await work();
    } finally {
      const span = { name, track, startMs, durationMs: this.now() - startMs };
      this.spans.push(span);
      this.emit({ type: "span-end", span });
    }
  }

  /** The cluster has a part of the guide alone: what is red in milestones that need more of it is not the guide's fault. */
  partApplied(part: Omit<Reach, "unreached">): void {
    this.#part = part;
    this.note(`${part.applied[0]?.toUpperCase()}${part.applied.slice(1)}.`);
  }

  /** Somebody did something to the cluster beside the guide: what is red, before and after this is told, is not shown to be the guide's fault. */
  detoured(detours: readonly string[]): void {
    if (detours.length === 0) return;
    this.facts = { ...this.facts, detours };
    for (const [index, test] of this.tests.entries()) this.tests[index] = this.#shared(test);
  }

  /** A test as it is where others than the guide have a part in how the machines stand. */
  #shared(test: TestRecord): TestRecord {
    const { failure } = test;
    const part = this.#part?.milestones.includes(test.milestone) ? this.#part : undefined;
    const besideGuide = [...(this.facts.detours ?? []), ...(part ? [part.applied] : [])];
    if (test.outcome !== "failed" || !failure || besideGuide.length === 0) return test;
    const how = { verdict: "usage" as const, besideGuide, ...(part && { hint: part.hint }) };
    return { ...test, outcome: "error", failure: { ...failure, ...how } };
  }

  /** From now on nothing is added to the record: what goes on was left behind, and told so. */
  seal(): void {
    this.#sealed = true;
  }

  stepEnded(step: StepRecord): void {
    if (this.#sealed) return;
    this.steps.push(step);
    this.emit({ type: "step-end", step });
  }

  /** Machines are as they were before these steps: that they passed is in the journal alone. */
  undone(keys: ReadonlySet<string>): void {
    const left = this.steps.filter(({ key, outcome }) => outcome !== "passed" || !keys.has(key));
    this.steps.splice(0, Infinity, ...left);
  }

  /** A unit did not stay up. With a failure, the step that started it has failed, if it had not already. */
  unitFound(finding: UnitFinding, failure?: FailureRecord): void {
    const others = this.facts.unitFindings?.filter(
      ({ machine, unit }) => machine !== finding.machine || unit !== finding.unit,
    );
    this.facts = { ...this.facts, unitFindings: [...(others ?? []), finding] };
    const own = this.steps.find(({ key }) => key === finding.step)?.failure;
    const message = `${own?.message}; ${describeFinding(finding)}`;
    const both = own && failure && { ...own, verdict: failure.verdict, message };
    this.unitExplains(finding, finding.step, both ?? failure);
  }

  /** What a step has failed with, now that it is known what a unit has to do with it. */
  unitExplains(finding: UnitFinding, step: string, failure?: FailureRecord): void {
    const index = this.steps.findIndex(({ key }) => key === step);
    const known = this.steps[index];
    // Only the guide fails; whatever else goes wrong is an error.
    const outcome = failure?.verdict === "guide" ? ("failed" as const) : ("error" as const);
    const explained = known && failure && { ...known, outcome, failure };
    if (explained) this.steps[index] = explained;
    this.emit({ type: "unit", finding, ...(explained && { step: explained }) });
  }

  /** Failed tests, and those without an end, become errors of the infrastructure if there are reasons beside the guide. */
  excuse(
    reasonsOf: (
      failure: FailureRecord,
      test: TestRecord,
    ) => { readonly reasons: readonly string[]; readonly unjudged?: boolean },
  ): void {
    for (const [index, test] of this.tests.entries()) {
      const { failure } = test;
      const isOpen =
        test.outcome === "failed" ||
        (failure?.verdict === "usage" && failure.besideGuide !== undefined) ||
        (failure?.verdict === "harness" && failure.late !== undefined);
      const { reasons, unjudged = false } = isOpen && failure ? reasonsOf(failure, test) : { reasons: [] };
      if (!failure || reasons.length === 0) continue;
      const message = [failure.message, ...reasons].join("\n");
      const how = unjudged ? { unjudged } : {};
      const excused = { ...failure, verdict: "infrastructure" as const, message, ...how };
      this.tests[index] = { ...test, outcome: "error", failure: excused };
      this.note(
        `${test.milestone}: ${test.name}: ${unjudged ? "not judged" : "not the guide"}: ${reasons.join("; ")}`,
      );
    }
  }

  testEnded(ended: TestRecord): void {
    if (this.#sealed) return;
    const test = this.#shared(ended);
    this.tests.push(test);
    this.emit({ type: "test-end", test });
  }

  /** Ends the run: every reporter's files, and what is told at the end. `conclude` is given the reporters that broke. */
  finish(
    conclude: (broken: readonly HarnessDefect[]) => Conclusion,
    folder: string,
    deadlines: Deadlines,
  ): Promise<RunRecord> {
    this.#finished = true;
    this.load[Symbol.dispose]();
    return this.#reporters.finish({
      conclude,
      record: (conclusion) => this.#record(conclusion),
      ended: ({ verdict, durationMs }) => this.emit({ type: "run-end", verdict, durationMs }),
      folder,
      deadlines,
    });
  }

  #record({ verdict, failure, otherFailures }: Conclusion): RunRecord {
    const { id, command, assists, steps, tests, spans, machineBytes } = this;
    const { claims, ...facts } = this.facts;
    // maxRSS is in kibibytes.
    const harnessPeakBytes = process.resourceUsage().maxRSS * 1024;
    return processRedactor.value({
      id,
      command,
      startedAt: this.startedAt.toISOString(),
      durationMs: this.now(),
      verdict,
      ...(failure && { failure }),
      ...(otherFailures && otherFailures.length > 0 && { otherFailures }),
      ...facts,
      ...(claims && { claims: judgeClaims(claims, tests) }),
      assists,
      steps,
      tests,
      spans,
      load: this.load.between(),
      resources: { harnessPeakBytes, machineBytes },
    });
  }
}
