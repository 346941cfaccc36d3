import { expect, test, vi } from "vitest";
import { once, oncePer } from "./once.ts";

test("work is done when it is first asked for, and only then", async () => {
  const work = vi.fn<() => Promise<string>>(async () => "done");
  const ask = once(work);
  expect(work).not.toHaveBeenCalled();
  expect(await Promise.all([ask(), ask()])).toEqual(["done", "done"]);
  expect(work).toHaveBeenCalledTimes(1);
});

test("a failure that nobody waited for is told to who asks later, and is not tried again", async () => {
  const work = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("no pods")));
  const ask = once(work);
  void ask();
  await new Promise(setImmediate);
  await expect(ask()).rejects.toThrow("no pods");
  expect(work).toHaveBeenCalledTimes(1);
});

test("each argument has a result of its own", async () => {
  const [first, second] = [{ name: "t72" }, { name: "t76" }];
  const work = vi.fn<(machine: { name: string }) => Promise<string>>(async ({ name }) => name);
  const ask = oncePer(work);
  expect([await ask(first), await ask(second), await ask(first)]).toEqual(["t72", "t76", "t72"]);
  expect(work).toHaveBeenCalledTimes(2);
});
