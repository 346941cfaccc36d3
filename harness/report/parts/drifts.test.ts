import { expect, test } from "vitest";
import { sampleDrift, sampleTest } from "../sample.ts";
import { driftRows, someValues } from "./drifts.ts";

test("what was measured has a row: from, to, what it grew by in an hour, and what it may", () => {
  const drift = sampleDrift();
  expect(driftRows({ tests: [sampleTest(), sampleTest({ drift, outcome: "failed" })] })).toEqual([
    {
      name: "t72 memory of kubelet",
      values: "60 to 74 MiB",
      perHour: "+14 MiB",
      bound: "5 MiB",
      outcome: "failed",
      drift,
    },
  ]);
});

test("what shrinks has its sign", () => {
  expect(driftRows({ tests: [sampleTest({ drift: sampleDrift({ perHour: -0.256 }) })] })).toMatchObject([
    { perHour: "-0.256 MiB" },
  ]);
});

test("where nobody can say what it grew by, that is said, with what was seen", () => {
  const {
    perHour: _,
    from: __,
    to: ___,
    ...few
  } = sampleDrift({
    samples: [
      [0, 62.04],
      [15, 61],
    ],
  });
  const tests = [sampleTest({ drift: few }), sampleTest({ drift: { ...few, samples: [] } })];
  expect(driftRows({ tests })).toMatchObject([
    { perHour: "not proved", values: "61 to 62 MiB" },
    { perHour: "not proved", values: "none" },
  ]);
});

test("a person gets twelve values of many, the first and the last among them, and all of a few", () => {
  const samples = Array.from({ length: 241 }, (_, index) => [15 * index, 60 + index] as const);
  const some = someValues(sampleDrift({ samples }));
  expect(some).toHaveLength(12);
  expect([some[0], some.at(-1)]).toEqual([
    ["0.0", "60"],
    ["60.0", "300"],
  ]);
  expect(someValues(sampleDrift({ samples: samples.slice(0, 3) }))).toHaveLength(3);
  expect(someValues(sampleDrift({ samples: [[30, 1]] }))).toEqual([["0.5", "1"]]);
  expect(someValues(sampleDrift({ samples: [] }))).toEqual([]);
});

/** What a series with a bound of 5 and so much growth may do, in words. */
const boundOf = (grown: number): string =>
  driftRows({ tests: [sampleTest({ drift: sampleDrift({ grown, variation: 12 }) })] })[0]?.bound ?? "";

test("a slope over the bound that is within normal variation says so; one that is not does not", () => {
  expect(boundOf(7)).toBe("5 MiB, or 12 MiB in a life: +7 MiB");
  expect(boundOf(13)).toBe("5 MiB");
});
