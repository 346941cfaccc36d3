import * as fc from "fast-check";
import { expect, test } from "vitest";
import { drifts, inWords, type Sample, trendOf } from "./drift.ts";

/** A sample every 15 s. */
const every = (count: number, value: (index: number) => number, life = "one", begin = 0): Sample[] =>
  Array.from({ length: count }, (_, index) => ({ at: begin + 15 * index, value: value(index), life }));
const rising =
  (perHour: number, begin = 0) =>
  (index: number) =>
    begin + (perHour * 15 * index) / 3600;

const slope = fc.integer({ min: -1000, max: 1000 });
const level = fc.integer({ min: 0, max: 100_000 });
const count = fc.integer({ min: 8, max: 200 });
/** A pattern without a direction, from -1 to 1. */
const swing = (index: number): number => [0, 1, -1, 0.5, -0.5][index % 5] ?? 0;

const trend = (samples: readonly Sample[], settling = 0) => trendOf(samples, settling)!;

test("a line has its slope, whatever its level and the order of its samples", () => {
  fc.assert(
    fc.property(slope, level, count, (perHour, begin, length) => {
      const samples = every(length, rising(perHour, begin));
      expect(trend(samples).perHour).toBeCloseTo(perHour, 3);
      expect(trend(samples.toReversed())).toEqual(trend(samples));
    }),
    { numRuns: 40 },
  );
});

test("what grows by more than its bound and its noise drifts, and nothing else does", () => {
  fc.assert(
    fc.property(slope, slope, fc.nat(50), count, (perHour, most, noise, length) => {
      const samples = every(length, rising(perHour));
      const grown = (perHour * 15 * (length - 1)) / 3600;
      fc.pre(Math.abs(grown - noise) > 0.01 && perHour !== most);
      expect(drifts(trend(samples), { perHour: most, noise })).toBe(perHour > most && grown > noise);
    }),
    { numRuns: 60 },
  );
});

test("what goes up and down within its noise does not drift, however short it was looked at", () => {
  fc.assert(
    fc.property(level, fc.integer({ min: 1, max: 100 }), count, (begin, noise, length) => {
      const samples = every(length, (index) => begin + (noise / 4) * swing(index));
      expect(drifts(trend(samples), { perHour: 0, noise })).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test("a leak is seen through what goes up and down", () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 1000 }), fc.integer({ min: 240, max: 600 }), (perHour, length) => {
      const samples = every(length, (index) => rising(perHour)(index) + 2 * swing(index));
      const seen = trend(samples);
      expect(seen.perHour).toBeGreaterThan(0.9 * perHour);
      expect(drifts(seen, { perHour: 10, noise: 8 })).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("a quarter of samples that are far off does not hide a slope, and makes none", () => {
  const wild = fc.array(fc.tuple(fc.nat(99), fc.integer({ min: -1e6, max: 1e6 })), { maxLength: 25 });
  fc.assert(
    fc.property(slope, wild, (perHour, far) => {
      const others = new Map(far);
      const samples = every(100, (index) => others.get(index) ?? rising(perHour)(index));
      expect(trend(samples).perHour).toBeCloseTo(perHour, 3);
    }),
    { numRuns: 60 },
  );
});

test("another life begins where it likes: only what each does counts", () => {
  fc.assert(
    fc.property(slope, fc.array(level, { minLength: 1, maxLength: 5 }), (perHour, begins) => {
      const samples = begins.flatMap((begin, index) =>
        every(12, rising(perHour, begin), `life ${index}`, 1000 * index),
      );
      expect(trend(samples).perHour).toBeCloseTo(perHour, 3);
      expect(trend(samples).seconds).toBe(11 * 15);
    }),
    { numRuns: 40 },
  );
});

test("what a life does while it settles does not count", () => {
  fc.assert(
    fc.property(fc.array(level, { maxLength: 20 }), slope, (wild, perHour) => {
      const begin = every(20, (index) => wild[index] ?? 0);
      const rest = every(30, rising(perHour, 50), "one", 300);
      expect(trend([...begin, ...rest], 300)).toEqual(trend(rest));
    }),
    { numRuns: 40 },
  );
});

test("of a life that is shorter than it takes to settle the second half counts", () => {
  const samples = every(20, (index) => (index < 10 ? 1000 * index : 50));
  expect(trend(samples, 600)).toMatchObject({ perHour: 0, from: 50, to: 50, seconds: 9 * 15 });
});

test("what goes up and down may be a share of what it was", () => {
  const seen = { perHour: 530, from: 288, to: 324, seconds: 300 };
  expect(drifts(seen, { perHour: 20, noise: 5, share: 0.2 })).toBe(false);
  expect(drifts(seen, { perHour: 20, noise: 5, share: 0.1 })).toBe(true);
  expect(drifts({ ...seen, from: 2 }, { perHour: 20, noise: 50, share: 0.2 })).toBe(false);
});

test.each([
  ["nothing", []],
  ["few samples", every(7, rising(1000))],
  ["a short time", every(30, rising(1000)).map(({ at, value, life }) => ({ at: at / 10, value, life }))],
  [
    "lives that are over before they have settled",
    every(40, rising(1000)).map(({ at, value }, index) => ({ at, value, life: `${index}` })),
  ],
])("of %s nobody can say anything", (_, samples) => {
  expect(trendOf(samples, 0)).toBeUndefined();
});

test("a day is judged in a moment, from its beginning to its end", () => {
  const seen = trend(every(5760, rising(5, 60)));
  expect(seen.perHour).toBeCloseTo(5, 6);
  expect(seen.seconds).toBeGreaterThan(85_000);
});

test("words have slope, ends and bound", () => {
  const grown = { perHour: 14.04, from: 60, to: 74.04, seconds: 3600 };
  const bound = { perHour: 5, noise: 3 };
  expect(inWords(grown, bound, "MiB")).toBe("+14 MiB an hour (from 60 to 74), bound 5");
  expect(inWords({ ...grown, perHour: -0.51 }, bound, "rules")).toBe(
    "-0.51 rules an hour (from 60 to 74), bound 5",
  );
  expect(inWords({ ...grown, seconds: 1800 }, { perHour: 5, noise: 3, share: 0.2 }, "MiB")).toBe(
    "+14 MiB an hour (from 60 to 74), bound 5; +7.02 in its longest life, normal variation 12",
  );
});
