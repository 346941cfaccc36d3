import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ClockWatch } from "./clock-watch.ts";

let [wall, monotonic] = [1_000_000, 0];
const pass = (milliseconds: number, wallMilliseconds = milliseconds): void => {
  monotonic += milliseconds;
  wall += wallMilliseconds;
  vi.advanceTimersByTime(milliseconds);
};

beforeEach(() => {
  vi.useFakeTimers();
  [wall, monotonic] = [1_000_000, 0];
});
afterEach(() => void vi.useRealTimers());

const watch = (): ClockWatch => new ClockWatch({ wall: () => wall, monotonic: () => monotonic });

test("a clock that only drifts, as NTP lets it, is nobody's fault", () => {
  using clock = watch();
  for (let second = 0; second < 7200; second += 1) pass(1000, 1000.5);
  expect(clock.failure()).toBeUndefined();
});

test.each([
  ["forward", 8 * 3_600_000, "+28800 s"],
  ["back", -8 * 3_600_000, "-28800 s"],
])("a clock that jumps %s is infrastructure, even if it jumps back", (_, jump, told) => {
  using clock = watch();
  pass(5000);
  pass(1000, 1000 + jump);
  pass(5000);
  pass(1000, 1000 - jump);
  expect(clock.failure()).toMatchObject({
    verdict: "infrastructure",
    message: `The host's clock jumped by ${told}`,
  });
});

test("a jump after the last comparison is noticed when asked", () => {
  using clock = watch();
  wall += 3000;
  expect(clock.failure()?.message).toContain("+3 s");
});
