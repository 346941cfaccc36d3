import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunEvent } from "../../record/events.ts";
import { leftOutBy } from "../../record/selection.ts";
import { sampleRecord, sampleStep, sampleTest } from "../sample.ts";
import { RunProgress } from "./run-progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const keys = ["1/a@t71", "2/b@t71", "3/c@t71"];
const steps = keys.map((key, index) =>
  sampleStep({ key, startMs: 10_000 * (index + 1), durationMs: 10_000 }),
);
const tests = [1, 2, 3, 4].map((number) =>
  sampleTest({ name: `test ${number}`, startMs: 40_000, durationMs: number * 10_000 }),
);
const suites = { name: "vitest", track: "suites", startMs: 40_000, durationMs: 40_000 };
const earlier = sampleRecord({ durationMs: 100_000, steps, tests, spans: [suites] });

const asked: RunEvent = { at: 0, type: "asked", steps: 3, milestones: ["etcd"] };
const begins = (at: number, key = "1/a@t71"): RunEvent => ({
  at,
  type: "step-start",
  key,
  location: { file: "guide.md", line: 1 },
});
const ends = (at: number, index: number): RunEvent => ({
  at,
  type: "step-end",
  step: steps[index] ?? sampleStep(),
});
const far = (...events: RunEvent[]): RunProgress => {
  const made = new RunProgress();
  for (const event of events) made.see(event);
  return made;
};

test("a run is so far as its steps and tests are, of how many were asked for", () => {
  const seen = far(asked, begins(0), ends(5000, 0));
  expect(seen.words(5000)).toBe("step 1 of 3");
  seen.see({ at: 20_000, type: "span-start", name: "vitest", track: "suites" });
  expect(seen.words(20_000)).toBe("the first test");
  seen.see({ at: 21_000, type: "test-end", test: sampleTest() });
  expect(seen.words(21_000), "nobody knows how many").toBe("test 1");
  seen.see({ at: 21_000, type: "asked", steps: 0, milestones: ["etcd"], tests: 7 });
  expect(seen.words(21_000)).toBe("test 1 of 7");
});

test("machines that come up once more, from an earlier checkpoint, take the estimate back", () => {
  const spans = [
    { name: "up", track: "harness", startMs: 1000, durationMs: 8000 },
    { name: "down", track: "harness", startMs: 98_000, durationMs: 2000 },
  ];
  const seen = far(asked);
  seen.goesLike({ ...earlier, spans });
  const span = (at: number, name: string): void =>
    seen.see({ at, type: "span-start", name, track: "harness" });
  span(1000, "up");
  span(20_000, "down");
  expect(seen.words(20_000)).toContain("about 5 s left");
  span(22_000, "up");
  expect(seen.words(22_000)).toBe("18 %, about 2 min left");
});

const suitesBegin: RunEvent = { at: 0, type: "span-start", name: "vitest", track: "suites" };
const found = (milestone: string, number: number, more = false): RunEvent => ({
  at: 0,
  type: "tests",
  milestones: [milestone],
  found: number,
  more,
});
const testBegins = (name: string): RunEvent => ({ at: 0, type: "test-start", milestone: "etcd", name });
const testEnds = (name: string): RunEvent => ({ at: 0, type: "test-end", test: sampleTest({ name }) });

test("where the tests were found they are counted, and the one that has gone on for longest is named", () => {
  const seen = far(asked, found("etcd", 7), suitesBegin);
  expect(seen.words(0)).toBe("the first of 7 tests");
  for (const event of [testBegins("a"), testBegins("b")]) seen.see(event);
  expect(seen.words(0)).toBe("test 1 of 7 · a");
  seen.see(testEnds("a"));
  expect(seen.words(0)).toBe("test 2 of 7 · b");
  seen.see(testEnds("b"));
  expect(seen.words(0)).toBe("test 2 of 7");
});

test("as long as not all tests were found, the milestones are counted", () => {
  const many: RunEvent = { at: 0, type: "asked", steps: 0, milestones: ["etcd", "nodes", "ping"] };
  const seen = far(many, found("etcd", 7, true), suitesBegin, testEnds("a"));
  expect(seen.words(0)).toBe("test 1, milestone 1 of 3");
  seen.see(found("nodes", 5, true));
  seen.see(testEnds("b"));
  expect(seen.words(0)).toBe("test 2, milestone 2 of 3");
  seen.see(found("ping", 4));
  expect(seen.words(0)).toBe("test 2 of 16");
});

test("tests that were left out are not counted", () => {
  const chosen: RunEvent = { at: 0, type: "asked", steps: 0, milestones: ["etcd"], tests: 2 };
  const seen = far(chosen, suitesBegin, found("etcd", 7));
  const leftOut = sampleTest({ name: "a", outcome: "skipped", skipped: leftOutBy("--grep b") });
  seen.see({ at: 0, type: "test-end", test: leftOut });
  expect(seen.words(0)).toBe("the first of 2 tests");
  seen.see(testBegins("b"));
  expect(seen.words(0)).toBe("test 1 of 2 · b");
});

test("a soak says which minute it is, how many tests it has, and what comes after it", () => {
  const soak: RunEvent = {
    at: 0,
    type: "asked",
    steps: 0,
    milestones: ["soak", "etcd", "ping"],
    minutes: 60,
  };
  const seen = far(soak, suitesBegin, found("soak", 40), testBegins("etcd killed"));
  const after = "then 2 more milestones";
  expect(seen.words(61_000)).toBe(`test 1 of 40, ${after} · minute 2 of 60 · etcd killed`);
  expect(seen.words(3_600_001)).toBe(`test 1 of 40, ${after} · etcd killed`);
});

test("a block that is done on some machines says for which it waits", () => {
  const seen = far(asked, begins(0, "3/c@t72"), begins(0, "3/c@t76"));
  seen.see({ at: 1, type: "step-end", step: sampleStep({ key: "3/c@t72", machine: "t72" }) });
  expect(seen.words(1)).toBe("step 1 of 3, waits for t76");
  seen.see({ at: 2, type: "step-end", step: sampleStep({ key: "3/c@t76", machine: "t76" }) });
  expect(seen.words(2)).toBe("step 2 of 3");
});

test("a step that is left out is not counted", () => {
  const leftOut = sampleStep({ key: "3/x@t71", outcome: "skipped", durationMs: 0 });
  const seen = far(asked, { at: 0, type: "step-end", step: leftOut }, begins(0), ends(5000, 0));
  expect(seen.words(5000)).toBe("step 1 of 3");
});

test("what is left is what came after the same thing in an earlier run, whenever that run is found", () => {
  const seen = far(asked, begins(8000), ends(14_000, 0));
  seen.goesLike(earlier);
  // It ended 20 s after the beginning there, and 80 s before the end.
  expect(seen.words(14_000)).toBe("step 1 of 3 · 14 %, about 80 s left");
  expect(seen.words(19_000)).toBe("step 1 of 3 · 20 %, about 75 s left");
  seen.see({ at: 40_000, type: "span-start", name: "vitest", track: "suites" });
  for (const [index, one] of tests.slice(0, 2).entries())
    seen.see({ at: 50_000 + index, type: "test-end", test: one });
  expect(seen.words(50_001)).toBe("test 2 of 4 · 55 %, about 40 s left");
});

test("a thing that takes longer than before leaves all that comes after it", () => {
  const seen = far(asked, begins(10_000));
  seen.goesLike(earlier);
  expect(seen.words(20_000)).toMatch(/about 80 s left$/);
  expect(seen.words(900_000), "the step ended 80 s before the end").toMatch(/about 80 s left$/);
});

test("a run is not over before it is", () => {
  const seen = far(asked, begins(10_000));
  seen.goesLike({ ...earlier, durationMs: 20_000, steps: steps.slice(0, 1), tests: [], spans: [] });
  expect(seen.words(900_000)).toBe("99 %, about 5 s left");
});

test("a run that begins in the middle leaves what comes after where it begins", () => {
  const seen = far(asked, begins(3000, "3/c@t71"));
  seen.goesLike(earlier);
  expect(seen.words(3000)).toBe("4 %, about 70 s left");
});

test("long work says in its own words how far it is, until it is over", () => {
  const seen = far(
    asked,
    { at: 1, type: "progress", work: 1, text: "set source: part 2 of 5" },
    { at: 2, type: "progress", work: 2, text: "etcd: 5 s" },
  );
  expect(seen.words(2)).toBe("set source: part 2 of 5 · etcd: 5 s");
  seen.see({ at: 3, type: "progress", work: 2 });
  expect(seen.words(3)).toBe("set source: part 2 of 5");
});

test("what is left of the whole comes before its parts, so that no long line hides it", () => {
  const build: RunEvent[] = [
    {
      at: 1,
      type: "progress",
      work: 1,
      text: "the machines' root file system: 98 s, longer than the expected 60 s",
    },
    { at: 2, type: "progress", work: 2, text: "set source: part 3 of 5, 13 %, about 5 min left" },
    { at: 3, type: "progress", work: 3, text: "flannel: 40 s of about 2 min, 33 %; net/http" },
  ];
  const seen = far(asked, ...build);
  expect(seen.words(3)).toBe(
    "set source: part 3 of 5, 13 %, about 5 min left · the machines' root file system: 98 s, longer than the expected 60 s · flannel: 40 s of about 2 min, 33 %; net/http",
  );
  const known = far(asked, begins(8000), ...build);
  known.goesLike(earlier);
  expect(known.words(14_000)).toMatch(/^\d+ %, about \d+ s left · set source: part 3 of 5/);
});

test("time goes on between two events", () => {
  const seen = far(asked, begins(3000));
  vi.advanceTimersByTime(1500);
  expect(seen.now()).toBe(4500);
});
