import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeWait, NotYet, waitFor } from "./wait.ts";

const never = new AbortController().signal;
const late = (waited: Parameters<typeof describeWait>[0]): Error =>
  new Error(`${describeWait(waited)}; last seen: ${waited.last}`);

const same = async (): Promise<never> => Promise.reject(new NotYet("the same"));
const slow = async (): Promise<never> => {
  await delay(20);
  throw new NotYet("nobody");
};
const broken = async (): Promise<never> => Promise.reject(new Error("the machine is gone"));

test("asks until it is answered", async () => {
  let asked = 0;
  const look = async (): Promise<number> => {
    asked += 1;
    if (asked < 3) throw new NotYet(`asked ${asked}`);
    return asked;
  };
  await expect(waitFor(look, { deadline: 5000, interval: 1, signal: never, late })).resolves.toBe(3);
});

test("asks once more after a question that outlasted the limit", async () => {
  let asked = 0;
  const look = async (): Promise<string> => {
    asked += 1;
    if (asked > 1) return "there";
    await delay(30);
    throw new NotYet("not there");
  };
  await expect(waitFor(look, { deadline: 10, interval: 1, signal: never, late })).resolves.toBe("there");
});

test("says how often it asked, and what it saw last", async () => {
  const waited = waitFor(slow, { deadline: 10, interval: 1, signal: never, late });
  await expect(waited).rejects.toThrow(/^asked 2 times in 0(\.\d)? s; last seen: nobody$/);
});

test("ends at once with what is no observation", async () => {
  await expect(waitFor(broken, { deadline: 5000, signal: never, late })).rejects.toThrow(
    "the machine is gone",
  );
});

test("ends when nothing changes for too long", async () => {
  const waited = waitFor(same, { deadline: 60_000, stall: 20, interval: 5, signal: never, late });
  await expect(waited).rejects.toThrow("last seen: the same");
});

test("ends with the signal's reason", async () => {
  const controller = new AbortController();
  const waited = waitFor(same, { deadline: 60_000, interval: 5, signal: controller.signal, late });
  controller.abort(new Error("interrupted"));
  await expect(waited).rejects.toThrow("interrupted");
});
