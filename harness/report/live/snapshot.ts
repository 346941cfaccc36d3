import type { RunEvent } from "../../record/events.ts";
import type { RunRecord, StepRecord } from "../../record/record.ts";
import { RunProgress } from "../console/run-progress.ts";

/** A run as far as it went. */
export type Snapshot = {
  /** With what its events tell; the verdict is that of a run that ended now. */
  readonly record: RunRecord;
  /** Blocks that run, with what they printed, the latest last. */
  readonly running: readonly { readonly key: string; readonly output: string }[];
  /** Pieces of the harness' work that go on. */
  readonly spans: readonly string[];
  /** How far it is, in words; empty if there is nothing to say yet. */
  readonly far: string;
};

/** What the events of a run say until now; undefined before its first one. */
export function snapshotOf(events: readonly RunEvent[]): Snapshot | undefined {
  const start = events.find((event) => event.type === "run-start");
  if (!start) return undefined;
  const plan = events.findLast((event) => event.type === "plan");
  const steps = new Map<string, StepRecord>();
  const running = new Map<string, string>();
  const spans = new Set<string>();
  const far = new RunProgress();
  for (const event of events) {
    far.see(event);
    if (event.type === "step-start") running.set(event.key, "");
    if (event.type === "step-output") running.set(event.key, `${running.get(event.key) ?? ""}${event.text}`);
    if (event.type === "step-end") running.delete(event.step.key);
    if ((event.type === "step-end" || event.type === "unit") && event.step)
      steps.set(event.step.key, event.step);
    if (event.type === "span-start" && event.track === "harness") spans.add(event.name);
    if (event.type === "span-end") spans.delete(event.span.name);
  }
  const { id, command, startedAt, milestones } = start;
  const record: RunRecord = {
    id,
    command,
    startedAt,
    durationMs: events.at(-1)?.at ?? 0,
    verdict: "interrupted",
    provider: "",
    artifactSet: "",
    versions: {},
    ports: [],
    dropped: [],
    cannotProve: [],
    resources: { harnessPeakBytes: 0, machineBytes: {} },
    ...(milestones && { milestones }),
    ...(plan && { sections: plan.sections }),
    assists: events.flatMap((event) => (event.type === "assist" ? [event.assist] : [])),
    steps: [...steps.values()],
    tests: events.flatMap((event) => (event.type === "test-end" ? [event.test] : [])),
    spans: events.flatMap((event) => (event.type === "span-end" ? [event.span] : [])),
  };
  return {
    record,
    running: [...running].map(([key, output]) => ({ key, output })),
    spans: [...spans],
    far: far.words(record.durationMs),
  };
}
