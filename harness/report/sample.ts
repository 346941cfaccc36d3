import type { Blame } from "../record/blame.ts";
import { anchorsOf } from "./anchors.ts";
import type { PageContext } from "./html/context.ts";
import type { DriftRecord } from "../record/observed.ts";
import type { RunEvent } from "../record/events.ts";
import type { FailureRecord, RunRecord, StepRecord, TestRecord } from "../record/record.ts";

/** Parts of a run, for tests: each as small as it can be, with what a test changes. */
export const sampleStep = (changes: Partial<StepRecord> = {}): StepRecord => ({
  key: "2.4.4/start-etcd@t71",
  id: "2.4.4/start-etcd",
  section: "2.4.4",
  machine: "t71",
  location: { file: "/guides/guide.md", line: 261, column: 1 },
  startMs: 1000,
  durationMs: 1234.5,
  outcome: "passed",
  exitCode: 0,
  output: "active\n",
  assists: [],
  ...changes,
});

export const sampleTest = (changes: Partial<TestRecord> = {}): TestRecord => ({
  milestone: "etcd",
  name: "a key survives a restart",
  sections: ["2.4.4"],
  claims: ["5.1/etcd-keeps-the-state"],
  startMs: 5000,
  durationMs: 321,
  outcome: "passed",
  facts: { member: "ac829673d2b22824" },
  ...changes,
});

export const sampleDrift = (changes: Partial<DriftRecord> = {}): DriftRecord => ({
  machine: "t72",
  what: "memory of kubelet",
  unit: "MiB",
  samples: Array.from({ length: 20 }, (_, index) => [180 * index, 60 + 0.7 * index + (index % 3)] as const),
  bound: 5,
  perHour: 14,
  from: 60,
  to: 74,
  ...changes,
});

export const sampleFailure = (changes: Partial<FailureRecord> = {}): FailureRecord => ({
  verdict: "guide",
  message: "2.4.4/start-etcd@t71: ended with exit code 1",
  machine: "t71",
  step: "2.4.4/start-etcd@t71",
  location: { file: "/guides/guide.md", line: 261 },
  command: "systemctl enabel etcd",
  exitCode: 1,
  outputTail: "Unknown operation enabel.",
  unitJournal: "etcd[1]: ready",
  hint: "See the guide's line.",
  ...changes,
});

export const sampleBlame = (changes: Partial<Blame> = {}): Blame => ({
  of: "flannel",
  tests: ["etcd holds the network"],
  machine: "t71",
  sections: ["4.1"],
  steps: [
    {
      id: "4.1/register-network",
      machines: ["t71"],
      location: { file: "/guides/guide.md", line: 885 },
      why: ["changed since the last green run", "used by what failed: names /k8s/network/config"],
      changed: true,
    },
  ],
  units: [
    {
      machine: "t72",
      unit: "flanneld",
      active: "active",
      sub: "running",
      enabled: "disabled",
      result: "success",
      exitStatus: 0,
      restarts: 0,
      ports: [],
      odd: "disabled: it would not start with the machine",
      journal: Array.from({ length: 12 }, (_, index) => `flanneld[1]: line ${index}`).join("\n"),
    },
  ],
  since: {
    run: "20190401T091500-e2e-41",
    blocks: [
      {
        id: "4.1/register-network",
        location: { file: "/guides/guide.md", line: 885 },
        kind: "changed",
        lines: ["- 10.254.0.0/16", "+ 10.253.0.0/16"],
      },
    ],
    inputs: ["edits: 0 → 1"],
    durations: [],
  },
  ...changes,
});

export const sampleRecord = (changes: Partial<RunRecord> = {}): RunRecord => ({
  id: "20190401T101500-e2e-42",
  command: "e2e",
  startedAt: "2019-04-01T10:15:00.123Z",
  durationMs: 8000,
  verdict: "passed",
  commit: "0123456789ab",
  provider: "nspawn",
  artifactSet: "debian",
  versions: { kubernetes: "1.20.2", etcd: "3.4.23" },
  ports: ["embedded-os"],
  accounting: { run: 1, file: 0, output: 1, skip: 0, total: 2 },
  sections: [
    { number: "2.4", title: "Install etcd" },
    { number: "2.4.4", title: "Start" },
  ],
  claims: [
    {
      id: "5.1/etcd-keeps-the-state",
      text: "It alone keeps the state.",
      result: "proved",
      tests: [{ milestone: "etcd", name: "a key survives a restart", outcome: "passed" }],
    },
    {
      id: "5.1/etcd-sings",
      text: "It sings.",
      result: "not provable",
      reason: "Nobody hears it.",
      tests: [],
    },
  ],
  dropped: [{ id: "1.1/stop-firewalld", by: "embedded-os", reason: "There is none." }],
  assists: [{ id: "artifact-cache", reason: "No network.", machine: "t71", step: "2.4.4/start-etcd@t71" }],
  cannotProve: [{ claim: "SELinux", reason: "Not in a container." }],
  steps: [sampleStep()],
  milestones: {
    etcd: "etcd health",
    nodes: "node Ready",
    flannel: "flannel subnets",
    ping: "cross-node pod ping",
    "kube-proxy": "kube-proxy distribution",
  },
  tests: [sampleTest()],
  spans: [{ name: "apply", track: "harness", startMs: 900, durationMs: 3000 }],
  resources: { harnessPeakBytes: 1, machineBytes: {} },
  ...changes,
});

/** What the page of a run says beside its record: nothing, with what a test changes. */
export const sampleContext = (record: RunRecord, changes: Partial<PageContext> = {}): PageContext => ({
  anchors: anchorsOf(record),
  addresses: { line: () => undefined, run: () => undefined },
  journals: [],
  ...changes,
});

/** The events that lead to a record, in order. */
export function sampleEvents(record: RunRecord): RunEvent[] {
  const { id, command, startedAt, milestones, verdict, durationMs } = record;
  const { steps, tests, assists, spans, sections = [] } = record;
  const during: RunEvent[] = [
    ...spans.flatMap((span): RunEvent[] => [
      { at: span.startMs, type: "span-start", name: span.name, track: span.track },
      { at: span.startMs + span.durationMs, type: "span-end", span },
    ]),
    ...steps.flatMap((step): RunEvent[] => [
      { at: step.startMs, type: "step-start", key: step.key, location: step.location },
      ...assists
        .filter(({ step: helped }) => helped === step.key)
        .map((assist): RunEvent => ({ at: step.startMs, type: "assist", assist })),
      { at: step.startMs + step.durationMs, type: "step-end", step },
    ]),
    ...tests.map((test): RunEvent => ({ at: test.startMs + test.durationMs, type: "test-end", test })),
  ];
  return [
    { at: 0, type: "run-start", id, command, startedAt, ...(milestones && { milestones }) },
    { at: 0, type: "plan", steps: steps.length, sections, ports: record.ports },
    ...during.toSorted((a, b) => a.at - b.at),
    { at: durationMs, type: "run-end", verdict, durationMs },
  ];
}
