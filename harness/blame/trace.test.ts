import { assert, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";
import { blamesOf } from "./blame.ts";
import { guideEvidence, run, unit } from "./sample.ts";
import { leadsOf } from "./trace.ts";
import type { ResourceAccess } from "../record/blame.ts";
import type { TestRecord } from "../record/record.ts";

const { plan, effects } = await guideEvidence();
const etcd = { machine: "t71", unit: "etcd", ports: [2379, 2380] };

const leads = (look: ResourceAccess): Map<string, number> =>
  new Map(leadsOf(look, effects, [etcd]).map(({ step, distance }) => [step.key, distance]));

test("a certificate leads to its making, and from there to its request and its CA", () => {
  const found = leads({ machine: "t71", kind: "file", name: "/k8s/etcd/ssl/server.pem" });
  expect(found.get("2.3.5/create-server-certificate@t71")).toBe(0);
  expect(found.get("2.3.3/server-request@t71")).toBe(1);
  expect(found.get("2.3.4/create-ca@t71")).toBe(1);
  expect(found.get("2.3.2/ca-request@t71")).toBe(2);
});

test("a copy on a node leads over the machine that it came from", () => {
  const found = leads({ machine: "t72", kind: "file", name: "/k8s/etcd/ssl/server.pem" });
  expect(found.get("3.2.2/copy-etcd-certificates@t71")).toBe(0);
  expect(found.get("2.3.5/create-server-certificate@t71")).toBe(1);
});

test("a unit leads to its file, its start and its settings, on its machine alone", () => {
  const found = leads({ machine: "t72", kind: "unit", name: "flanneld" });
  expect(found.get("4.2.3/flanneld-unit@t72")).toBe(0);
  expect(found.get("4.2.5/start-network@t72")).toBe(0);
  expect(found.get("4.2.2/flanneld-settings@t72")).toBe(1);
  expect([...found.keys()].filter((key) => key.endsWith("@t76"))).toEqual([]);
});

test("a port leads to the unit that listens; if none does, to the steps that name the port", () => {
  expect(leads({ machine: "t71", kind: "port", name: "2379" }).get("2.4.3/etcd-unit@t71")).toBe(0);
  expect(leads({ machine: "t71", kind: "port", name: "6443" }).has("2.6.2.2/apiserver-settings@t71")).toBe(
    true,
  );
});

test("a key of etcd leads to the step that sets it, a file that nobody makes to those that name its folder", () => {
  expect(leads({ machine: "t71", kind: "file", name: "/k8s/network/config" })).toEqual(
    new Map([["4.1/register-network@t71", 0]]),
  );
  const kubelets = leads({
    machine: "t72",
    kind: "file",
    name: "/k8s/kubernetes/ssl/kubelet-client-current.pem",
  });
  expect(kubelets.get("3.2.6/kubelet-settings@t72")).toBe(1);
});

test("whatever a step makes leads to it at once, and no step is found twice", () => {
  const made = effects.flatMap(({ step, effects: own }) =>
    own.flatMap(({ does, machine, what }) => (does === "writes" ? [{ step, machine, what }] : [])),
  );
  assert(
    property(constantFrom(...made), ({ step, machine, what }) => {
      const found = leadsOf({ machine, kind: "file", name: what }, effects, []);
      expect(found).toContainEqual(expect.objectContaining({ step, distance: 0 }));
      expect(new Set(found.map((lead) => lead.step.key)).size).toBe(found.length);
    }),
  );
});

const red = (milestone: string, message: string, startMs: number, looks: readonly ResourceAccess[]) => ({
  milestone,
  name: `${milestone} is up`,
  sections: ["2.6.3.2", "2.6.3.3", "3.3.2", "3.3.3"],
  startMs,
  durationMs: 1,
  outcome: "failed" as const,
  facts: {},
  failure: { verdict: "guide" as const, message },
  looks,
});

test.for<[machine: string, name: string, step: string]>([
  ["t71", "kube-scheduler", "2.6.3.3/start-scheduler"],
  ["t72", "kube-proxy", "3.3.3/start-kube-proxy"],
])(
  "%s: %s, which is disabled, leads to the step that should enable it, up or down",
  ([machine, name, step]) => {
    for (const active of ["active", "inactive"]) {
      const looks = [{ machine, kind: "unit" as const, name }];
      const state = unit(machine, name, { active, enabled: "disabled" });
      const tests = [red("reboot", `${name} of ${machine} is ${active}`, 0, looks)];
      const [blame] = blamesOf({ run: run({ tests }), plan, effects, units: [state] });
      expect(blame?.steps[0]?.id).toBe(step);
      expect(blame?.units[0]?.odd).toContain("disabled: it would not start with the machine");
    }
    const failed = unit(machine, name, { active: "failed", enabled: "disabled", exitStatus: 2 });
    const [blame] = blamesOf({
      run: run({ tests: [red("reboot", "", 0, [])] }),
      plan,
      effects,
      units: [failed],
    });
    expect(blame?.units[0]?.odd).toMatch(/^failed/);
  },
);

test("a unit's state is told with the milestone after which it was seen, if that is a later one", () => {
  const looks = [{ machine: "t72", kind: "unit" as const, name: "kube-proxy" }];
  const units = [unit("t72", "kube-proxy", { active: "inactive", enabled: "disabled" })];
  const tests = [red("kube-proxy", "disabled", 0, looks), red("reboot", "inactive", 10, looks)];
  const blames = blamesOf({ run: run({ tests }), plan, effects, units });
  expect(blames.map(({ units: [state] }) => state?.odd)).toEqual([
    "inactive, disabled: it would not start with the machine (seen after reboot)",
    "inactive, disabled: it would not start with the machine",
  ]);
});

/** What is odd of t71's scheduler that has said this three times, where a test is red. */
const oddAfter = (words: string, changes: Partial<TestRecord>): string | undefined => {
  const lines = [1, 2, 3].map((second) => `Nov 28 17:00:0${second} t71 kube-scheduler[7]: ${words}`);
  const heard = [{ machine: "t71", unit: "kube-scheduler", lines, usual: new Set<string>() }];
  const tests = [{ ...red("faults", "not back", 0, []), ...changes }];
  const units = [unit("t71", "kube-scheduler")];
  const [blame] = blamesOf({ run: run({ tests }), plan, effects, units, words: heard });
  return blame?.units[0]?.odd;
};

test("what a unit says of others, or of its time, is no complaint where a suite broke something, and its own reason is", () => {
  const fault = { name: "etcd of the master killed", undone: 0, wentOn: [], broke: [] };
  const lost = "F1128 17:00:01.1 7 server.go:252] leaderelection lost";
  const refused = "E1128 17:00:01.1 7 reflector.go:126] Failed to list *v1.Node: connection refused";
  const own = "E1128 17:00:01.1 7 reflector.go:126] Failed to list *v1.Node: Unauthorized";
  expect([lost, refused].map((words) => oddAfter(words, { fault }))).toEqual([undefined, undefined]);
  expect(oddAfter(own, { fault })).toContain("Unauthorized");
  expect(oddAfter(lost, {})).toContain("leaderelection lost");
});
