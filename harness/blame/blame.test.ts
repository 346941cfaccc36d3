import { expect, test } from "vitest";
import type { Verdict } from "../errors.ts";
import type { ResourceAccess } from "../record/blame.ts";
import type { FailureRecord, TestRecord } from "../record/record.ts";
import { blamesOf } from "./blame.ts";
import { stepRecord } from "../run/testing.ts";
import { rank } from "./rank.ts";
import { guideEvidence, run, unit } from "./sample.ts";

const look = (machine: string, kind: ResourceAccess["kind"], name: string): ResourceAccess => ({
  machine,
  kind,
  name,
});

const tested = (changes: Partial<TestRecord>): TestRecord => ({
  milestone: "etcd",
  name: "a test",
  sections: [],
  startMs: 1000,
  durationMs: 10,
  outcome: "passed",
  facts: {},
  ...changes,
});

const red = (message: string, changes: Partial<TestRecord>): TestRecord =>
  tested({ outcome: "failed", failure: { verdict: "guide", message }, ...changes });

const original = await guideEvidence();
const green = run({ id: "20190401T091500-e2e-41", plan: original.plan });

/** Messages shortened from runs with these mutants; looks as the suites' commands name them, by hand. */
const recorded: readonly [mutant: string, step: string, TestRecord][] = [
  [
    "another-pod-network",
    "4.1/register-network",
    red(
      'expected { Network: \'10.253.0.0/16\' }\n- Expected\n+ Received\n-   "Network": "10.254.0.0/16",\n+   "Network": "10.253.0.0/16",',
      {
        milestone: "flannel",
        sections: ["4.1", "4.2.5"],
        looks: [look("t71", "file", "/k8s/network/config"), look("t71", "port", "2379")],
      },
    ),
  ],
  [
    "kubelet-not-enabled",
    "3.2.9/start-kubelet",
    red(
      '- Expected\n+ Received\n    "t72 docker active enabled always",\n-   "t72 kubelet active enabled on-failure",\n+   "t72 kubelet active disabled on-failure",',
      {
        milestone: "nodes",
        sections: ["3.1", "3.2.7", "3.2.9", "4.2.4"],
        looks: ["t72", "t76"].flatMap((node) =>
          ["docker", "kubelet"].map((name) => look(node, "unit", name)),
        ),
      },
    ),
  ],
  [
    "kubelet-certificates-elsewhere",
    "3.2.6/kubelet-settings",
    red("t72: there is no file /k8s/kubernetes/ssl/kubelet-client-current.pem", {
      milestone: "csr",
      sections: ["3.2.9", "3.2.10"],
      looks: [look("t72", "file", "/k8s/kubernetes/ssl/kubelet-client-current.pem")],
    }),
  ],
];

test.for(recorded)(
  "%s: %s is the first suspect, for it changed and was looked at",
  async ([mutant, step, record]) => {
    const evidence = await guideEvidence(mutant);
    const units = [unit("t71", "etcd", { ports: [2379, 2380] })];
    const [blame] = blamesOf({ run: run({ tests: [record] }), ...evidence, units, green });
    expect(blame).toMatchObject({ of: record.milestone, tests: ["a test"], since: { run: green.id } });
    expect(blame?.steps[0]).toMatchObject({ id: step, changed: true });
    expect(blame?.steps[0]?.why[0]).toBe("changed since the last green run");
  },
);

// The third one's step no longer names what is missing: only the comparison finds it.
test.for(recorded.slice(0, 2))(
  "%s: without a green run, too, %s is among the first three",
  async ([mutant, step, record]) => {
    const evidence = await guideEvidence(mutant);
    const units = [unit("t71", "etcd", { ports: [2379, 2380] })];
    const others = [tested({ looks: [look("t71", "port", "2379")], sections: ["2.4.2"] })];
    const [blame] = blamesOf({ run: run({ tests: [record, ...others] }), ...evidence, units });
    expect(blame?.since).toBeUndefined();
    expect(blame?.steps.slice(0, 3).map(({ id }) => id)).toContain(step);
  },
);

test("what green tests looked at, too, weighs less", () => {
  const [etcd, network] = [
    look("t71", "file", "/k8s/etcd/cfg/etcd.conf"),
    look("t71", "file", "/k8s/network/config"),
  ];
  const tests = [
    red("wrong", { milestone: "flannel", looks: [etcd, network] }),
    ...[1, 2, 3].map((index) => tested({ name: `green ${index}`, looks: [etcd] })),
  ];
  const [blame] = blamesOf({ run: run({ tests }), ...original, units: [] });
  expect(blame?.steps[0]).toMatchObject({
    id: "4.1/register-network",
    why: ["used by what failed: names /k8s/network/config"],
  });
});

test("a unit that is down is told first, and the steps that made it", () => {
  const tests = [
    red("connection refused", {
      milestone: "apiserver",
      sections: ["2.6.2.4"],
      looks: [look("t71", "unit", "kube-apiserver"), look("t71", "unit", "etcd")],
    }),
  ];
  const units = [
    unit("t71", "etcd"),
    unit("t71", "kube-apiserver", { active: "failed", sub: "failed", result: "exit-code", exitStatus: 1 }),
  ];
  const [blame] = blamesOf({ run: run({ tests }), ...original, units });
  expect(blame?.units.map(({ unit: name, odd }) => [name, odd])).toEqual([
    ["kube-apiserver", "failed, result exit-code, exit code 1"],
    ["etcd", undefined],
  ]);
  expect(blame?.machine).toBe("t71");
  expect(blame?.steps[0]?.id).toMatch(/^2\.6\.2\./);
});

test("guarded sections alone are said to be no more than that", () => {
  const tests = [red("no answer", { milestone: "ping", sections: ["4.2.4"] })];
  const [blame] = blamesOf({ run: run({ tests }), ...original, units: [] });
  expect(blame?.steps).toMatchObject([{ id: "4.2.4/docker-unit", why: ["guards: section 4.2.4"] }]);
});

test("a step that fails is blamed together with those that made what it uses", () => {
  const step = original.plan.find(({ key }) => key === "2.4.4/start-etcd@t71")!;
  const ran = {
    ...step,
    startMs: 0,
    durationMs: 1,
    output: "",
    assists: [],
    outcome: "failed" as const,
    exitCode: 1,
  };
  const units = [
    unit("t71", "etcd", { active: "failed", sub: "failed", result: "exit-code", exitStatus: 2 }),
  ];
  const [blame] = blamesOf({ run: run({ steps: [ran] }), ...original, units });
  expect(blame).toMatchObject({ of: "2.4.4/start-etcd@t71", tests: [], machine: "t71" });
  expect(blame?.steps.slice(0, 2).map(({ id }) => id)).toEqual(["2.4.4/start-etcd", "2.4.3/etcd-unit"]);
  expect(blame?.steps.map(({ id }) => id)).toContain("2.4.2/etcd-settings");
});

test.for<[Verdict, number]>([
  ["guide", 1],
  ["not-possible", 0],
  ["usage", 0],
  ["artifact", 0],
  ["infrastructure", 0],
  ["harness", 0],
  ["interrupted", 0],
])("what is red for %s has %i culprits in the guide", ([verdict, culprits]) => {
  const outcome = verdict === "guide" ? "failed" : "error";
  const failure = { verdict, message: "no terminal" };
  const step = original.plan.find(({ key }) => key === "2.4.4/start-etcd@t71")!;
  const ran = {
    ...step,
    startMs: 0,
    durationMs: 1,
    exitCode: 1,
    output: "",
    assists: [],
    outcome,
    failure,
  } as const;
  const seen = tested({ outcome, failure, sections: ["4.2.4"] });
  const blames = (changes: Parameters<typeof run>[0]) =>
    blamesOf({ run: run(changes), ...original, units: [] });
  expect(blames({ steps: [ran] })).toHaveLength(culprits);
  expect(blames({ tests: [seen] })).toHaveLength(culprits);
});

/** The kubelet's start on a machine, which did not end well. */
const startOn = (machine: string) => ({
  ...original.plan.find(({ key }) => key === `3.2.9/start-kubelet@${machine}`)!,
  startMs: 0,
  durationMs: 1,
  exitCode: 1,
  output: "",
  assists: [],
});

const failedOn = (machine: string) => ({
  ...startOn(machine),
  outcome: "failed" as const,
  failure: { verdict: "guide" as const, message: "exit code 1" },
});

test("a step that failed beside one that could not be looked at is the one that is traced", () => {
  const steps = [
    { ...startOn("t72"), outcome: "error", failure: { verdict: "infrastructure", message: "lost" } },
    { ...startOn("t76"), outcome: "failed", failure: { verdict: "guide", message: "exit code 1" } },
  ] as const;
  const blames = blamesOf({ run: run({ steps }), ...original, units: [] });
  expect(blames.map((blame) => [blame.of, blame.machine])).toEqual([["3.2.9/start-kubelet@t76", "t76"]]);
});

test("a block that failed on two machines is blamed as that of the first, on no one machine", () => {
  const failed = ["t76", "t72"].map(failedOn);
  const units = ["t76", "t72"].map((machine) => unit(machine, "kubelet", { active: "failed" }));
  const blames = blamesOf({ run: run({ steps: failed }), ...original, units });
  expect(blames.map((blame) => [blame.of, blame.machine])).toEqual([["3.2.9/start-kubelet@t72", undefined]]);
  expect(blames[0]?.steps[0]?.machines).toEqual(["t72", "t76"]);
});

test("what had not run yet when a step failed comes after all that had, changed or not", async () => {
  const changed = await guideEvidence("another-pod-network");
  const ran = {
    ...changed.plan.find(({ key }) => key === "2.4.4/start-etcd@t71")!,
    startMs: 0,
    durationMs: 1,
    exitCode: 1,
    output: "",
    assists: [],
    outcome: "failed" as const,
    failure: { verdict: "guide" as const, message: "no /k8s/network/config", outputTail: "10.253.0.0/16" },
  };
  const [blame] = blamesOf({ run: run({ steps: [ran] }), ...changed, units: [], green });
  expect(blame?.steps[0]?.id).toBe("2.4.4/start-etcd");
  expect(blame?.steps.map(({ id }) => id)).not.toContain("4.1/register-network");
  expect(blame?.since?.blocks.map(({ id }) => id)).toEqual(["4.1/register-network"]);
});

test("a block that came before what failed in the green run, and has not run yet, is suspected as ever", () => {
  const [settings, start] = ["2.4.2/etcd-settings", "2.4.4/start-etcd"];
  const isMoved = ({ id }: { readonly id: string }): boolean => id === settings;
  const plan = [...original.plan.filter((step) => !isMoved(step)), ...original.plan.filter(isMoved)];
  const step = plan.find(({ id }) => id === start)!;
  const failed = {
    startMs: 0,
    durationMs: 1,
    exitCode: 1,
    output: "",
    assists: [],
    outcome: "failed",
  } as const;
  const evidence = { run: run({ steps: [{ ...step, ...failed }] }), ...original, plan, units: [] };
  const [known] = blamesOf({ ...evidence, green });
  const [unknown] = blamesOf(evidence);
  expect(known?.steps.find(isMoved)?.why[0]).toMatch(/^used by what failed/);
  expect(unknown?.steps.some(isMoved)).toBe(false);
});

test("a suspect that had not run yet is told as such", () => {
  const [late, early] = ["2.4.2/etcd-settings@t71", "2.4.4/start-etcd@t71"].map((key) =>
    original.plan.find((step) => step.key === key),
  );
  const reasons = [late!, early!].map((step, index) => ({
    step,
    kind: "named" as const,
    weight: 9 - index,
    why: "a",
  }));
  expect(rank(reasons, original.plan, undefined, new Set([late!.id]))).toMatchObject([
    { id: early?.id, why: ["a"] },
    { id: late?.id, why: ["had not run yet", "a"] },
  ]);
});

test("where a loss was seen is not where it comes from", () => {
  const failure = { verdict: "guide", message: "No resources found", machine: "t71" } as const;
  const tests = [tested({ milestone: "nodes", sections: ["3.2.6"], outcome: "failed", failure })];
  const [blame] = blamesOf({ run: run({ tests }), ...original, units: [] });
  expect([blame?.steps[0]?.machines, blame?.machine]).toEqual([["t72", "t76"], undefined]);
});

test("a run in which nothing is red blames nothing", () => {
  expect(blamesOf({ run: run({ tests: [tested({})] }), ...original, units: [], green })).toEqual([]);
});

test("what somebody may have had a hand in at a shell is traced as well, but no other error", () => {
  const detours = ["somebody was at a shell on t72 at 2019-04-01 09:15 UTC"];
  const failure = { verdict: "usage" as const, message: "t72's flannel.1 is not there" };
  const looks = [look("t72", "unit", "flanneld")];
  const traced = (more: Partial<FailureRecord>): readonly string[] => {
    const error = tested({ outcome: "error", looks, failure: { ...failure, ...more } });
    const evidence = { run: run({ detours, tests: [error] }), ...original, units: [] };
    return blamesOf(evidence).flatMap(({ steps }) => steps.map(({ id }) => id));
  };
  expect(traced({ besideGuide: detours })).toContain("4.2.5/start-network");
  expect(traced({ verdict: "infrastructure", besideGuide: detours })).toEqual([]);
  expect(traced({ besideGuide: ["the guide is applied up to 2.4.5/check-etcd"] })).toEqual([]);
  expect(traced({})).toEqual([]);
});

test("what a host without time excuses has its suspects all the same", async () => {
  const id = "2.6.4.1/controller-manager-settings";
  const now = await guideEvidence();
  const plan = now.plan.map((step) =>
    step.id === id ? { ...step, command: "--address=192.168.4.71", digest: "x" } : step,
  );
  const failing = plan.find((step) => step.id === "2.7.2/component-status");
  if (!failing) throw new Error("the guide has no such step");
  const failure = { verdict: "infrastructure", message: "late", machine: "t71" } as const;
  const blames = (unjudged: object): readonly { readonly steps: readonly { readonly id: string }[] }[] => {
    const steps = [stepRecord({ ...failing, outcome: "error", failure: { ...failure, ...unjudged } })];
    return blamesOf({ run: run({ steps }), ...now, plan, units: [], green });
  };
  expect(blames({ unjudged: true })[0]?.steps[0]?.id).toBe(id);
  expect(blames({})).toEqual([]);
});
