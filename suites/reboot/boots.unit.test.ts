import { expect, test } from "vitest";
import { GuideFailure, InfrastructureError } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { beforeBoot, processesOf } from "./boots.ts";

const units = ["etcd.service", "kube-scheduler.service", "firewalld.service"];

test.each([
  ["was started a moment ago", "kube-scheduler.service 70 1\n", 1],
  ["has just ended", "kube-scheduler.service 70\n", 0],
])("the age of a process that %s", async (_, stdout, age) => {
  const found = await processesOf(
    machineOf(() => ({ stdout: `etcd.service 7 40\n${stdout}` })),
    units,
  );
  expect(found).toEqual([
    { unit: "etcd.service", pid: "7", age: 40 },
    { unit: "kube-scheduler.service", pid: "70", age },
  ]);
});

test("a machine without units is not asked", async () => {
  expect(
    await processesOf(
      machineOf(() => ({ exitCode: 1 })),
      [],
    ),
  ).toEqual([]);
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
