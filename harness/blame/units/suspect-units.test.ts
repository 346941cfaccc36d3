import { expect, test } from "vitest";
import { sampleTest } from "../../report/sample.ts";
import { failedWith, stepRecord } from "../../run/testing.ts";
import { effectsOfScript } from "../../guide/effects/effects.ts";
import { blamesOf } from "../blame.ts";
import { guideEvidence, run, unit } from "../sample.ts";
import type { UnitState } from "../../record/blame.ts";
import { template } from "./last-words.ts";
import { isOfUnit } from "./suspect-units.ts";

const evidence = await guideEvidence();

test("no step that comes later, and none that was removed from later, is a suspect of a step that failed", () => {
  const failed = evidence.plan.find(({ section }) => section === "2.1");
  const gone = evidence.plan.find(({ id }) => id.startsWith("2.7.2/"));
  if (!failed || !gone) throw new Error("the guide has other sections");
  const plan = evidence.plan.filter(({ id }) => id !== gone.id);
  const steps = [stepRecord({ ...failed, ...failedWith("bash: wget: command not found") })];
  const green = run({ id: "20190401T091500-e2e-41", plan: evidence.plan });
  const [blame] = blamesOf({ run: run({ steps }), ...evidence, plan, units: [], green });
  const ids = evidence.plan.map(({ id }) => id);
  expect(blame?.steps[0]?.id).toBe(failed.id);
  expect(blame?.steps.filter(({ id }) => ids.indexOf(id) > ids.indexOf(failed.id))).toEqual([]);
  expect(blame?.since?.blocks.map(({ id }) => id)).toEqual([gone.id]);
});

test("a unit that was stopped leads to who starts it, on its machine, whichever tests ran", () => {
  const stopped = { active: "inactive", sub: "dead", result: "success" };
  const units = [unit("t72", "flanneld", stopped), unit("t76", "flanneld")];
  const looks = ["t72", "t76"].map((machine) => ({ machine, kind: "unit" as const, name: "flanneld" }));
  const about = { milestone: "flannel", looks };
  const red = sampleTest({ ...about, sections: ["4.2.3"], ...failedWith("flanneld of t72 is inactive") });
  const other = sampleTest({ ...about, name: "another", sections: ["4.2.3", "4.2.5"] });
  for (const tests of [[red], [red, other]]) {
    const [blame] = blamesOf({ run: run({ tests }), ...evidence, units });
    expect(blame?.steps[0]).toMatchObject({ id: "4.2.5/start-network", machines: ["t72"] });
  }
});

const machines = ["t71", "t72", "t76"].map((name) => ({ name, address: `192.168.4.${name.slice(1)}` }));
/** What a test that asks the API server alone looks at. */
const asksApiserver = [
  { machine: "t71", kind: "unit", name: "kube-apiserver" },
  { machine: "t71", kind: "port", name: "2379" },
  { machine: "t71", kind: "file", name: "/k8s/etcd/ssl/ca.pem" },
  { machine: "t71", kind: "file", name: "/k8s/etcd/ssl/server.pem" },
] as const;
const running = [
  unit("t71", "etcd", { ports: [2379] }),
  unit("t71", "kube-apiserver"),
  ...["t72", "t76"].flatMap((node) => ["kubelet", "kube-proxy", "docker"].map((name) => unit(node, name))),
];
const pending = "all pods run: no change for 12 s; last seen: 2 of 3 of backend, backend-7f48 is Pending on";

test.each([
  [`${pending} 192.168.4.72\nbackend-7f48 0/1 Pending`, ["3.2.6", "3.2.9", "5.1"], "t72"],
  [`${pending} 192.168.4.76`, ["3.2.6", "3.2.9", "5.1"], "t76"],
  [
    "the kubelet of t72 is lost: dst 192.168.4.76 missing\n- Expected\n+ Received\n- dst 192.168.4.76",
    ["3.2.9"],
    "t72",
  ],
  ["the kubelet of t72 has stopped a container: not within 20 s", ["3.1", "3.2.6", "3.2.9", "5.1"], "t72"],
])("a failure that names a machine leads to the units there: %s", (message, sections, machine) => {
  const red = sampleTest({ milestone: "components", looks: asksApiserver, sections, ...failedWith(message) });
  const passed = sampleTest({
    milestone: "components",
    name: "another",
    looks: asksApiserver,
    sections: ["2.6.2.2"],
  });
  const [blame] = blamesOf({ run: run({ tests: [red, passed] }), ...evidence, units: running, machines });
  expect(blame).toMatchObject({ machine, units: [{ machine, unit: "kubelet" }, {}, {}, {}] });
  expect(blame?.steps[0]?.id).toMatch(/^3\.2\.(?:6|7|9)\//);
});

test("a unit that is up is quoted with what it says in no green run alone", () => {
  const at = "Dec 01 00:23:06 t72 kubelet[267]: E1201 00:23:06.807443     267";
  const usual = `${at} kubelet.go:2244] node "192.168.4.72" not found`;
  const unusual = `${at} cni.go:331] cannot allocate an address`;
  const started = `Dec 01 00:23:06 t72 dockerd[110]: time="2026-12-01T00:23:17Z" level=info msg="Starting up"`;
  const words = [
    { machine: "t72", unit: "kubelet", lines: [usual, unusual], usual: new Set([template(usual)]) },
    { machine: "t72", unit: "docker", lines: [started], usual: new Set<string>() },
  ];
  const looks = ["kubelet", "docker"].map((name) => ({ machine: "t72", kind: "unit" as const, name }));
  const red = sampleTest({ looks, sections: ["3.2.9"], ...failedWith("expected 10.254.0.0/16") });
  const journals = (changes: Partial<UnitState>): (string | undefined)[] => {
    const units = [unit("t72", "kubelet", changes), unit("t72", "docker", changes)];
    const [blame] = blamesOf({ run: run({ tests: [red] }), ...evidence, units, words });
    return blame?.units.map(({ journal }) => journal).toSorted() ?? [];
  };
  expect(journals({})).toEqual([unusual, undefined]);
  expect(journals({ active: "failed" })).toEqual([started, `${usual}\n${unusual}`]);
});

test("pods on no node of which the scheduler has said nothing lead to it, though the apiserver alone was asked", () => {
  const scheduler = { machine: "t71", kind: "unit", name: "kube-scheduler" } as const;
  const red = sampleTest({
    milestone: "faults",
    looks: [...asksApiserver, scheduler],
    sections: ["2.6.3.1", "2.6.3.2", "2.6.2.2", "3.2.7", "3.3.2", "4.2.3", "4.2.4"],
    ...failedWith(`${pending} no node: kube-scheduler has said nothing of it`),
  });
  const units = [...running, unit("t71", "kube-scheduler")];
  const [blame] = blamesOf({ run: run({ tests: [red] }), ...evidence, units, machines });
  expect(blame?.steps.slice(0, 3).map(({ id }) => id)).toEqual(
    expect.arrayContaining(["2.6.3.1/scheduler-settings", "2.6.3.2/scheduler-unit"]),
  );
});

test("what is back too late after a unit's fault leads to its settings and unit, though other tests guard them, too", () => {
  const scheduler = { machine: "t71", kind: "unit", name: "kube-scheduler" } as const;
  const own = ["2.6.3.1", "2.6.3.2"];
  const red = sampleTest({
    milestone: "faults",
    looks: [scheduler],
    sections: [...own, "2.4.3", "2.6.2.3", "2.6.4.2", "3.2.7", "3.3.2", "4.2.3", "4.2.4"],
    ...failedWith("after kube-scheduler of t71 killed: new pods run on t72: right again at 107 s"),
  });
  const green = ["a", "b", "c"].map((name) => sampleTest({ milestone: "faults", name, sections: own }));
  const units = [...running, unit("t71", "kube-scheduler"), unit("t71", "kube-controller-manager")];
  const [blame] = blamesOf({ run: run({ tests: [red, ...green] }), ...evidence, units, machines });
  expect(blame?.steps.slice(0, 3).map(({ id }) => id)).toEqual(
    expect.arrayContaining(["2.6.3.1/scheduler-settings", "2.6.3.2/scheduler-unit"]),
  );
});

test("what leaves a unit stopped or frozen comes before what made it", () => {
  const start = evidence.plan.find(({ key }) => key === "4.2.5/start-network@t72");
  if (!start) throw new Error("the guide has no such step");
  const step = { ...start, key: "4.2.6/freeze@t72", id: "4.2.6/freeze", section: "4.2.6" };
  const script = "sleep 3\nsystemctl kill --signal=STOP flanneld";
  const frozen = { step, effects: effectsOfScript(script, "t72") };
  const looks = [
    ...asksApiserver,
    ...["docker", "flanneld"].map((name) => ({ machine: "t72", kind: "unit" as const, name })),
    { machine: "t76", kind: "unit" as const, name: "docker" },
  ];
  const message =
    "everything is as it has to be before the fault: not within 150 s; last seen: t72 follows changed subnets: no answer yet";
  const red = sampleTest({
    milestone: "faults",
    looks,
    sections: ["2.6.2.2", "3.2.7", "3.3.2", "4.2.3", "4.2.4"],
    ...failedWith(message),
  });
  const plan = [...evidence.plan, step];
  const effects = [...evidence.effects, frozen];
  const [blame] = blamesOf({ run: run({ tests: [red] }), plan, effects, units: running, machines });
  expect(blame?.steps[0]).toMatchObject({ id: "4.2.6/freeze", machines: ["t72"] });
  expect(blame?.steps[0]?.why).toEqual(["used by what failed: stops or signals flanneld"]);
  expect(blame?.machine).toBe("t72");
});

test.for([
  [true, [], "2379"],
  [false, [2379], "2379"],
  [false, [], "6443"],
] as const)(
  "that a port is silent is up to etcd, which is down: %s, where others listen on %o: %s",
  ([is, others, port]) => {
    const down = unit("t71", "etcd", { active: "inactive" });
    const units = [down, unit("t71", "kube-apiserver", { ports: others })];
    const looks = [{ machine: "t71", kind: "port" as const, name: port }];
    const red = sampleTest({ looks, sections: ["5.1"], ...failedWith("no answer within 15 s") });
    expect(isOfUnit(red, down, { effects: evidence.effects, units, machines })).toBe(is);
  },
);
