import { expect, test } from "vitest";
import { defectsOf, type ChaosResult } from "./chaos.ts";

const hit = { hit: true, left: [] };
const seen: readonly (readonly [Parameters<typeof defectsOf>[0]["kind"], ChaosResult, string[]])[] = [
  ["SIGKILL", hit, []],
  ["SIGTERM", { ...hit, verdict: "interrupted" }, []],
  ["SIGTERM", { ...hit, verdict: "infrastructure" }, ["verdict infrastructure for SIGTERM"]],
  ["machine killed", { ...hit, verdict: "infrastructure" }, []],
  ["machine killed", { ...hit, verdict: "guide" }, ["verdict guide for an injected fault"]],
  ["link cut", { ...hit, verdict: "passed" }, ["verdict passed for an injected fault"]],
  ["disk full", hit, ["no verdict"]],
  ["link cut", { hit: false, verdict: "passed", left: [] }, []],
  ["SIGKILL", { hit: false, left: ["process 12"] }, ["left after gc: process 12"]],
  ["disk full", { ...hit, verdict: "infrastructure", exitCode: 4 }, []],
  [
    "disk full",
    { ...hit, verdict: "infrastructure", exitCode: 0 },
    ["exit code 0 for the verdict infrastructure"],
  ],
  [
    "link cut",
    { hit: false, left: [], verdict: "passed", exitCode: 1 },
    ["exit code 1 for the verdict passed"],
  ],
  ["disk full", { ...hit, exitCode: 0 }, ["exit code 0 without a verdict", "no verdict"]],
];

test.each(seen)("%s, %o: %o", (kind, round, defects) => {
  expect(defectsOf({ kind }, round)).toEqual(defects);
});
