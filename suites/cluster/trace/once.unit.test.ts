import { expect, test, vi } from "vitest";
import { GuideFailure } from "../../../harness/cluster.ts";
import { AccessTrace, watched } from "./access-trace.ts";
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

test("what failed ahead of time was late then, and not when it is asked for", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(100_000);
  const begun = once(() =>
    Promise.reject(new GuideFailure("the kubelet has not stopped it", { late: 20_000 })),
  );
  await expect(begun()).rejects.toMatchObject({
    details: { late: 20_000, stalls: [{ late: 20_000, ago: 0 }] },
  });
  now.mockReturnValue(190_000);
  await expect(begun()).rejects.toMatchObject({
    verdict: "guide",
    message: "the kubelet has not stopped it",
    details: { late: 20_000, stalls: [{ late: 20_000, ago: 90_000 }] },
  });
  now.mockRestore();
  const wrong = new GuideFailure("the kubelet has stopped another one");
  await expect(once(() => Promise.reject(wrong))()).rejects.toBe(wrong);
});

const looksOf = async (turn: number, work: () => Promise<unknown>) => {
  const looks = new AccessTrace();
  await watched(looks, work);
  return looks.ahead(turn);
};

test("what was done of a suite's work before a test's turn is known, and for how long it went on", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(10_000);
  const work = Promise.withResolvers<string>();
  const followed = oncePer(() => work.promise);
  const [cluster] = [{}];
  void followed(cluster);
  now.mockReturnValue(13_000);
  work.resolve("done");
  await work.promise;
  now.mockReturnValue(60_000);
  expect(await looksOf(60_000, () => followed(cluster))).toEqual({ beforeMs: 50_000, durationMs: 3000 });
  expect(await looksOf(11_000, () => followed(cluster)), "still going on").toEqual({
    beforeMs: 1000,
    durationMs: 1000,
  });
  expect(await looksOf(10_000, () => followed(cluster)), "begun by the test").toBeUndefined();
  const connection = once(() => Promise.resolve());
  void connection();
  expect(await looksOf(70_000, connection), "what the harness needs is no test's work").toBeUndefined();
  now.mockRestore();
});
