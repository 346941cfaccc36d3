import { describe, expect, test } from "vitest";
import { brokenIn, brokenTime, type Course, missingIn, outageOf, type Sample, unbrokenIn } from "./course.ts";

/** Looks of 100 ms, one a second; `x` was wrong. */
const looks = (text: string, begin = -2): Sample[] =>
  text.split("").map((mark, index) => ({
    from: (begin + index) * 1000,
    until: (begin + index) * 1000 + 100,
    wrong: mark === "x" ? `wrong at ${begin + index}` : "",
  }));

describe("an outage", () => {
  test("is none where all looks were right", () => expect(outageOf(looks("......"), 500)).toBeUndefined());

  test("lasts from the first wrong look to the first right one", () =>
    expect(outageOf(looks("...xx.."), 500)).toEqual({
      from: 1000,
      mended: 3100,
      until: 3100,
      seen: "wrong at 2",
    }));

  test("goes on over what was right for a moment", () =>
    expect(outageOf(looks("...x.x."), 500)).toMatchObject({ from: 1000, mended: 4100, until: 4100 }));

  test("is mended once it was right for a while, though it broke anew", () =>
    expect(outageOf(looks("...xx.....x..."), 500)).toMatchObject({ from: 1000, mended: 3100, until: 9100 }));

  test("has no end where the last look was wrong", () =>
    expect(outageOf(looks("...xx"), 500)).toEqual({ from: 1000, seen: "wrong at 2" }));

  test("does not begin before the fault: what was on its way was asked before", () =>
    expect(outageOf([{ from: -300, until: 700, wrong: "closed" }], 500)?.from).toBe(0));

  test("is nobody's whom it took the way to a machine, unless something else was wrong, too", () => {
    const lost: Sample = { from: 1000, until: 1100, wrong: "connection lost", lost: true };
    expect(outageOf([lost, ...looks("..", 2)], 500)).toMatchObject({ from: 1000, lost: true });
    expect(outageOf([lost, ...looks("x.", 2)], 500)).not.toHaveProperty("lost");
    expect(outageOf([lost, { from: 2000, until: 9000, wrong: "" }], 500)).not.toHaveProperty("lost");
  });

  test("is an answer that comes too late, until it has come", () =>
    expect(outageOf([...looks("..."), { from: 1000, until: 9000, wrong: "" }], 5000)).toEqual({
      from: 1000,
      mended: 9000,
      until: 9000,
      seen: "no answer for 8 s",
    }));
});

const course = (expected: Course["expected"], from?: number, until?: number): Course => ({
  what: "API reads",
  expected,
  outage:
    from === undefined
      ? undefined
      : { from, seen: "HTTP 502", ...(until !== undefined && { until, mended: until }) },
});

test("the time of what broke is that of its outages alone, and ends with the looking", () => {
  const time = { from: 50_000, until: 90_000 };
  const late = [course({}, 9000, 12_000), course({}, 10_000, 21_000), course({ back: 5 }, 0, 30_000)];
  expect(brokenTime(late, time)).toEqual({ from: 59_000, until: 71_000 });
  expect(brokenTime([course({}, 9000)], time)).toEqual({ from: 59_000, until: 90_000 });
});

test("what has to go on must not break; what may, or must, is no finding", () => {
  expect(brokenIn([course({}, 1000, 2000)])).toEqual(["API reads: not from 1 s on (HTTP 502)"]);
  expect(brokenIn([course({}), course({ back: 5 }, 1000), course({ breaks: [0, 5] }, 1000)])).toEqual([]);
});

test.each([
  [[0, 5], undefined, ["API reads: all the while, where it had to break between 0 and 5 s"]],
  [[0, 5], 5000, []],
  [[0, 5], 5200, ["API reads: not from 5.2 s on (HTTP 502), where it had to break between 0 and 5 s"]],
  [[30, 50], 29_000, ["API reads: not from 29 s on (HTTP 502), where it had to break between 30 and 50 s"]],
  [[30, 50], 50_000, []],
] as const)("what has to break between %j s and does so at %s ms", (breaks, from, found) => {
  expect(unbrokenIn([course({ breaks, back: 10 }, from)], { struck: 0 }, 1)).toEqual(found);
});

test("slow machines may take longer to notice, and not less", () => {
  expect(unbrokenIn([course({ breaks: [30, 50] }, 90_000)], { struck: 0 }, 2)).toEqual([]);
  expect(unbrokenIn([course({ breaks: [30, 50] }, 29_000)], { struck: 0 }, 2)).toHaveLength(1);
});

test("who takes long to do a fault takes nothing from the time in which it is noticed, or mended", () => {
  const late = [course({ breaks: [0, 8], back: 10, mended: 50 }, 11_000, 53_000)];
  const slowly = { struck: 4000, undone: 64_000 };
  expect([unbrokenIn(late, slowly, 1), missingIn(late, slowly, 1)]).toEqual([[], []]);
  expect(unbrokenIn([course({ breaks: [0, 8] }, 12_200)], slowly, 1)).toEqual([
    "API reads: not from 12.2 s on (HTTP 502), where it had to break between 0 and 12 s",
  ]);
  expect(missingIn([course({ mended: 50 }, 11_000, 54_200)], slowly, 1)).toHaveLength(1);
  expect(unbrokenIn([course({ breaks: [30, 50] }, 29_000)], slowly, 1)).toHaveLength(1);
});

const times = { struck: 0, undone: 60_000 };

test.each([
  [{ back: 10 }, 70_000, []],
  [
    { back: 10 },
    70_200,
    ["API reads: right again at 70.2 s, where it had to be by 70 s; last seen: HTTP 502"],
  ],
  [{ back: 10 }, undefined, ["API reads: not right again, where it had to be by 70 s; last seen: HTTP 502"]],
  [{ back: 10, mended: 50 }, 50_000, []],
  [
    { back: 10, mended: 50 },
    51_000,
    ["API reads: right again at 51 s, where it had to be by 50 s; last seen: HTTP 502"],
  ],
  [{}, undefined, []],
] as const)("undone after 60 s, with %j, right again at %s ms", (expected, until, found) => {
  expect(missingIn([course(expected, 1000, until)], times, 1)).toEqual(found);
});

test("what the cluster mends by itself may break anew when the fault is undone", () => {
  const outage = { from: 1000, mended: 45_000, until: 69_000, seen: "HTTP 502" };
  expect(missingIn([{ what: "API reads", expected: { back: 10, mended: 50 }, outage }], times, 1)).toEqual(
    [],
  );
});

test("slow machines have longer to come back", () => {
  expect(missingIn([course({ back: 10 }, 1000, 79_000)], times, 2)).toEqual([]);
});
