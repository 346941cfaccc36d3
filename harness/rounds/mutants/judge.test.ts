import { expect, test } from "vitest";
import { InfrastructureError } from "../../errors.ts";
import type { Outcome } from "../../record/outcome.ts";
import type { Mutant } from "./catalogue.ts";
import { judge, type Evidence, mutants, notJudged } from "./judge.ts";

const mutant: Mutant = {
  id: "kubelet-stopped",
  file: "kubelet-stopped.yaml",
  milestone: "nodes",
  tests: ["Nodes test"],
  also_red: ["ping"],
  why: "it must be noticed",
  kind: "fault",
  section: "3.2.9",
  fault: { on: "t72", script: "stop", undo: "start" },
};
const recordOf = (outcomes: Record<string, Outcome>, message?: string): Evidence => ({
  durationMs: 1000,
  steps: [],
  tests: Object.entries(outcomes).map(([milestone, outcome]) => ({
    milestone,
    outcome,
    name: `${milestone} test`,
  })),
  ...(message !== undefined && { failure: { message, verdict: "guide" } }),
});

test.each([
  [{ nodes: "failed", ping: "failed", etcd: "passed" }, "killed", "nodes test"],
  [{ nodes: "error", etcd: "passed" }, "not judged", "no more is known"],
  [{ nodes: "passed", etcd: "passed" }, "survived", "nodes noticed nothing"],
  [{ nodes: "passed", ping: "failed" }, "survived", "nodes noticed nothing"],
  [{ nodes: "failed", etcd: "failed" }, "wrong test", "etcd red too: etcd test"],
  [{ nodes: "skipped" }, "survived", "nodes noticed nothing"],
] as const)("%j is %s", (outcomes, outcome, detail) => {
  expect(judge(mutant, recordOf(outcomes))).toMatchObject({ outcome, detail });
});

test("a result that is no kill leads to its run, and names the red tests", () => {
  const evidence = { ...recordOf({ nodes: "failed", etcd: "failed" }), id: "20190401T101500-e2e-42" };
  const { detail } = mutants.read(judge(mutant, evidence));
  expect(detail).toBe("`pnpm report 20190401T101500-e2e-42`: etcd red too: etcd test");
  const killed = judge(mutant, { ...recordOf({ nodes: "failed" }), id: "20190401T101500-e2e-42" });
  expect(mutants.read(killed).detail).toBe("nodes test");
});

/** A run of one suite in which the tests of these names were red. */
const reds = (...names: string[]): Evidence => ({
  durationMs: 1000,
  steps: [],
  tests: ["grows", "goes on", "comes back"].map((name) => ({
    milestone: "soak",
    name,
    outcome: names.includes(name) ? "failed" : "passed",
  })),
});

test("a red test that the mutant does not name is no kill, and all that it names have to be red", () => {
  const soak: Mutant = { ...mutant, milestone: "soak", tests: ["grows", "back"], also_red: [] };
  expect(judge(soak, reds("goes on"))).toMatchObject({
    outcome: "wrong test",
    detail: "not grows; back, but goes on",
    expected: "soak: grows; back",
  });
  expect(judge(soak, reds("grows", "goes on"))).toMatchObject({
    outcome: "wrong test",
    detail: "not back, but grows; goes on",
  });
  expect(judge(soak, reds("grows", "goes on", "comes back"))).toMatchObject({
    outcome: "killed",
    detail: "grows; comes back",
  });
});

test("what a starved host turned red is nobody's kill, be it a test or the step that should have noticed", () => {
  const failure = { verdict: "infrastructure", message: "this host was starved" } as const;
  const late = { milestone: "nodes", name: "nodes test", outcome: "error", failure } as const;
  const judged = { outcome: "not judged", detail: "this host was starved" };
  expect(judge(mutant, { durationMs: 1, steps: [], tests: [late] })).toMatchObject(judged);
  const { milestone: _, tests: __, ...rest } = mutant;
  const step = { id: "4.2.5/start-network", outcome: "error", failure } as const;
  const evidence = { durationMs: 1, steps: [step], tests: [], failure };
  expect(judge({ ...rest, step: step.id }, evidence)).toMatchObject(judged);
});

test("a step of the mutant's own that the machines cannot do notices it: what it names may be a milestone or that step", () => {
  const failure = { verdict: "not-possible", message: "operation not permitted" } as const;
  const step = { id: "3.3.3/start-kube-proxy", outcome: "error", failure } as const;
  const evidence = { durationMs: 1, steps: [step], tests: [], failure };
  expect(judge({ ...mutant, step: step.id }, evidence)).toMatchObject({ outcome: "killed" });
  expect(judge(mutant, evidence)).toMatchObject({ outcome: "not judged", verdict: "not-possible" });
});

test("a run that ended for no fault of the guide judges nothing, whatever is red or green in it", () => {
  const failure = { verdict: "infrastructure", message: "t72 does not answer" } as const;
  for (const outcome of ["failed", "skipped"] as const) {
    expect(judge(mutant, { ...recordOf({ nodes: outcome }), failure })).toMatchObject({
      outcome: "not judged",
      detail: "t72 does not answer",
    });
  }
});

test.each([
  ["infrastructure", 4],
  ["artifact", 3],
  ["harness", 5],
] as const)("a mutant that could not be judged for %s is not the suites' fault", (verdict, exitCode) => {
  const failure = { verdict, message: "t72 does not answer" };
  const result = judge(mutant, { ...recordOf({ nodes: "failed" }), failure });
  expect(mutants.read(result)).toMatchObject({ outcome: "error", exitCode });
  const thrown = notJudged(mutant, verdict === "infrastructure" ? new InfrastructureError("gone") : "gone");
  expect(mutants.read(thrown).exitCode).toBe(verdict === "infrastructure" ? 4 : 5);
});

test("a mutant that was not killed is a hole in the suites, and one of which no more is known the harness's", () => {
  const survived = judge(mutant, recordOf({ nodes: "passed" }));
  expect(mutants.read(survived)).toMatchObject({ outcome: "failed", exitCode: 1 });
  const unseen = judge(mutant, recordOf({}, "it died"));
  expect(mutants.read(unseen)).toMatchObject({ outcome: "error", exitCode: 5 });
});

test("a run that never reached its suites judges nothing", () => {
  expect(judge(mutant, recordOf({}, "a machine did not boot"))).toMatchObject({
    outcome: "not judged",
    detail: "a machine did not boot",
  });
});

test.each([
  ["4.2.5/start-network", "killed", "it failed"],
  ["4.2.4/docker-unit", "wrong test", "the guide fails at 4.2.4/docker-unit"],
])("a mutant that the guide's own step must notice: %s failed", (id, outcome, detail) => {
  const { milestone: _, tests: __, ...rest } = mutant;
  const steps = [{ id, outcome: "failed" as const }];
  expect(
    judge({ ...rest, step: "4.2.5/start-network" }, { ...recordOf({}, "it failed"), steps }),
  ).toMatchObject({
    outcome,
    detail,
  });
});

test("a mutant that a step or a milestone must notice is killed by either", () => {
  const either = { ...mutant, step: "3.2.9/start-kubelet" };
  const steps = [{ id: "3.2.9/start-kubelet", outcome: "failed" as const }];
  expect(judge(either, { ...recordOf({}, "it died"), steps })).toMatchObject({ outcome: "killed" });
  expect(judge(either, recordOf({ nodes: "failed" }))).toMatchObject({ outcome: "killed" });
  expect(judge(either, recordOf({ nodes: "passed" }))).toMatchObject({ outcome: "survived" });
});

test("a step that should have failed and did not is survived, whatever the suites say", () => {
  const { milestone: _, tests: __, ...rest } = mutant;
  expect(judge({ ...rest, step: "4.2.5/start-network" }, recordOf({ nodes: "failed" }))).toMatchObject({
    outcome: "survived",
  });
});
