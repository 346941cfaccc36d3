import type { Verdict } from "../errors.ts";
import type { Outcome } from "../outcome.ts";
import type { Assist, Progress } from "../progress.ts";
import type { UnitFinding } from "./blame/types.ts";
import { describeFinding } from "./blame/units.ts";
import type {
  FailureRecord,
  Reporter,
  RunEvent,
  RunRecord,
  SpanRecord,
  StepRecord,
  TestRecord,
} from "./record.ts";

/** An event without its time, which the recorder adds. */
type Untimed = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, "at"> : never) : never;

/** What is known of a run at its start and learnt on the way, beside its events. */
export type RunFacts = Pick<
  RunRecord,
  | "commit"
  | "provider"
  | "artifactSet"
  | "versions"
  | "ports"
  | "inputs"
  | "accounting"
  | "sections"
  | "dropped"
  | "resumed"
  | "rebootFindings"
  | "change"
  | "cannotProve"
  | "trial"
  | "plan"
  | "units"
  | "unitFindings"
  | "blames"
>;

/** Only the guide fails; whatever else goes wrong is an error. */
const outcomeOf = ({ verdict }: FailureRecord): Outcome => (verdict === "guide" ? "failed" : "error");

/** Collects what happens, tells the reporters, and makes the run's record at the end. */
export class Recorder implements Progress {
  readonly id: string;
  readonly command: string;
  readonly startedAt = new Date();
  readonly steps: StepRecord[] = [];
  readonly tests: TestRecord[] = [];
  readonly assists: Assist[] = [];
  readonly spans: SpanRecord[] = [];
  facts: RunFacts;
  machineBytes: Record<string, number> = {};
  readonly #reporters: readonly Reporter[];
  readonly #origin = performance.now();

  constructor(id: string, command: string, facts: RunFacts, reporters: readonly Reporter[]) {
    this.id = id;
    this.command = command;
    this.facts = facts;
    this.#reporters = reporters;
    this.emit({ type: "run-start", id, command, startedAt: this.startedAt.toISOString() });
  }

  /** Milliseconds since the run's start. */
  now(): number {
    return Math.round((performance.now() - this.#origin) * 10) / 10;
  }

  emit(event: Untimed): void {
    const timed: RunEvent = { at: this.now(), ...event };
    for (const reporter of this.#reporters) reporter.onEvent?.(timed);
  }

  note(message: string): void {
    this.emit({ type: "note", message });
  }

  /** Counts an assist once for each machine and step it helps. */
  assist(assist: Assist): void {
    const known = this.assists.some(
      (other) => other.id === assist.id && other.machine === assist.machine && other.step === assist.step,
    );
    if (known) return;
    this.assists.push(assist);
    this.emit({ type: "assist", assist });
  }

  span<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.spanOn("harness", name, work);
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

  stepEnded(step: StepRecord): void {
    this.steps.push(step);
    this.emit({ type: "step-end", step });
  }

  /** A unit did not stay up. With a failure, the step that started it has failed, if it had not already. */
  unitFound(finding: UnitFinding, failure?: FailureRecord): void {
    const others = this.facts.unitFindings?.filter(
      ({ machine, unit }) => machine !== finding.machine || unit !== finding.unit,
    );
    this.facts = { ...this.facts, unitFindings: [...(others ?? []), finding] };
    const index = this.steps.findIndex(({ key }) => key === finding.step);
    const known = this.steps[index];
    const own = known?.failure && {
      ...known.failure,
      message: `${known.failure.message}; ${describeFinding(finding)}`,
    };
    const step = known && failure && { ...known, outcome: outcomeOf(failure), failure: own ?? failure };
    if (step) this.steps[index] = step;
    this.emit({ type: "unit", finding, ...(step && { step }) });
  }

  /** Failed tests are errors of the infrastructure, for these reasons. */
  excuse(reasons: string): void {
    for (const [index, test] of this.tests.entries()) {
      if (test.outcome !== "failed" || !test.failure) continue;
      const { message } = test.failure;
      const failure = {
        ...test.failure,
        verdict: "infrastructure" as const,
        message: `${message}\n${reasons}`,
      };
      this.tests[index] = { ...test, outcome: "error", failure };
    }
    this.note(`What failed says nothing of the guide: ${reasons}`);
  }

  testEnded(test: TestRecord): void {
    this.tests.push(test);
    this.emit({ type: "test-end", test });
  }

  /** Ends the run: the last event, then every reporter's file. */
  async finish(verdict: Verdict, folder: string, failure?: FailureRecord): Promise<RunRecord> {
    const durationMs = this.now();
    this.emit({ type: "run-end", verdict, durationMs });
    const record: RunRecord = {
      id: this.id,
      command: this.command,
      startedAt: this.startedAt.toISOString(),
      durationMs,
      verdict,
      ...(failure && { failure }),
      ...this.facts,
      assists: this.assists,
      steps: this.steps,
      tests: this.tests,
      spans: this.spans,
      // maxRSS is in kibibytes.
      resources: {
        harnessPeakBytes: process.resourceUsage().maxRSS * 1024,
        machineBytes: this.machineBytes,
      },
    };
    for (const reporter of this.#reporters) await reporter.finish?.(record, folder);
    return record;
  }
}
