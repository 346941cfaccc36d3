import { expect, test } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { exitCodeOf } from "../kind.ts";
import { sampleAbout } from "../sample.ts";
import { playDraws } from "./attempt.ts";
import { chaos, type JudgedDraw, drawOf } from "./chaos.ts";

const roundOf = (hits: number, misses: number, defects: string[] = []) => {
  const results = Array.from({ length: hits + misses }, (_, round): JudgedDraw => ({
    seed: 7,
    ...drawOf(7, round),
    hit: round < hits,
    verdict: round < hits ? "infrastructure" : "usage",
    left: [],
    seconds: 1,
    defects,
  }));
  return { about: sampleAbout({ kind: "chaos" }), results, lines: [], missing: [], seconds: 1 };
};

test("rounds of which most hit nothing show nothing, say so, and are no success", () => {
  expect(exitCodeOf(chaos, roundOf(3, 3))).toBe(0);
  expect(chaos.summary(roundOf(3, 3))).not.toContain("show nothing");
  expect(exitCodeOf(chaos, roundOf(2, 3))).toBe(5);
  expect(chaos.summary(roundOf(0, 1))).toContain("show nothing");
});

test("a defect is the exit code, and is told with what repeats its round", () => {
  const round = roundOf(1, 0, ["left after gc: process 12"]);
  expect(chaos.summary(round)).toContain("again: pnpm chaos --seed 7 0");
  expect(exitCodeOf(chaos, round)).toBe(5);
});

test("a round that is named twice is one case", () => {
  const faults = { inject: async () => undefined, leftOf: async () => [] };
  const { cases } = playDraws(7, [3, 1, 3], defaultSettings, faults, new Deadlines());
  expect(cases.map(({ id }) => id)).toEqual(["round 3", "round 1"]);
});
