import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { inLanes } from "./lanes.ts";

const never = new AbortController().signal;

test("lanes work at once, take what is next, and keep the items' order", async () => {
  const lanes = new Set<number>();
  const busy = new Set<number>();
  let most = 0;
  const results = await inLanes([5, 1, 1, 1, 3], { lanes: 2, signal: never }, async (turns, { lane }) => {
    expect(busy.has(lane)).toBe(false);
    lanes.add(lane);
    busy.add(lane);
    most = Math.max(most, busy.size);
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    busy.delete(lane);
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 10, 10, 30]);
  expect({ most, lanes }).toEqual({ most: 2, lanes: new Set([0, 1]) });
});

test("after the first error nothing more starts, what runs is told and waited for, and the error is thrown", async () => {
  const events: string[] = [];
  const work = inLanes(["long", "bad", "later"], { lanes: 2, signal: never }, async (item, { signal }) => {
    events.push(`${item} starts`);
    await setImmediate();
    if (item === "bad") throw new Error("no bad");
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await setImmediate();
    events.push(`${item} ended`);
    throw new Error(`${item} was interrupted`);
  });
  await expect(work).rejects.toThrow("no bad");
  expect(events).toEqual(["long starts", "bad starts", "long ended"]);
});

test("a signal ends all in the same way, with its reason", async () => {
  const interruption = new AbortController();
  const reason = new Error("interrupted");
  const events: string[] = [];
  const work = inLanes([1, 2, 3], { lanes: 2, signal: interruption.signal }, async (item, { signal }) => {
    events.push(`${item} starts`);
    if (item === 2) interruption.abort(reason);
    await setImmediate();
    events.push(`${item} ${signal.aborted ? "told" : "not told"}`);
    signal.throwIfAborted();
  });
  await expect(work).rejects.toBe(reason);
  expect(events).toEqual(["1 starts", "2 starts", "1 told", "2 told"]);
});
