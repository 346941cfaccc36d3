import { expect, test } from "vitest";
import { Counter, type Store } from "./counter.ts";

/** A store that keeps a number in memory, and can be told to fail, before or after it has written, and to forget. */
function store() {
  let kept = { count: 7, version: "1" };
  let failing: "before" | "after" | undefined;
  const all: Store & { fail(how: typeof failing): void; forget(): () => void } = {
    fail: (how) => void (failing = how),
    forget() {
      const then = kept;
      return () => void (kept = then);
    },
    read: async () => kept,
    async write({ count, version }) {
      if (failing === "before") throw new Error("refused");
      if (version !== kept.version) throw new Error("conflict");
      kept = { count, version: String(Number(version) + 1) };
      if (failing === "after") throw new Error("no answer");
      return kept;
    },
  };
  return all;
}

const begin = async () => {
  const own = store();
  return { own, counter: new Counter(own, await own.read()) };
};

test("counts what is acknowledged, from what is kept on", async () => {
  const { own, counter } = await begin();
  for (let write = 0; write < 3; write += 1) await counter.write();
  await counter.check();
  expect(counter).toMatchObject({ acknowledged: 3, lost: [] });
  expect((await own.read()).count).toBe(10);
});

test.each(["before", "after"] as const)("a write that failed %s it was done is no loss", async (how) => {
  const { own, counter } = await begin();
  await counter.write();
  own.fail(how);
  await expect(counter.write()).rejects.toThrow(how === "after" ? "no answer" : "refused");
  own.fail(undefined);
  await counter.write();
  await counter.check();
  expect(counter.lost).toEqual([]);
  expect((await own.read()).count).toBe(how === "after" ? 10 : 9);
});

test("a write that was acknowledged and is not there any more is found at the end", async () => {
  const { own, counter } = await begin();
  const back = own.forget();
  await counter.write();
  back();
  await counter.check();
  expect(counter.lost).toEqual(["8 was acknowledged, and 7 is kept"]);
});

test("and by the next write, before something is written over it", async () => {
  const { own, counter } = await begin();
  await counter.write();
  const back = own.forget();
  await counter.write();
  await counter.write();
  back();
  await expect(counter.write()).rejects.toThrow("conflict");
  await counter.write();
  expect(counter.lost).toEqual(["10 was acknowledged, and 8 is kept"]);
});
