import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LoadSample } from "../../host/load.ts";
import { loadSample } from "../../testing.ts";
import { LoadWatch } from "./load-watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work waits for a processor in the second of every two seconds. */
function sample(): LoadSample {
  const at = performance.now();
  const cpu = Math.floor(at / 2000) * 1000 + Math.max(0, (at % 2000) - 1000);
  return loadSample({ at, waited: { cpu } });
}

test("any time of a run can be asked for, from the sample before it to the one after", async () => {
  await vi.advanceTimersByTimeAsync(1000 - (performance.now() % 1000));
  using watch = new LoadWatch(sample);
  await vi.advanceTimersByTimeAsync(10_000);
  const shares = [watch.between(), watch.between(2000), watch.between(1000), watch.between(2000, 1000)];
  expect(shares.map(({ seconds }) => seconds)).toEqual([10, 2, 1, 1]);
  expect(shares[0]?.stalled.cpu).toBe(50);
  expect((shares[2]?.stalled.cpu ?? 0) + (shares[3]?.stalled.cpu ?? 0)).toBe(100);
});

test("what machines have waited is known when they are gone, too", () => {
  const said = [loadSample(), loadSample({ at: 500, machines: 200 }), loadSample({ at: 1000 })];
  using watch = new LoadWatch(() => said.shift() ?? loadSample({ at: 1000 }));
  expect(watch.between().own).toBe(40);
  expect(watch.between().own).toBe(20);
});
