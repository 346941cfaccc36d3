import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { hostBootId, identify, isAlive, isElsewhere, parseStat } from "./identity.ts";

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
    const parent = execa("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { reject: false });
    const zombie = await new Promise<number>((resolve) =>
      parent.stdout.once("data", (text) => resolve(Number(text))),
    );
    await expect.poll(() => identify(zombie)).toBeUndefined();
    expect(() => process.kill(zombie, 0)).not.toThrow();
    parent.kill();
    await parent;
  });

  it("of another PID namespace counts as alive until the next boot, whoever has its number here", async () => {
    const there = { pid: 0x3f_ff_ff_ff, start: 1, boot: await hostBootId(), pidNamespace: "pid:[1]" };
    expect([await isElsewhere(there), await isAlive(there)]).toEqual([true, true]);
    expect(await isAlive({ ...there, boot: "another boot" })).toBe(false);
  });

  it("that an earlier version wrote is judged by its number", async () => {
    const { pidNamespace: _, ...self } = (await identify(process.pid)) ?? {};
    const early = { pid: 0, start: 0, boot: "", ...self };
    expect([await isElsewhere(early), await isAlive(early)]).toEqual([false, true]);
  });
});
