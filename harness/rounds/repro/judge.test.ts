import { expect, test } from "vitest";
import type { FailureRecord, TestRecord } from "../../record/record.ts";
import type { Entry } from "./catalogue/catalogue.ts";
import { appearanceOf, type RunObservations } from "./judge.ts";

const failure: FailureRecord = {
  verdict: "guide",
  message: "2.4.4/start-etcd@t71: ended with exit code 1",
  step: "2.4.4/start-etcd@t71",
  machine: "t71",
  outputTail: "Unknown command verb enabel.",
  unitJournal: "etcd: open /x: no such file",
};
/** The failure of the same step on another machine. */
const elsewhere: FailureRecord = {
  verdict: "guide",
  message: "2.4.4/start-etcd@t72: ended with exit code 1",
  step: "2.4.4/start-etcd@t72",
  machine: "t72",
  outputTail: "Unknown command verb enabel, only there.",
};
/** The failure of a step that starts nothing. */
const unitless: FailureRecord = {
  verdict: "guide",
  message: "2.3.2/make-ca@t71: ended with exit code 1",
  step: "2.3.2/make-ca@t71",
};
const red = (milestone: string, message: string): TestRecord => ({
  milestone,
  name: "the nodes are Ready",
  sections: [],
  startMs: 0,
  durationMs: 1,
  outcome: "failed",
  facts: {},
  failure: { verdict: "guide", message },
});

test.each<[Entry["symptom"], RunObservations, boolean, string]>([
  [
    { step: "2.4.4/start-etcd", message: "enabel" },
    { failure, tests: [] },
    true,
    "2.4.4/start-etcd@t71: enabel",
  ],
  [{ step: "2.4.4/start-etcd", message: "no such file" }, { failure, tests: [] }, true, "no such file"],
  [
    { step: "2.4.4/start-etcd", message: "enabel", machine: "t72" },
    { failure, tests: [] },
    false,
    "exit code 1",
  ],
  [
    { step: "2.4.4/start-etcd", message: "enabel", machine: "t72" },
    { failure, others: [elsewhere], tests: [] },
    true,
    "2.4.4/start-etcd@t72: enabel",
  ],
  [
    { step: "2.4.4/start-etcd", message: "only there" },
    { failure, others: [elsewhere], tests: [] },
    true,
    "2.4.4/start-etcd@t72: only there",
  ],
  [
    { step: "2.4.4/start-etcd", message: "only there", machine: "t71" },
    { failure, others: [elsewhere], tests: [] },
    false,
    "start-etcd@t71: ended",
  ],
  [{ step: "2.4.4/start", message: "enabel" }, { failure, tests: [] }, false, "exit code 1"],
  [{ step: "2.4.4/start-etcd", message: "other words" }, { failure, tests: [] }, false, "exit code 1"],
  [{ step: "2.4.4/start-etcd", message: "enabel" }, { tests: [] }, false, "2.4.4/start-etcd passed"],
  [
    { milestone: "nodes", message: "Ready" },
    { tests: [red("nodes", "not Ready")] },
    true,
    "nodes: the nodes",
  ],
  [{ milestone: "nodes", message: "Ready" }, { tests: [red("ping", "not Ready")] }, false, "ping: the nodes"],
  [
    { milestone: "nodes", message: "Ready", test: "lease" },
    { tests: [red("nodes", "not Ready")] },
    false,
    "nodes",
  ],
  [
    { milestone: "nodes", message: "Ready" },
    { failure, tests: [red("nodes", "not Ready")] },
    false,
    "exit code 1",
  ],
  [{ milestone: "nodes", message: "Ready" }, { tests: [] }, false, "milestone nodes is green"],
  [{ probe: { on: "t71", run: "id", prints: "/^yes$/" } }, { tests: [], printed: "yes" }, true, "yes"],
  [
    { probe: { on: "t71", run: "id", prints: "/^yes$/" } },
    { tests: [], printed: "no" },
    false,
    "printed: no",
  ],
  [
    { probe: { on: "t71", run: "id", prints: "/^yes$/", within: 40_000 } },
    { tests: [], printed: "", waited: { last: "", asked: 81, milliseconds: 40_312, stalled: false } },
    false,
    "the probe printed nothing (asked 81 times in 40.3 s)",
  ],
  [
    { probe: { on: "t71", run: "id", prints: "no such file" } },
    { failure, tests: [] },
    true,
    "2.4.4/start-etcd@t71: no such file",
  ],
  [{ probe: { on: "t71", run: "id", prints: "other words" } }, { failure, tests: [] }, false, "exit code 1"],
  [{ probe: { on: "t71", run: "id", prints: "/^[1-9]/" } }, { failure, tests: [] }, false, "exit code 1"],
  [{ probe: { on: "t71", run: "id", prints: "enabel" } }, { failure, tests: [] }, false, "exit code 1"],
  [
    { probe: { on: "t71", run: "id", prints: "exit code" } },
    { failure: unitless, tests: [] },
    false,
    "2.3.2/make-ca@t71: ended",
  ],
  [{ probe: { on: "t71", run: "id", prints: "/^$/" } }, { failure: unitless, tests: [] }, false, "make-ca"],
  [{ none: "prose" }, { tests: [] }, false, "nothing to see"],
])("%j seen in %j: %s", (symptom, seen, appeared, words) => {
  expect(appearanceOf({ symptom }, seen)).toMatchObject({ appeared, seen: expect.stringContaining(words) });
});
