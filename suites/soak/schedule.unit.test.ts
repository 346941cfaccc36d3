import * as fc from "fast-check";
import { expect, test } from "vitest";
import { faults } from "../faults/faults.ts";
import { longestBack } from "../faults/outages.ts";
import { calmOf, scheduleOf, soakOf } from "./schedule.ts";

const soak = fc.record({ hours: fc.double({ min: 0.03, max: 24, noNaN: true }), seed: fc.nat() });
const schedule = (hours: number, seed: number) => scheduleOf(faults, { hours, seed });

test("a seed gives the same schedule again", () => {
  fc.assert(
    fc.property(soak, ({ hours, seed }) => {
      expect(schedule(hours, seed)).toEqual(schedule(hours, seed));
    }),
    { numRuns: 20 },
  );
});

test("seeds give schedules of their own", () => {
  const schedules = Array.from({ length: 20 }, (_, seed) =>
    schedule(1, seed)
      .map(({ fault }) => fault.name)
      .join(),
  );
  expect(new Set(schedules).size).toBe(20);
});

test("a fault is over before the next one, all before the soak is, and the last one has until then", () => {
  fc.assert(
    fc.property(soak, ({ hours, seed }) => {
      const scheduled = schedule(hours, seed);
      const begins = [0, ...scheduled.map(({ due }) => due)];
      for (const [index, { fault, due }] of scheduled.entries())
        expect(due - (begins[index] ?? 0)).toBeGreaterThan(fault.lasts / 1000 + 60);
      expect(scheduled.at(-1)?.due).toBe(3600 * hours);
    }),
    { numRuns: 20 },
  );
});

test("after each fault there is time for a calm once all has to be back", () => {
  const scheduled = schedule(24, 7);
  const begins = [0, ...scheduled.map(({ due }) => due)];
  for (const [index, { fault, due }] of scheduled.entries())
    expect(due - (begins[index] ?? 0)).toBeGreaterThanOrEqual(
      fault.lasts / 1000 + longestBack(fault.expected) + calmOf({ hours: 24 }),
    );
});

test("no fault comes again before all others that fit have been", () => {
  const names = schedule(3, 7).map(({ fault }) => fault.name);
  const again = names.findIndex((name, index) => names.indexOf(name) < index);
  expect(new Set(names.slice(0, again < 0 ? undefined : again)).size).toBeGreaterThanOrEqual(
    Math.min(names.length, faults.length - 2),
  );
});

test.each([
  [0.05, 1],
  [0.1, 2],
  [1, 12],
])("a soak of %d hours has at least %d faults", (hours, fewest) => {
  for (let seed = 0; seed < 50; seed += 1)
    expect(schedule(hours, seed).length).toBeGreaterThanOrEqual(fewest);
});

test("what is asked for comes from the environment; six minutes if nobody says", () => {
  expect(soakOf('{"hours":2,"seed":42}')).toEqual({ hours: 2, seed: 42 });
  expect(soakOf(undefined)).toEqual({ hours: 0.1, seed: 1 });
  expect(() => soakOf('{"hours":0,"seed":42}')).toThrow(expect.objectContaining({ verdict: "usage" }));
});
