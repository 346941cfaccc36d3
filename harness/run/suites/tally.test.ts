import { expect, test } from "vitest";
import { Recorder } from "../recorder.ts";
import { SuiteTally } from "./tally.ts";

const facts = { provider: "", artifactSet: "", versions: {}, ports: [], dropped: [], cannotProve: [] };
const passed = { sections: [], durationMs: 5, outcome: "passed", facts: {} };

function tallied(...messages: readonly object[]) {
  const recorder = new Recorder("id", "suite", facts, []);
  const tally = new SuiteTally(["etcd", "ping"], recorder);
  for (const message of messages) tally.hear(message);
  return { recorder, tally };
}

const record = (milestone: string, name: string, more: object = {}): object => ({
  type: "record",
  id: `${milestone}/${name}`,
  record: { ...passed, milestone, name, ...more },
});
const both = [record("etcd", "healthy"), record("ping", "reached")];
const end = (records: number): object => ({ type: "end", records });
const red = { outcome: "failed", failure: { verdict: "guide", message: "no" } };

test("what was said whole, with the exit code that goes with it, has no gaps", () => {
  expect(tallied(...both, end(2)).tally.gaps({ exitCode: 0 })).toEqual([]);
  expect(tallied(...both, record("ping", "lost", red), end(3)).tally.gaps({ exitCode: 1 })).toEqual([]);
});

test("what a test measures is an event of the run, and no result", () => {
  const events: object[] = [];
  const recorder = new Recorder("id", "soak", facts, [
    { name: "kept", onEvent: (event) => void events.push(event) },
  ]);
  const tally = new SuiteTally(["etcd"], recorder);
  const sample = { type: "sample", machine: "t72", values: { "memory of kubelet": 60.5 } };
  for (const message of [sample, both[0]!, end(1)]) tally.hear(message);
  expect(events).toContainEqual({ at: expect.any(Number), ...sample });
  expect(tally.gaps({ exitCode: 0 })).toEqual([]);
});

test("how many tests there are, and which begins, are events of the run", () => {
  const events: object[] = [];
  const recorder = new Recorder("id", "suite", facts, [
    { name: "kept", onEvent: (event) => void events.push(event) },
  ]);
  const tally = new SuiteTally(["etcd", "ping"], recorder);
  const healthy = { id: "etcd/healthy", milestone: "etcd", name: "healthy" };
  tally.hear({ type: "collected", tests: [healthy], more: true });
  tally.hear({ type: "begun", id: healthy.id });
  const at: unknown = expect.any(Number);
  expect(events.slice(-2)).toEqual([
    { at, type: "tests", milestones: ["etcd"], found: 1, more: true },
    { at, type: "test-start", milestone: "etcd", name: "healthy" },
  ]);
});

test.each<[string, readonly object[], number, string]>([
  ["no end mark", both, 0, "their process was cut off (exit code 0) before it had said all"],
  ["a record that was lost", [...both, end(3)], 0, "3 results were sent and 2 arrived"],
  ["red and exit code 0", [...both, record("ping", "lost", red), end(3)], 0, "1 of the results are red"],
  ["green and exit code 1", [...both, end(2)], 1, "0 of the results are red, and yet"],
  ["a milestone without tests", [both[0]!, end(1)], 0, "no test of the milestone ping ran"],
  [
    "what cannot be read",
    [...both, { type: "record", record: { milestone: "ping" } }, end(3)],
    0,
    "could not be read",
  ],
  [
    "a milestone whose tests were all skipped",
    [both[0]!, record("ping", "reached", { outcome: "skipped", skipped: "one node" }), end(2)],
    0,
    "no test of the milestone ping ran (one node)",
  ],
  [
    "a test without a result",
    [{ type: "collected", tests: [{ id: "ping/other", milestone: "ping", name: "other" }] }, ...both, end(2)],
    0,
    "1 tests have no result",
  ],
])("%s is a gap", (_, messages, exitCode, told) => {
  expect(
    tallied(...messages)
      .tally.gaps({ exitCode })
      .join("; "),
  ).toContain(told);
});

const only = {
  by: "--grep health",
  tests: [{ milestone: "etcd", name: "healthy" }],
  leftOut: [
    { milestone: "etcd", name: "closed" },
    { milestone: "ping", name: "reached" },
  ],
};

function some(...messages: readonly object[]) {
  const recorder = new Recorder("id", "suite", facts, []);
  const tally = new SuiteTally(["etcd"], recorder, only);
  for (const message of messages) tally.hear(message);
  return { recorder, tally };
}

test("tests that were not chosen are left out, whether or not their process says so", () => {
  const { recorder, tally } = some(
    both[0]!,
    record("etcd", "closed", { outcome: "skipped" }),
    record("etcd", "limited", { outcome: "skipped", skipped: "one node" }),
    end(3),
  );
  expect(tally.gaps({ exitCode: 0 })).toEqual([]);
  tally.skipRest("cut off", []);
  expect(recorder.tests.map(({ name, skipped }) => [name, skipped])).toEqual([
    ["healthy", undefined],
    ["closed", "left out by --grep health"],
    ["limited", "one node"],
    ["reached", "left out by --grep health"],
  ]);
});

test("a chosen test that did not run is a gap", () => {
  const { tally } = some(record("etcd", "other"), end(1));
  expect(tally.gaps({ exitCode: 0 })).toEqual(["1 of the chosen tests did not run, the first healthy"]);
});

test("a chosen test that was cut off is not reached, and not left out", () => {
  const { recorder, tally } = some();
  tally.skipRest("cut off", [{ milestone: "etcd", name: "healthy" }]);
  expect(recorder.tests.map(({ name, skipped }) => [name, skipped])).toEqual([
    ["healthy", "cut off"],
    ["closed", "left out by --grep health"],
    ["reached", "left out by --grep health"],
  ]);
});

test("what did not run is recorded as skipped, each test once, and milestones of which nothing is known", () => {
  const { recorder, tally } = tallied(
    { type: "collected", tests: [{ id: "etcd/second", milestone: "etcd", name: "second" }] },
    both[0]!,
  );
  tally.skipRest("cut off", [
    { milestone: "etcd", name: "healthy" },
    { milestone: "etcd", name: "second" },
  ]);
  expect(
    recorder.tests.map(({ milestone, name, outcome, skipped }) => [milestone, name, outcome, skipped]),
  ).toEqual([
    ["etcd", "healthy", "passed", undefined],
    ["etcd", "second", "skipped", "cut off"],
    ["ping", "(all tests of the milestone)", "skipped", "cut off"],
  ]);
});
