import { describe, expect, test } from "vitest";
import {
  apart,
  brokenIn,
  type Observation,
  type Finding,
  missingIn,
  outagesOf,
  recordOf,
  type Sample,
  unbrokenIn,
} from "./outages.ts";

/** Looks of 100 ms, one a second; `x` was wrong. */
const looks = (text: string, begin = -2): Sample[] =>
  text.split("").map((mark, index) => ({
    from: (begin + index) * 1000,
    until: (begin + index) * 1000 + 100,
    wrong: mark === "x" ? `wrong at ${begin + index}` : "",
  }));

describe("an outage", () => {
  test("is none where all looks were right", () => expect(outagesOf(looks("......"), 500)).toEqual([]));

  test("lasts from the first wrong look to the first right one", () =>
    expect(outagesOf(looks("...xx.."), 500)).toEqual([{ from: 1000, until: 3100, seen: "wrong at 2" }]));

  test("goes on over what was right for a moment", () =>
    expect(outagesOf(looks("...x.x."), 500)).toMatchObject([{ from: 1000, until: 4100 }]));

  test("is another one where it was right for a while", () =>
    expect(outagesOf(looks("...xx.....x..."), 500)).toEqual([
      { from: 1000, until: 3100, seen: "wrong at 2" },
      { from: 8000, until: 9100, seen: "wrong at 8" },
    ]));

  test("is the same one where nobody saw it right in a long time", () => {
    const far = { from: 60_000, until: 60_100, wrong: "wrong still" };
    expect(outagesOf([...looks("...x"), far], 500)).toEqual([{ from: 1000, seen: "wrong still" }]);
  });

  test("has no end where the last look was wrong", () =>
    expect(outagesOf(looks("...xx"), 500)).toEqual([{ from: 1000, seen: "wrong at 2" }]));

  test("does not begin before the fault: what was on its way was asked before", () =>
    expect(outagesOf([{ from: -300, until: 700, wrong: "closed" }], 500)[0]?.from).toBe(0));

  test("is nobody's whom it took the way to a machine, unless something else was wrong, too", () => {
    const lost: Sample = { from: 1000, until: 1100, wrong: "connection lost", lost: true };
    expect(outagesOf([lost, ...looks("..", 2)], 500)).toMatchObject([{ from: 1000, lost: true }]);
    expect(outagesOf([lost, ...looks("x.", 2)], 500)[0]).not.toHaveProperty("lost");
    expect(outagesOf([lost, { from: 2000, until: 9000, wrong: "" }], 500)[0]).not.toHaveProperty("lost");
  });

  test("is an answer that comes too late, until it has come", () =>
    expect(outagesOf([...looks("..."), { from: 1000, until: 9000, wrong: "" }], 5000)).toEqual([
      { from: 1000, until: 9000, seen: "no answer for 8 s" },
    ]));
});

const outage = (from: number, until?: number): Observation["outages"][number] => ({
  from,
  seen: "HTTP 502",
  ...(until !== undefined && { until }),
});
const observation = (expected: Observation["expected"], from?: number, until?: number): Observation => ({
  what: "API reads",
  expected,
  outages: from === undefined ? [] : [outage(from, until)],
});
const words = (found: readonly Finding[]): string[] => found.map((one) => one.words);
/** Milliseconds until when was looked. */
const end = 200_000;

test("what has to go on must not break; what may, or must, is no finding", () => {
  expect(brokenIn([observation({}, 1000, 2000), observation({}, 9000)], end)).toEqual([
    { words: "API reads: not from 1 to 2 s (HTTP 502)", time: { from: 1000, until: 2000 } },
    { words: "API reads: not from 9 s on (HTTP 502)", time: { from: 9000, until: end } },
  ]);
  expect(
    brokenIn([observation({}), observation({ back: 5 }, 1000), observation({ breaks: [0, 5] }, 1000)], end),
  ).toEqual([]);
});

test("what may break only once the fault is undone has to go on until somebody sets out to undo it", () => {
  const all = [22_000, 58_000, 61_000].map((from) =>
    observation({ back: 130, afterwards: true }, from, 107_000),
  );
  expect(words(brokenIn(all, end, 60_000))).toEqual(["API reads: not from 22 to 107 s (HTTP 502)"]);
});

test("two outages have a time each, and what overlaps is one time", () => {
  const twice = { what: "API reads", expected: {}, outages: [outage(1000, 3000), outage(180_000, 182_000)] };
  const times = brokenIn([twice, observation({}, 2000, 4000)], end).map(({ time }) => time);
  expect(apart(times)).toEqual([
    { from: 1000, until: 4000 },
    { from: 180_000, until: 182_000 },
  ]);
  expect(recordOf("a fault", { observations: [twice], undone: 0 }).broke).toEqual([
    { what: "API reads", from: 1, mended: 3, until: 182 },
  ]);
});

test.each([
  [[0, 5], undefined, ["API reads: all the while, where it had to break between 0 and 5 s"]],
  [[0, 5], 5000, []],
  [[0, 5], 5200, ["API reads: not from 5.2 s on (HTTP 502), where it had to break between 0 and 5 s"]],
  [[30, 50], 29_000, ["API reads: not from 29 s on (HTTP 502), where it had to break between 30 and 50 s"]],
  [[30, 50], 50_000, []],
] as const)("what has to break between %j s and does so at %s ms", (breaks, from, found) => {
  expect(words(unbrokenIn([observation({ breaks, back: 10 }, from)], { injected: 0 }, 1, end))).toEqual(
    found,
  );
});

/** What is wrong with a node that was not Ready for these times, where it had to be so from 30 to 50 s on. */
const of = (...outages: Observation["outages"]): Finding[] =>
  unbrokenIn([{ what: "t72 is Ready", expected: { breaks: [30, 50] }, outages }], { injected: 0 }, 1, end);

test("a moment before it has to break is another matter than that it breaks", () => {
  expect(of(outage(5000, 7000), outage(40_000))).toEqual([
    {
      words: "t72 is Ready: not from 5 to 7 s (HTTP 502), where it had to break between 30 and 50 s",
      time: { from: 5000, until: 7000 },
    },
  ]);
  expect(words(of(outage(5000, 7000)))[1]).toBe(
    "t72 is Ready: right since, where it had to break between 30 and 50 s",
  );
  expect(of(outage(20_000, 60_000))).toHaveLength(1);
  expect(of(outage(52_000))).toMatchObject([{ time: { from: 0, until: 52_000 } }]);
});

test("slow machines may take longer to notice, and not less", () => {
  expect(unbrokenIn([observation({ breaks: [30, 50] }, 90_000)], { injected: 0 }, 2, end)).toEqual([]);
  expect(unbrokenIn([observation({ breaks: [30, 50] }, 29_000)], { injected: 0 }, 2, end)).toHaveLength(1);
});

test("what has to break broke if it was late for a machine that is not slow", () => {
  const { outages: prompt, ...slow } = observation({ breaks: [0, 8] }, 2000, 5000);
  const times = { injected: 0, undoing: 5000, undone: 5000 };
  expect(unbrokenIn([{ ...slow, outages: [], prompt }], times, 1, end)).toEqual([]);
  expect(unbrokenIn([{ ...slow, outages: [], prompt: [] }], times, 1, end)).toHaveLength(1);
});

test("who takes long to do a fault takes nothing from the time in which it is noticed, or mended", () => {
  const late = [observation({ breaks: [0, 8], back: 10, mended: 50 }, 11_000, 53_000)];
  const slowly = { injected: 4000, undoing: 64_000, undone: 64_000 };
  expect([unbrokenIn(late, slowly, 1, end), missingIn(late, slowly, 1, end)]).toEqual([[], []]);
  expect(words(unbrokenIn([observation({ breaks: [0, 8] }, 12_200)], slowly, 1, end))).toEqual([
    "API reads: not from 12.2 s on (HTTP 502), where it had to break between 0 and 12 s",
  ]);
  expect(missingIn([observation({ mended: 50 }, 11_000, 54_200)], slowly, 1, end)).toHaveLength(1);
  expect(unbrokenIn([observation({ breaks: [30, 50] }, 29_000)], slowly, 1, end)).toHaveLength(1);
});

const times = { injected: 0, undoing: 60_000, undone: 60_000 };

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
  expect(words(missingIn([observation(expected, 1000, until)], times, 1, end))).toEqual(found);
});

/** What is missing of API reads that were out for these times. */
const missing = (expected: Observation["expected"], ...outages: Observation["outages"]): Finding[] =>
  missingIn([{ what: "API reads", expected, outages }], times, 1, end);

test("what the cluster mends by itself may break anew when the fault is undone", () => {
  const expected = { back: 10, mended: 50 };
  expect(missing(expected, outage(1000, 45_000), outage(60_500, 69_000))).toEqual([]);
  expect(missing(expected, outage(1000, 69_000))).toEqual([
    {
      words: "API reads: right again at 69 s, where it had to be by 50 s; last seen: HTTP 502",
      time: { from: 1000, until: 69_000 },
      allowed: 49_000,
    },
  ]);
});

test("what the cluster mends by itself stays mended until somebody sets out to undo the fault, however long that takes", () => {
  const slowly = { injected: 0, undoing: 300_000, undone: 340_000 };
  const expected = { back: 10, mended: 50 };
  const again = (from: number, until: number): string[] => {
    const outages = [outage(1000, 40_000), outage(from, until)];
    return words(missingIn([{ what: "Services", expected, outages }], slowly, 1, end));
  };
  expect(again(100_000, 345_000)).toEqual([
    "Services: not from 100 to 345 s (HTTP 502), where it had to be by 50 s",
  ]);
  expect(again(45_000, 49_000)).toEqual([]);
  expect(again(299_000, 345_000)).toEqual([]);
  expect(again(310_000, 345_000)).toEqual([]);
});

test("what is late has its time from when the fault was undone; what breaks anew after that, its own", () => {
  expect(missing({ back: 10 }, outage(1000, 75_000), outage(100_000, 101_000))).toEqual([
    {
      words: "API reads: right again at 75 s, where it had to be by 70 s; last seen: HTTP 502",
      time: { from: 60_000, until: 75_000 },
      allowed: 10_000,
    },
    {
      words: "API reads: not from 100 to 101 s (HTTP 502), where it had to be by 70 s",
      time: { from: 100_000, until: 101_000 },
    },
  ]);
  expect(missing({ back: 10 }, outage(1000, 65_000))).toEqual([]);
});

test("slow machines have longer to come back", () => {
  expect(missingIn([observation({ back: 10 }, 1000, 79_000)], times, 2, end)).toEqual([]);
});
