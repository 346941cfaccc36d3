import { expect, test } from "vitest";
import type { TestRecord } from "../record/record.ts";
import { blamesOf } from "./blame.ts";
import { changedBlocks } from "./difference.ts";
import type { Evidence } from "./evidence.ts";
import { guideEvidence } from "./sample.ts";
import type { ResourceAccess, UnitState } from "../record/blame.ts";

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

const unit = (machine: string, name: string, changes: Partial<UnitState> = {}): UnitState => ({
  machine,
  unit: name,
  active: "active",
  sub: "running",
  enabled: "enabled",
  result: "success",
  exitStatus: 0,
  restarts: 0,
  ports: [],
  ...changes,
});

const run = (changes: Partial<Evidence["run"]> = {}): Evidence["run"] => ({
  id: "20190401T101500-e2e-42",
  versions: {},
  ports: [],
  assists: [],
  steps: [],
  tests: [],
  ...changes,
});

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
    why: ["looked at: names /k8s/network/config"],
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

test("a step that is not possible here blames nothing of the guide", () => {
  const [first] = original.plan;
  if (!first) throw new Error("no steps");
  const step = {
    ...first,
    command: "docker run -it busybox",
    startMs: 0,
    durationMs: 1,
    outcome: "error" as const,
    exitCode: 1,
    output: "",
    assists: [],
  };
  const failed = (verdict: "not-possible" | "guide") => ({
    ...step,
    failure: { verdict, message: "no terminal" },
  });
  const blames = (verdict: "not-possible" | "guide") =>
    blamesOf({ run: run({ steps: [failed(verdict)] }), ...original, units: [] });
  expect(blames("not-possible")).toEqual([]);
  expect(blames("guide")).toHaveLength(1);
});

const finding = {
  machine: "t72",
  unit: "kubelet",
  step: "3.2.9/start-kubelet@t72",
  state: "failed, result exit-code, exit code 255, 5 restarts",
  said: "unknown flag: --no-such-flag",
  dead: true,
  at: 0,
};
const died = `on t72: kubelet did not stay up: ${finding.state}: ${finding.said}`;

/** A step with an empty output, which many causes may have. */
const emptyOutput = (plan: Evidence["plan"]) => ({
  ...plan.find(({ key }) => key === "4.2.6/show-nodes@t71")!,
  startMs: 0,
  durationMs: 1,
  output: "",
  assists: [],
  outcome: "failed" as const,
  exitCode: 0,
});

test("a unit that died comes before a change that has nothing to do with it, and before the step with the empty output", async () => {
  const changed = await guideEvidence("another-pod-network");
  const evidence = { run: run({ steps: [emptyOutput(changed.plan)] }), ...changed, units: [], green };
  const [blame] = blamesOf({ ...evidence, findings: [finding] });
  expect(blame?.steps[0]).toMatchObject({ id: "3.2.9/start-kubelet", machines: ["t72"], why: [died] });
  const [other] = blamesOf({ ...evidence, findings: [{ ...finding, dead: false }] });
  expect(other?.steps[0]?.id).toBe("4.1/register-network");
});

test("a change of what a unit is made of comes before the step that starts it, with what became of the unit", async () => {
  const changed = await guideEvidence("kubelet-certificates-elsewhere");
  const units = [
    unit("t72", "kubelet", { active: "failed", sub: "failed", result: "exit-code", exitStatus: 255 }),
  ];
  const evidence = { run: run({ steps: [emptyOutput(changed.plan)] }), ...changed, units, green };
  const [blame] = blamesOf({ ...evidence, findings: [finding] });
  expect(blame?.steps.slice(0, 2)).toMatchObject([
    { id: "3.2.6/kubelet-settings", changed: true },
    { id: "3.2.9/start-kubelet", why: [died, expect.anything()] },
  ]);
  expect(blame?.steps[0]?.why[1]).toContain("kubelet is failed, result exit-code, exit code 255");
});

test("what a unit's last words name is suspected, whoever wrote it", () => {
  const words = "open /k8s/kubernetes/cfg/kubelet.config: no such file or directory";
  const evidence = { run: run({ steps: [emptyOutput(original.plan)] }), ...original, units: [] };
  const [blame] = blamesOf({ ...evidence, findings: [{ ...finding, said: words }] });
  expect(blame?.steps.map(({ id }) => id).slice(0, 3)).toEqual(
    expect.arrayContaining(["3.2.5/kubelet-configuration", "3.2.6/kubelet-settings"]),
  );
});

const said = (second: number): string =>
  `Nov 28 17:00:0${second} t72 dockerd[7]: time="2026-11-28T17:00:0${second}Z" level=error msg="no space in /x1/y"`;

test("a unit that nobody looked at is told if it is down or complains, and not if it was never started", () => {
  const down = { active: "inactive", sub: "dead" };
  const units = [unit("t71", "kube-scheduler", down), unit("t72", "docker"), unit("t72", "flanneld", down)];
  const words = [
    { machine: "t72", unit: "docker", lines: [said(1), said(2), said(3)], usual: new Set<string>() },
  ];
  const step = {
    ...emptyOutput(original.plan),
    ...original.plan.find(({ key }) => key === "3.1/start-docker@t72")!,
  };
  const [blame] = blamesOf({ run: run({ steps: [step] }), ...original, units, words });
  expect(blame?.units.map(({ unit: name, odd }) => [name, odd])).toEqual([
    ["kube-scheduler", "inactive, result success, exit code 0"],
    ["docker", expect.stringMatching(/^complaining: .*no space/)],
  ]);
});

test("a unit that only a later step starts is not odd for being down", () => {
  const down = { active: "inactive", sub: "dead", enabled: "disabled" };
  const oddAfter = (key: string): (string | undefined)[] => {
    const step = { ...emptyOutput(original.plan), ...original.plan.find((each) => each.key === key)! };
    const units = [unit("t72", "kubelet", down)];
    const [blame] = blamesOf({ ...original, run: run({ steps: [step] }), units });
    return blame?.units.map(({ odd }) => odd) ?? [];
  };
  expect(oddAfter("3.2.8/bind-bootstrap-role@t71")).toEqual([undefined]);
  expect(oddAfter("3.2.10/list-requests@t71")).toEqual(["inactive, result success, exit code 0"]);
});

test("of what a unit said, nothing but what tells is shown, if there is any", () => {
  const [words, echo] = [
    "F1128 17:00:01.1 7 a.go:1] no flag x",
    "Nov 28 17:00:02 t72 systemd[1]: a.service: Failed.",
  ];
  const units = [unit("t72", "kubelet", { active: "failed", result: "exit-code" })];
  const shown = (...lines: string[]): string | undefined => {
    const heard = [{ machine: "t72", unit: "kubelet", lines, usual: undefined }];
    const [blame] = blamesOf({
      run: run({ steps: [emptyOutput(original.plan)] }),
      ...original,
      units,
      words: heard,
    });
    return blame?.units[0]?.journal;
  };
  expect(shown(words, "I1128 17:00:01.2 7 b.go:1] going on", echo)).toBe(words);
  expect(shown(echo)).toBe(echo);
});

test("what is tried is compared with what it was changed from, whatever was green", async () => {
  const changed = await guideEvidence("kubelet-certificates-elsewhere");
  const block = {
    id: "4.1/register-network",
    location: { file: "guide.md", line: 887 },
    kind: "changed" as const,
    lines: ["- a", "+ b"],
  };
  const change = { base: "HEAD (1a2b3c4d)", blocks: [block], sections: ["4.1"], guards: [] };
  const evidence = { ...changed, units: [], green, findings: [finding] };
  const [blame] = blamesOf({ ...evidence, run: run({ steps: [emptyOutput(changed.plan)], change }) });
  expect(blame?.steps[0]).toMatchObject({
    id: block.id,
    location: block.location,
    why: ["changed from HEAD (1a2b3c4d)"],
  });
  expect(blame?.steps.filter((step) => step.changed)).toHaveLength(1);
  expect(blame?.since).toMatchObject({ base: change.base, run: green.id, blocks: [block] });
});

test("of several lines of a change the one that a unit's last words name is the place", () => {
  const id = "3.2.6/kubelet-settings";
  const settings = original.plan.find((step) => step.id === id)!;
  const lines = (settings.command ?? "").split("\n");
  const added = lines.toSpliced(-2, 0, "--allow-privileged=true \\", "--require-kubeconfig \\");
  const plan = original.plan.map((step) => (step.id === id ? { ...step, command: added.join("\n") } : step));
  const [block, ...others] = changedBlocks(
    original.plan,
    plan.map((step) => (step.id === id ? { ...step, digest: "another" } : step)),
  );
  expect(others).toEqual([]);
  const change = { base: "HEAD", blocks: [block!], sections: [], guards: [] };
  const place = (words: string): number | undefined => {
    const evidence = { plan, effects: original.effects, units: [], findings: [{ ...finding, said: words }] };
    const [blame] = blamesOf({ run: run({ steps: [emptyOutput(plan)], change }), ...evidence });
    return blame?.steps[0]?.location.line;
  };
  const first = settings.location.line + lines.length - 2;
  expect(block?.edited).toEqual([first, first + 1]);
  expect(place("F1129 12:02:10.709584 377 server.go:151] unknown flag: --require-kubeconfig")).toBe(
    first + 1,
  );
  expect(place("F1129 12:02:10.709584 377 server.go:151] no word of it")).toBe(first);
});

test("of two changes the one that a unit's last words name comes first", () => {
  const [wrong, start] = ["2.4.2/etcd-settings", "2.4.4/start-etcd"];
  const plan = original.plan.map((step) =>
    step.id === wrong ? { ...step, command: `${step.command}, http://127.0.0.1:2379` } : step,
  );
  const location = { file: "guide.md", line: 1 };
  const blocks = [start, wrong].map((id) => ({ id, location, kind: "changed" as const, lines: [] }));
  const change = { base: "HEAD", blocks, sections: [], guards: [] };
  const step = { ...emptyOutput(plan), ...plan.find(({ key }) => key === `${start}@t71`)!, exitCode: 1 };
  const words =
    'invalid value "https://192.168.4.71:2379, http://127.0.0.1:2379" for flag -listen-client-urls: first path segment in URL cannot contain colon';
  const etcd = { ...finding, machine: "t71", unit: "etcd", step: `${start}@t71`, said: words };
  const units = [
    unit("t71", "etcd", { active: "failed", sub: "failed", result: "exit-code", exitStatus: 1 }),
  ];
  const evidence = { plan, effects: original.effects, units, findings: [etcd] };
  const [blame] = blamesOf({ run: run({ steps: [step], change }), ...evidence });
  expect(blame?.steps.slice(0, 2).map(({ id }) => id)).toEqual([wrong, start]);
});

test("a block that is gone comes before the unit that died of it; what the guide has stopped is down on purpose", () => {
  const gone = "2.4.2/etcd-settings";
  const plan = original.plan.filter(({ id }) => id !== gone);
  const effects = original.effects.filter(({ step }) => step.id !== gone);
  const step = { ...emptyOutput(plan), ...plan.find(({ key }) => key === "2.4.4/start-etcd@t71")! };
  const etcd = { ...finding, machine: "t71", unit: "etcd", step: step.key, said: "etcd has no name" };
  const units = [unit("t71", "firewalld", { active: "inactive", sub: "dead" })];
  const evidence = { plan, effects, units, findings: [etcd], green };
  const [blame] = blamesOf({ run: run({ steps: [step] }), ...evidence });
  expect(blame?.steps.slice(0, 2).map(({ id }) => id)).toEqual([gone, "2.4.4/start-etcd"]);
  expect(blame?.units).toEqual([]);
});

test("a run in which nothing is red blames nothing", () => {
  expect(blamesOf({ run: run({ tests: [tested({})] }), ...original, units: [], green })).toEqual([]);
});
