import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { firstChild, identify, isAlive, parseStat } from "./processes.ts";

describe("the identity of a process", () => {
  it("is read past a name with blanks and brackets", () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 3));
    expect(parseStat(`7 (a) b (c) ${["S", ...fields.slice(1)].join(" ")}`)).toEqual({
      state: "S",
      start: 22,
    });
  });

  it("tells a process from a later one with the same number", async () => {
    const self = await identify(process.pid);
    expect(self).toBeDefined();
    if (!self) return;
    expect(await isAlive(self)).toBe(true);
    expect(await isAlive({ ...self, start: self.start + 1 })).toBe(false);
    expect(await isAlive({ ...self, boot: "another boot" })).toBe(false);
  });

  it("is none once the process is over", async () => {
    const child = execa("sleep", ["60"], { reject: false });
    const identity = child.pid === undefined ? undefined : await identify(child.pid);
    expect(identity && (await isAlive(identity))).toBe(true);
    child.kill();
    await child;
    expect(identity && (await isAlive(identity))).toBe(false);
  });

  it("is none once the process only waits to be collected", async () => {
    const parent = execa("sh", ["-c", "sleep 0 & echo; exec sleep 60"], { reject: false });
    await new Promise((resolve) => parent.stdout.once("data", resolve));
    const zombie = (parent.pid === undefined ? undefined : await firstChild(parent.pid)) ?? 0;
    expect(zombie).toBeGreaterThan(0);
    await expect.poll(() => identify(zombie)).toBeUndefined();
    expect(() => process.kill(zombie, 0)).not.toThrow();
    parent.kill();
    await parent;
  });

  it("finds the child", async () => {
    const child = execa("sh", ["-c", "sleep 60 & echo; wait"], { reject: false });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const grandchild = child.pid === undefined ? undefined : await firstChild(child.pid);
    expect(grandchild).toBeGreaterThan(0);
    if (grandchild !== undefined) process.kill(grandchild);
    await child;
  });
});
