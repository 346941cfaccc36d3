import { expect, test } from "vitest";
import type { FaultMutant } from "./catalogue.ts";
import { interleaved } from "./attempt.ts";

const fault = (id: string, milestone: FaultMutant["milestone"], also_red: FaultMutant["also_red"] = []) => ({
  id,
  file: `${id}.yaml`,
  milestone,
  also_red,
  why: "it must be noticed",
  kind: "fault" as const,
  section: "3.2.9",
  fault: { on: "t72" as const, script: "stop", undo: "start" },
});
const order = (faults: readonly FaultMutant[]): string[] => interleaved(faults).map(({ id }) => id);

test("after a fault comes one that reaches none of its milestones, where there is one", () => {
  const faults = [
    fault("kubelet-stopped", "nodes", ["ping"]),
    fault("docker-not-enabled", "nodes"),
    fault("echo-not-forwarded", "ping"),
    fault("etcd-not-enabled", "etcd"),
  ];
  expect(order(faults)).toEqual([
    "kubelet-stopped",
    "etcd-not-enabled",
    "docker-not-enabled",
    "echo-not-forwarded",
  ]);
});

test("faults of one milestone keep their order, and none is lost", () => {
  const faults = ["a", "b", "c"].map((id) => fault(id, "etcd"));
  expect(order(faults)).toEqual(["a", "b", "c"]);
  expect(order([])).toEqual([]);
});
