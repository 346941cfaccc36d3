import { expect, test } from "vitest";
import { drifts, trendOf } from "./drift.ts";
import { boundOf } from "./series.ts";

/** Whether something is red that grows by so many MiB an hour, for so many of its first hours, in a soak of so many. */
const isRed = (kind: "database" | "memory", of: string, perHour: number, grows: number, hours: number) => {
  const samples = Array.from({ length: 240 * hours + 1 }, (_, index) => ({
    at: 15 * index,
    value: 85 + perHour * Math.min(grows, index / 240),
    life: "one",
  }));
  const trend = trendOf(samples, Math.min(600, 600 * hours));
  return trend && drifts(trend, boundOf({ kind, of }));
};

test.each([
  ["database", "etcd", 27],
  ["memory", "kube-controller-manager", 110],
] as const)(
  "the %s of %s may grow by %i MiB in the first hour: for so long events are kept; and not after that",
  (kind, of, perHour) => {
    for (const hours of [0.1, 0.5, 1, 1.25, 1.5, 2, 6])
      expect(isRed(kind, of, perHour, 1, hours)).toBe(false);
    expect(isRed(kind, of, perHour, 6, 6)).toBe(true);
  },
);

test("what grows by far more is found in minutes", () => {
  // What the mutants write, a half of it on a busy host.
  expect(isRed("database", "etcd", 600, 1, 0.1)).toBe(true);
  expect(isRed("memory", "kube-proxy", 900, 1, 0.1)).toBe(true);
});
