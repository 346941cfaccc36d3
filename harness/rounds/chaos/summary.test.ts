import { expect, test } from "vitest";
import { drawOf } from "./draw.ts";
import type { Judged } from "./judge.ts";
import { isTelling, summaryOf, totalsOf } from "./summary.ts";

const played = (hits: number, misses: number, defects: readonly string[] = []): Judged[] =>
  Array.from({ length: hits + misses }, (_, round) => ({
    ...drawOf(1, round),
    hit: round < hits,
    verdict: round < hits ? "infrastructure" : "usage",
    left: [],
    seconds: 1,
    defects,
  }));

test("rounds of which most hit nothing show nothing, and say so", () => {
  expect(isTelling(totalsOf(played(3, 3)))).toBe(true);
  expect(summaryOf(1, played(3, 3))).not.toContain("show nothing");
  expect(isTelling(totalsOf(played(2, 3)))).toBe(false);
  expect(summaryOf(1, played(0, 1))).toContain("show nothing");
});

test("a defect is told with what repeats its round", () => {
  expect(summaryOf(7, played(1, 0, ["left after gc: process 12"]))).toContain(
    "again: pnpm chaos --seed 7 --round 0",
  );
});
