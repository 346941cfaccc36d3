import { expect, test } from "vitest";
import { countsOf, restartsSince } from "./watched-units.ts";

/** What systemd 219 says, which does not count restarts. */
const started = (at: number) => countsOf(new Map([["ExecMainStartTimestampMonotonic", String(at)]]));

test("where nobody counts restarts, each new start is one, but for the first", () => {
  expect(restartsSince(undefined, started(100))).toBe(0);
  expect(restartsSince(started(100), started(100))).toBe(0);
  expect(restartsSince(started(100), started(200))).toBe(1);
  // It was looked at while what comes before its main process ran.
  expect(restartsSince(started(0), started(100))).toBe(0);
});
