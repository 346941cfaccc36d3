import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { meter, size } from "./meter.ts";
import { listening } from "../../testing.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a meter says share and rate at most every five seconds", () => {
  const notes: string[] = [];
  const came = meter("tool", listening(notes));
  let have = 0;
  for (let second = 1; second <= 12; second += 1) {
    vi.advanceTimersByTime(1000);
    have += 2_000_000;
    came(2_000_000, have, 40_000_000);
  }
  expect(notes).toEqual(["tool: 25 % of 40.0 MB, 2.0 MB/s", "tool: 50 % of 40.0 MB, 2.0 MB/s"]);
  vi.advanceTimersByTime(10_000);
  came(1000, 24_001_000, undefined);
  // Twelve seconds since the last note, and two chunks before this one.
  expect(notes.at(-1)).toBe("tool: 24.0 MB, 333 kB/s");
});

test.each([
  [0, "0 bytes"],
  [999.4, "999 bytes"],
  [1234, "1 kB"],
  [442_100_000, "442.1 MB"],
  [1_500_000_000, "1.50 GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(size(bytes)).toBe(text);
});
