import { expect, test } from "vitest";
import { sampleNightlyRun } from "../testing.ts";
import { trendOf } from "./trend.ts";

const took = (day: number, seconds: number, changes = {}) =>
  sampleNightlyRun(day, { durationMs: seconds * 1000, phases: { up: seconds * 100 }, ...changes });

test("the last night beside the median of the green ones before it, phase by phase", () => {
  expect(trendOf([took(1, 50), took(2, 70), took(3, 60), took(4, 66)], 7)).toEqual({
    over: 3,
    durationMs: 66_000,
    medianMs: 60_000,
    change: expect.closeTo(0.1),
    phases: { up: { ms: 6600, medianMs: 6000 } },
  });
});

test("only so many nights count, the newest", () => {
  expect(trendOf([took(1, 500), took(2, 40), took(3, 50), took(4, 45)], 2)).toMatchObject({
    over: 2,
    medianMs: 45_000,
  });
});

test.each([
  ["a red one", { verdict: "guide" }],
  ["one of another provider", { provider: "vagrant" }],
  ["one of another artifact set", { artifactSet: "upstream" }],
  ["one of fewer suites", { milestones: { etcd: "passed" } }],
  ["one whose duration nobody knows", { durationMs: undefined }],
])("%s is not compared with", (_name, changes) => {
  expect(trendOf([took(1, 50), took(2, 10, changes), took(3, 55)], 7)).toMatchObject({
    over: 1,
    medianMs: 50_000,
  });
});

test.each([
  ["there is no night", []],
  ["it is the first", [took(1, 50)]],
  [
    "the last one is red: what stopped half-way was not faster",
    [took(1, 50), took(2, 5, { verdict: "guide" })],
  ],
])("there is no trend if %s", (_name, nights) => expect(trendOf(nights, 7)).toBeUndefined());
