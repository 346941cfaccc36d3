import { expect, test } from "vitest";
import { blamesOf } from "./blame.ts";
import { changedBlocks } from "./difference.ts";
import type { Evidence } from "./evidence.ts";
import { guideEvidence, run, unit } from "./sample.ts";
import type { PlannedStep } from "../record/blame.ts";

const original = await guideEvidence();
const green = run({ id: "20190401T091500-e2e-41", plan: original.plan });

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

test("a unit that died in one way on two machines is told once, without time and process", () => {
  const on = (machine: string, pid: number) => ({
    ...finding,
    machine,
    step: `3.2.9/start-kubelet@${machine}`,
    said: `F1128 17:00:01.099 ${pid} server.go:155] ${finding.said}`,
  });
  const deaths = [on("t76", 41), on("t72", 42)];
  const evidence = { ...original, units: [], run: run({ steps: [emptyOutput(original.plan)] }) };
  const [blame] = blamesOf({ ...evidence, findings: deaths });
  const told = `on t72, t76: kubelet did not stay up: ${finding.state}: server.go:155] ${finding.said}`;
  expect(blame?.steps[0]?.why).toEqual([told]);
});

test("the machine is that of the first suspect, not the one on which the loss was seen", () => {
  const step = emptyOutput(original.plan);
  const seen = { machine: "t71", verdict: "guide", message: "No resources found" } as const;
  const tests = [
    {
      milestone: "nodes",
      name: "all are Ready",
      sections: ["4.2.6"],
      startMs: 0,
      durationMs: 1,
      outcome: "failed" as const,
      facts: {},
      failure: seen,
    },
  ];
  const evidence = { ...original, units: [] };
  for (const changes of [{ steps: [step] }, { tests }]) {
    const [blame] = blamesOf({ ...evidence, run: run(changes), findings: [finding] });
    expect([blame?.steps[0]?.id, blame?.machine]).toEqual(["3.2.9/start-kubelet", "t72"]);
    const [alone] = blamesOf({ ...evidence, run: run(changes) });
    expect(alone?.steps[0]?.machines).toEqual(changes.steps ? ["t71"] : ["t72", "t76"]);
    expect(alone?.machine).toBe(changes.steps && "t71");
  }
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
  expect(blame?.steps[0]?.why.join("; ")).toContain("kubelet is failed, result exit-code, exit code 255");
});

/** The step that starts the kubelet, changed; another one as it is. */
const withOtherStart = (step: PlannedStep): PlannedStep =>
  step.id === "3.2.9/start-kubelet"
    ? { ...step, command: "systemctl enable --now kubelet", digest: `${step.digest}, changed` }
    : step;

test("of two changes, that of what a unit died with comes before that of the step that starts it", async () => {
  const changed = await guideEvidence("kubelet-certificates-elsewhere");
  const plan = changed.plan.map(withOtherStart);
  const effects = changed.effects.map((each) => Object.assign({}, each, { step: withOtherStart(each.step) }));
  const evidence = { run: run({ steps: [emptyOutput(plan)] }), plan, effects, units: [], green };
  const [blame] = blamesOf({ ...evidence, findings: [finding] });
  expect(blame?.steps.slice(0, 2)).toMatchObject([
    { id: "3.2.6/kubelet-settings", changed: true },
    { id: "3.2.9/start-kubelet", changed: true },
  ]);
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
    const [blame] = blamesOf({
      run: run({ steps: [step] }),
      ...original,
      units: [unit("t72", "kubelet", down)],
    });
    return blame?.units.map(({ odd }) => odd) ?? [];
  };
  expect(oddAfter("3.2.8/bind-bootstrap-role@t71")).toEqual([undefined]);
  expect(oddAfter("3.2.10/list-requests@t71")).toEqual([
    "inactive, disabled: it would not start with the machine",
  ]);
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

test.for([
  ["changed", "changed from HEAD"],
  ["added", "added to HEAD"],
  ["removed", "removed from HEAD"],
  ["moved", "moved from where HEAD has it"],
] as const)("a block that was %s is %s", ([kind, told]) => {
  const location = { file: "guide.md", line: 887 };
  const block = { id: "4.1/register-network", location, kind, lines: ["+ b"] };
  const change = { base: "HEAD", blocks: [block], sections: ["4.1"], guards: [] };
  const tried = run({ steps: [emptyOutput(original.plan)], change });
  const [blame] = blamesOf({ ...original, units: [], run: tried });
  expect(blame?.steps[0]?.why[0]).toBe(told);
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

/** What a test said and looked at where t72 masquerades what leaves its tunnel. */
const masqueraded = {
  milestone: "path",
  name: "one packet is seen at every station",
  sections: ["4.1", "4.2.3", "4.2.5", "5.3"],
  startMs: 0,
  durationMs: 1,
  outcome: "failed" as const,
  facts: {},
  failure: {
    verdict: "guide" as const,
    message: `one packet from t72 to t76: t72's flannel.1: from 10.254.87.0 to 10.254.9.2, t76's docker0: from 10.254.87.0 too much
- Expected
+ Received
-   "t72's flannel.1: from 10.254.87.2 to 10.254.9.2",
+   "t72's flannel.1: from 10.254.87.0 to 10.254.9.2",`,
  },
  looks: [
    { machine: "t71", kind: "file" as const, name: "/k8s/network/subnets" },
    { machine: "t71", kind: "port" as const, name: "2379" },
    ...["t72", "t76"].flatMap((machine) =>
      ["docker", "flanneld"].map((name) => ({ machine, kind: "unit" as const, name })),
    ),
  ],
};

test("a unit that the test did not look at is told, and comes after what it looked at on the machine that it names", () => {
  const line = "E1128 17:00:01.1 7 a.go:1] cannot sync /k8s/kubernetes/ssl/ca.pem with --leader-elect=true";
  const lines = [1, 2, 3].map((second) => `Nov 28 17:00:0${second} t71 kube-controller-manager[7]: ${line}`);
  const words = [{ machine: "t71", unit: "kube-controller-manager", lines, usual: new Set<string>() }];
  const units = [
    unit("t71", "etcd", { ports: [2379] }),
    unit("t71", "kube-controller-manager"),
    ...["t72", "t76"].flatMap((machine) => ["docker", "flanneld"].map((name) => unit(machine, name))),
  ];
  const evidence = { ...original, run: run({ tests: [masqueraded] }), units, green };
  for (const [blame] of [blamesOf(evidence), blamesOf({ ...evidence, words })]) {
    expect(blame?.machine).toBe("t72");
    expect(blame?.steps.slice(0, 4).map(({ id }) => id)).toEqual(
      expect.arrayContaining(["4.2.3/flanneld-unit", "4.2.5/start-network"]),
    );
    expect(blame?.steps[0]?.id).toMatch(/^4\.2\./);
  }
  const [blame] = blamesOf({ ...evidence, words });
  expect(blame?.units[0]?.odd).toContain("cannot sync");
});
