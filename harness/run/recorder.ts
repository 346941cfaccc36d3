import type { Verdict } from "../errors.ts";
import type { Assist, Progress } from "../progress.ts";
import type {
  FailureRecord,
  Reporter,
  RunEvent,
  RunRecord,
  SpanRecord,
  StepRecord,
  TestRecord,
} from "./record.ts";
import { processRedactor } from "./redact.ts";

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
  | "blames"
>;

/**
 * Collects what happens, tells the reporters, and makes the run's record at the end. Reporters get no secret: all that they
 * are told is redacted here, whoever said it.
 */
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
    const timed: RunEvent = processRedactor.value({ at: this.now(), ...event });
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

  testEnded(test: TestRecord): void {
    this.tests.push(test);
    this.emit({ type: "test-end", test });
  }

  /** Ends the run: the last event, then every reporter's file. */
  async finish(verdict: Verdict, folder: string, failure?: FailureRecord): Promise<RunRecord> {
    const durationMs = this.now();
    this.emit({ type: "run-end", verdict, durationMs });
    const record: RunRecord = processRedactor.value({
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
    });
    for (const reporter of this.#reporters) await reporter.finish?.(record, folder);
    return record;
  }
}
