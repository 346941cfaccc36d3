import { execa } from "execa";
import { expect, it } from "vitest";
import { firstChild } from "./processes.ts";

it("finds the child, and none of a process that is over", async () => {
  const child = execa("sh", ["-c", "sleep 60 & echo; wait"], { reject: false });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const pid = child.pid ?? 0;
  const grandchild = await firstChild(pid);
  expect(grandchild).toBeGreaterThan(0);
  if (grandchild !== undefined) process.kill(grandchild);
  await child;
  expect(await firstChild(pid)).toBeUndefined();
});
