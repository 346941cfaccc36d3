import { expect, test } from "vitest";
import { GuideFailure, InfrastructureError } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { beforeBoot, justStarted } from "./boots.ts";

const units = ["etcd.service", "kube-scheduler.service", "firewalld.service"];

test.each([
  ["is started again and again", "etcd.service 40\nkube-scheduler.service 1\n", ["kube-scheduler.service"]],
  ["has just ended", "etcd.service 40\nkube-scheduler.service\n", ["kube-scheduler.service"]],
  ["runs", "etcd.service 40\nkube-scheduler.service 5\n", []],
])("a unit that %s", async (_, stdout, young) => {
  expect(
    await justStarted(
      machineOf(() => ({ stdout })),
      units,
    ),
  ).toEqual(young);
});

test("a machine without units is not asked", async () => {
  const machine = machineOf(() => ({ exitCode: 1 }));
  expect(await justStarted(machine, [])).toEqual([]);
});

test("what is not right before the boot is said to be so, and keeps its verdict and details", async () => {
  const failed = new GuideFailure("t72: /a is no certificate", { late: 7 });
  await expect(beforeBoot(() => Promise.reject(failed))).rejects.toMatchObject({
    message: "before the boot: t72: /a is no certificate",
    verdict: "guide",
    details: { late: 7 },
  });
  const lost = new InfrastructureError("t72 is gone", { hint: "See its console." });
  await expect(beforeBoot(() => Promise.reject(lost))).rejects.toBe(lost);
});
