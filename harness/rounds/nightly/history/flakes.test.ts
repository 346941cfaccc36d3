import * as fc from "fast-check";
import { expect, test } from "vitest";
import { flakesOf, flippedIn } from "./flakes.ts";
import { sampleNightlyRun } from "../testing.ts";

const red = (day: number, changes = {}) =>
  sampleNightlyRun(day, {
    verdict: "guide",
    milestones: { etcd: "passed", ping: "failed" },
    tests: { "etcd: leads": "passed", "ping: t72 to t76": "failed" },
    ...changes,
  });

test("the same commit and inputs with another result: verdict, milestone and test are named, the others not", () => {
  const nights = [sampleNightlyRun(1), red(2), sampleNightlyRun(3)];
  expect(flakesOf(nights).map(({ kind, name, flips }) => [kind, name, flips])).toEqual([
    ["verdict", "", 2],
    ["milestone", "ping", 2],
    ["test", "ping: t72 to t76", 2],
  ]);
  expect(flakesOf(nights)[0]?.results.map(({ result }) => result)).toEqual(["passed", "guide", "passed"]);
});

test("a step that failed is a flake too, and tests that were not reached are none", () => {
  const stopped = {
    verdict: "guide",
    milestones: {},
    tests: {},
    steps: { "2.4.4/start-etcd@t71": "failed" },
  } as const;
  const flakes = flakesOf([sampleNightlyRun(1), sampleNightlyRun(2, stopped)]);
  expect(flakes.map(({ kind, name }) => [kind, name])).toEqual([
    ["verdict", ""],
    ["step", "2.4.4/start-etcd@t71"],
  ]);
});

test.each([
  ["another commit or other inputs", { key: "other" }],
  ["a tree that nobody recorded", { key: undefined }],
  ["a failure of the infrastructure", { verdict: "infrastructure" }],
  ["an artifact", { verdict: "artifact" }],
  ["a defect of the harness", { verdict: "harness" }],
  ["an interruption", { verdict: "interrupted" }],
  ["a lost night", { verdict: "lost" }],
] as const)("%s is no flake", (_name, changes) => {
  expect(flakesOf([sampleNightlyRun(1), red(2, changes)])).toEqual([]);
});

test("a flake between two nights is seen across one that says nothing", () => {
  const nights = [sampleNightlyRun(1), sampleNightlyRun(2, { verdict: "infrastructure", tests: {} }), red(3)];
  expect(flakesOf(nights)).toHaveLength(3);
});

test("what flipped tonight is told from what flipped before; the newest comes first", () => {
  const older = { key: "older", commit: "old" };
  const nights = [sampleNightlyRun(1, older), red(2, older), sampleNightlyRun(3), red(4)];
  const flakes = flakesOf(nights);
  expect(flakes.map(({ commit }) => commit)).toEqual([
    ...Array<string>(3).fill("0123456789ab"),
    ...Array<string>(3).fill("old"),
  ]);
  expect(flippedIn(flakes, red(4))).toEqual(flakes.slice(0, 3));
});

test("the newest is the last of the history, not the one whose clock says so", () => {
  const older = { key: "older", commit: "old" };
  // In between the host's clock was set back by a day.
  const nights = [sampleNightlyRun(8, older), red(9, older), sampleNightlyRun(1), red(2)];
  expect(flakesOf(nights)[0]?.commit).toBe("0123456789ab");
});

const outcome = fc.constantFrom("passed", "failed", "error", "skipped");
const anyNights = fc
  .array(
    fc.record({
      key: fc.constantFrom("a", "b", undefined),
      verdict: fc.constantFrom("passed", "guide", "harness", "infrastructure", "lost"),
      tests: fc.dictionary(fc.constantFrom("one", "two", "__proto__", "constructor"), outcome),
    }),
    { maxLength: 30 },
  )
  .map((all) =>
    all.map((changes, index) => sampleNightlyRun(index + 1, { ...changes, milestones: {}, steps: {} })),
  );

test("property: a flake has two results of comparable nights of one key, and whatever has is a flake", () => {
  fc.assert(
    fc.property(anyNights, (nights) => {
      const told = flakesOf(nights).filter(({ kind }) => kind === "test");
      const comparable = nights.filter(
        ({ key, verdict }) => key !== undefined && ["passed", "guide"].includes(verdict),
      );
      const expected = new Set<string>();
      for (const one of comparable) {
        for (const other of comparable.filter(({ key }) => key === one.key)) {
          for (const [name, result] of Object.entries(one.tests)) {
            if (Object.hasOwn(other.tests, name) && other.tests[name] !== result)
              expected.add(`${one.key} ${name}`);
          }
        }
      }
      const found = told.map(({ name, lastFlip }) => {
        return `${nights.find(({ startedAt }) => startedAt === lastFlip)?.key} ${name}`;
      });
      expect(new Set(found)).toEqual(expected);
      expect(found).toHaveLength(expected.size);
      for (const { flips, results } of told) {
        expect(flips).toBeGreaterThan(0);
        expect(flips).toBeLessThan(results.length);
      }
    }),
  );
});

test("property: nights that are all alike have no flake, however many", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), (count) => {
      expect(flakesOf(Array.from({ length: count }, (_, day) => red(day + 1)))).toEqual([]);
    }),
  );
});
