import { once } from "node:events";
import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import { Deadlines } from "../deadlines.ts";
import { testContext } from "../testing.ts";
import { together } from "./together.ts";

const failure = new Error("no such file");
const fails = async (): Promise<never> => Promise.reject(failure);
const never = (): Promise<never> => new Promise(() => undefined);

test("two things give what each gives", async () => {
  expect(
    await together(
      testContext(),
      async () => 7,
      async () => "seven",
    ),
  ).toEqual([7, "seven"]);
});

test("the first that fails ends the other, which is waited for, and is what is thrown, whichever it is", async () => {
  const ended: string[] = [];
  const ends = async ({ signal }: Context): Promise<void> => {
    await once(signal, "abort");
    await Promise.resolve();
    ended.push("other");
    throw new Error("interrupted");
  };
  await expect(together(testContext(), fails, ends)).rejects.toBe(failure);
  await expect(together(testContext(), ends, fails)).rejects.toBe(failure);
  expect(ended).toEqual(["other", "other"]);
});

test("what does not heed its signal is left behind after a while", async () => {
  const context = testContext({ deadlines: new Deadlines(1, { windDown: 30 }) });
  await expect(together(context, fails, never)).rejects.toBe(failure);
});

test("the end of both is thrown at once", async () => {
  const over = new AbortController();
  const both = together(testContext({ signal: over.signal }), never, never);
  over.abort(failure);
  await expect(both).rejects.toBe(failure);
});
