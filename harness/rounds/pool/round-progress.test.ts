import { expect, test } from "vitest";
import { RoundProgress } from "./round-progress.ts";

const cases = ["a", "b", "c", "d"];

function round(known?: ReadonlyMap<string, number>): { far: RoundProgress; pass: (seconds: number) => void } {
  let now = 0;
  const far = new RoundProgress(cases, 2, known, () => now);
  return { far, pass: (seconds) => void (now += seconds) };
}

test("a first round reckons with what its own cases took", () => {
  const { far, pass } = round();
  expect(far.words()).toBe("0 of 4, 0 %, about 2 min left");
  far.begin(0, ["a"]);
  far.begin(1, ["b"]);
  pass(20);
  far.done("a", 20);
  far.begin(0, ["c"]);
  pass(10);
  // 20 s for each: a is done, c is half done, and b is over its time.
  expect(far.words()).toBe("1 of 4, 62 %, about 20 s left; now c (10 s), b (30 s)");
});

test("a round reckons with what each case took in the round before", () => {
  const { far, pass } = round(
    new Map([
      ["a", 10],
      ["b", 10],
      ["c", 10],
      ["d", 170],
    ]),
  );
  far.begin(0, ["a"]);
  pass(10);
  far.done("a", 10);
  expect(far.words()).toBe("1 of 4, 5 %, about 2 min left");
  for (const id of ["b", "c"]) far.done(id, 10);
  far.begin(0, ["d"]);
  pass(70);
  expect(far.words(), "only one is left, whatever lanes there are").toBe(
    "3 of 4, 50 %, about 2 min left; now d (1 min 10 s)",
  );
});

test("of a batch the first that has no result is under way, since the last had one", () => {
  const { far, pass } = round();
  far.begin(0, ["a", "b"]);
  pass(30);
  far.done("a", 30);
  pass(5);
  expect(far.words()).toMatch(/^1 of 4, .*; now b \(5 s\)$/);
});

test("work that is not yet that of the case is told by its own name, and is no time of the case", () => {
  const { far, pass } = round();
  far.begin(0, ["a"]);
  far.doing(0, "the guide unchanged, --suite all");
  pass(100);
  expect(far.words()).toMatch(/; now the guide unchanged, --suite all \(1 min 40 s\)$/);
  far.doing(0, undefined);
  pass(5);
  expect(far.words()).toMatch(/; now a \(5 s\)$/);
});

test("a round is not done before its last case is, however long that takes", () => {
  const { far, pass } = round(new Map(cases.map((id) => [id, 10])));
  for (const id of ["a", "b", "c"]) far.done(id, 10);
  far.begin(0, ["d"]);
  pass(7);
  expect(far.words()).toBe("3 of 4, 92 %, about 5 s left; now d (7 s)");
  pass(63);
  expect(far.words(), "nobody knows how long it takes yet").toBe("3 of 4; now d (1 min 10 s)");
  far.done("d", 80);
  expect(far.words()).toBe("4 of 4, 100 %");
});

test("where nothing is known of the cases that are left, nothing is reckoned", () => {
  let now = 0;
  const far = new RoundProgress(["a"], 2, undefined, () => now);
  far.begin(0, ["a"]);
  now = 53;
  expect(far.words()).toBe("0 of 1; now a (53 s)");
});
