import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { inLanes } from "./children.ts";

test("lanes work at once, take what is next, and keep the items' order", async () => {
  let [now, most] = [0, 0];
  const seen = new Set<number>();
  const results = await inLanes([5, 1, 1, 1, 3], 2, async (turns, lane) => {
    most = Math.max(most, (now += 1));
    seen.add(lane);
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    now -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 10, 10, 30]);
  expect({ most, lanes: seen }).toEqual({ most: 2, lanes: new Set([0, 1]) });
});

test("what one lane throws is thrown", async () => {
  const work = inLanes([1, 2, 3], 2, async (item) => {
    if (item === 2) throw new Error(`no ${item}`);
  });
  await expect(work).rejects.toThrow("no 2");
});
