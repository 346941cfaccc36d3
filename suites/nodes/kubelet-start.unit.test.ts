import { expect, test } from "vitest";
import { machineOf } from "../cluster/testing.ts";
import { kubeletStarted, timeFor } from "./kubelet-start.ts";

/** A node whose kubelet is a process of this host. */
const withProcess = (pid: number) =>
  machineOf((command) =>
    command.startsWith("systemctl show")
      ? { stdout: `ActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=${pid}\n` }
      : undefined,
  );

test("a kubelet was started when its process was", async () => {
  const started = await kubeletStarted(withProcess(process.pid));
  expect(Math.abs(started - (Date.now() - process.uptime() * 1000))).toBeLessThan(60_000);
});

test("of one that has ended meanwhile nobody says that it was started in 1970, from when on every heartbeat is new", async () => {
  // No process has this number.
  await expect(kubeletStarted(withProcess(2 ** 22 + 1))).rejects.toMatchObject({ verdict: "guide" });
});

test("a heartbeat is given two periods, and one at least from when it is looked for", () => {
  expect(timeFor(1000, 1000)).toBe(20_000);
  expect(timeFor(1000, 4000)).toBe(17_000);
  // A stall of seconds may have delayed one, and is seen only while somebody waits.
  expect(timeFor(1000, 60_000)).toBe(11_000);
});
