import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AnswerTimeout } from "./answer-timeout.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<string>(() => undefined);

test("what comes in time is handed on, and so is a failure", async () => {
  const answerTimeout = new AnswerTimeout();
  await expect(answerTimeout.waitFor("t71:6443", "An answer", Promise.resolve("yes"))).resolves.toBe("yes");
  await expect(
    answerTimeout.waitFor("t71:6443", "An answer", Promise.reject(new Error("no"))),
  ).rejects.toThrow("no");
  expect(vi.getTimerCount()).toBe(0);
});

test("an answer that does not come is waited for 10 s, and from then on 2 s", async () => {
  const answerTimeout = new AnswerTimeout();
  for (const seconds of [10, 2, 2]) {
    const waited = answerTimeout.waitFor("t71:6443", "An answer", never);
    waited.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(vi.getTimerCount(), "still waiting").toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await expect(waited).rejects.toMatchObject({
      verdict: "guide",
      message: `An answer has not come (asked once in ${seconds} s)`,
      details: { late: seconds * 1000 },
    });
  }
});

test("other servers are waited for as long as before, and so is this one once it answers", async () => {
  const answerTimeout = new AnswerTimeout();
  const lost = answerTimeout.waitFor("t71:6443", "An answer", never).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(10_000);
  await lost;
  expect([answerTimeout.secondsFor("t71:6443"), answerTimeout.secondsFor("t72:10250")]).toEqual([2, 10]);
  await answerTimeout.waitFor("t71:6443", "An answer", Promise.resolve("yes"));
  expect(answerTimeout.secondsFor("t71:6443")).toBe(10);
});
