import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chiSquareSurvival, equalShares } from "./chi-square.ts";
import { alpha, backends, requests, tests } from "./family.ts";

// Critical values of the chi-square distribution (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4).
test.for([
  [2.706, 1, 0.1],
  [3.841, 1, 0.05],
  [10.828, 1, 0.001],
  [4.605, 2, 0.1],
  [5.991, 2, 0.05],
  [13.816, 2, 0.001],
  [7.815, 3, 0.05],
  [18.307, 10, 0.05],
  [29.588, 10, 0.001],
  [67.505, 50, 0.05],
] as const)("Q(%d; %d degrees of freedom) is %d", ([x, df, p]) => {
  expect(chiSquareSurvival(x, df) / p).toBeCloseTo(1, 2);
});

test("with two degrees of freedom it is exp(-x/2)", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 200, noNaN: true }), (x) => {
      expect(chiSquareSurvival(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 10);
    }),
  );
});

test("counts are judged against equal shares", () => {
  expect(equalShares([29, 29, 32])).toEqual({ expected: 30, statistic: 0.2, p: expect.closeTo(0.9048, 4) });
  expect(equalShares([100, 100, 100]).p).toBe(1);
});

test.for([
  { shares: "half of what is due to one", counts: [50, 125, 125] },
  { shares: "one left out", counts: [0, 150, 150] },
  { shares: "half to the first, half of the rest to the second", counts: [150, 75, 75] },
])("unequal shares are refused: $shares", ({ counts }) => {
  expect(equalShares(counts).p).toBeLessThan(alpha);
});

test("the whole family of tests raises a false alarm less than once in 10,000 runs, counted exactly", () => {
  const logFactorial = [0];
  for (let n = 1; n <= requests; n += 1) logFactorial.push((logFactorial[n - 1] ?? 0) + Math.log(n));
  const log = (n: number): number => logFactorial[n] ?? Number.NaN;
  let alarm = 0;
  for (let a = 0; a <= requests; a += 1) {
    for (let b = 0; a + b <= requests; b += 1) {
      const c = requests - a - b;
      if (equalShares([a, b, c]).p >= alpha) continue;
      alarm += Math.exp(log(requests) - log(a) - log(b) - log(c) - requests * Math.log(backends));
    }
  }
  expect(alarm).toBeGreaterThan(0);
  expect(alarm * tests).toBeLessThan(1e-4);
});
