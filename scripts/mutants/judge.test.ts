import { expect, test } from "vitest";
import type { Mutant } from "./catalogue.ts";
import { type Evidence, judge } from "./judge.ts";

const mutant: Mutant = {
  id: "kubelet-stopped",
  file: "kubelet-stopped.yaml",
  milestone: "nodes",
  also_red: ["ping"],
  why: "it must be noticed",
  kind: "fault",
  fault: { on: "t72", script: "stop", undo: "start" },
};
const recordOf = (outcomes: Record<string, string>, message?: string): Evidence => ({
  durationMs: 1000,
  tests: Object.entries(outcomes).map(([milestone, outcome]) => ({
    milestone,
    outcome,
    name: `${milestone} test`,
  })),
  ...(message !== undefined && { failure: { message } }),
});

test.each([
  [{ nodes: "failed", ping: "failed", etcd: "passed" }, "killed", "nodes test"],
  [{ nodes: "error", etcd: "passed" }, "killed", "nodes test"],
  [{ nodes: "passed", etcd: "passed" }, "survived", "nodes noticed nothing"],
  [{ nodes: "passed", ping: "failed" }, "survived", "nodes noticed nothing"],
  [{ nodes: "failed", etcd: "failed" }, "wrong milestone", "etcd red too"],
  [{ nodes: "skipped" }, "survived", "nodes noticed nothing"],
])("%j is %s", (outcomes, outcome, detail) => {
  expect(judge(mutant, recordOf(outcomes))).toMatchObject({ outcome, detail });
});

test("a run that never came to its suites judges nothing", () => {
  expect(judge(mutant, recordOf({}, "a machine did not boot"))).toMatchObject({
    outcome: "not judged",
    detail: "a machine did not boot",
  });
});
