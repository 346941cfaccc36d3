import { expect, test, vi } from "vitest";
import type { Observation } from "./outages.ts";
import { allBack, isBack, noneBroken } from "./assertions.ts";

const time = { from: 0, until: 9000 };
type Outage = Observation["outages"][number];
const observation = (what: string, outage: Outage | undefined, expected = {}): Observation => ({
  what,
  expected,
  outages: outage ? [outage] : [],
});
const refused = { from: 1000, until: 2000, seen: "refused" };
const lost = { from: 3000, until: 4000, seen: "t76: connection lost", lost: true } as const;

/** Whom it blames that something broke, or is not back; nobody if it does not. */
function blamed(observations: readonly Observation[], judge = noneBroken): unknown {
  try {
    judge("broken by a fault", observations, time);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

test("what broke that had to go on is the guide's fault", () => {
  expect(blamed([observation("API reads", refused), observation("API writes", undefined)])).toMatchObject({
    verdict: "guide",
    message: "broken by a fault: API reads: not from 1 to 2 s (refused)",
    details: { late: 1000 },
  });
});

test("two moments minutes apart are not one long time", () => {
  vi.spyOn(performance, "now").mockReturnValue(400_000);
  const outages = [refused, { from: 180_000, until: 183_000, seen: "refused" }];
  expect(blamed([{ ...observation("API reads", undefined), outages }])).toMatchObject({
    details: {
      late: 3000,
      stalls: [
        { late: 1000, ago: 398_000, watched: true },
        { late: 3000, ago: 217_000, watched: true },
      ],
    },
  });
  vi.restoreAllMocks();
});

test("where nobody reached a machine to look, that is no fault of the guide, and explains what else broke", () => {
  expect(blamed([observation("API reads", refused), observation("pods of t76", lost)])).toMatchObject({
    verdict: "infrastructure",
    message: expect.stringMatching(
      /API reads: not from 1 to 2 s .*pods of t76: not from 3 to 4 s .*connection lost/,
    ),
  });
});

test("what broke at another time is not explained by a machine that was not reached", () => {
  const later = { ...lost, from: 80_000, until: 100_000 };
  expect(blamed([observation("API reads", refused), observation("pods of t76", later)])).toMatchObject({
    verdict: "guide",
    message: expect.not.stringContaining("pods of t76"),
  });
});

test("a machine that was taken away is not reached, as it has to be", () => {
  expect(blamed([observation("pods of t76", lost, { back: 90 })])).toBeUndefined();
});

const times = { injected: 0, undoing: 2000, undone: 2000 };
const back = (where: string, observations: readonly Observation[]): void =>
  allBack(where, { observations, missing: "", down: [], ...times, time });

test("what is right again too late tells the time that it was allowed, each for itself", () => {
  const observations = [
    observation("API reads", { ...refused, until: 8000 }, { back: 1 }),
    observation("API writes", { ...refused, until: 6000 }, { back: 2 }),
  ];
  expect(blamed(observations, back)).toMatchObject({
    details: {
      late: 6000,
      stalls: [
        { late: 6000, allowed: 1000 },
        { late: 4000, allowed: 2000 },
      ],
    },
  });
  const never = [observation("API reads", { from: 5000, seen: "refused" }, { back: 1 })];
  expect(blamed(never, back)).not.toHaveProperty("details.stalls.0.allowed");
});

const still = (where: string, observations: readonly Observation[]): void =>
  allBack(where, { observations, missing: "pods of t76: connection lost", down: [], ...times, time });

test("what is not back in time is the guide's fault, unless nobody reached the machine to look", () => {
  expect(blamed([observation("pods of t76", { ...lost, until: 2900 }, { back: 1 })], back)).toBeUndefined();
  expect(blamed([observation("API reads", { ...refused, until: 4000 }, { back: 1 })], back)).toMatchObject({
    verdict: "guide",
    message: expect.stringContaining("API reads: right again at 4 s, where it had to be by 3 s"),
  });
  expect(blamed([observation("pods of t76", lost, { back: 1 })], back)).toMatchObject({
    verdict: "infrastructure",
    message: expect.stringContaining("pods of t76: right again at 4 s"),
  });
  const gone = observation("pods of t76", { from: 3000, seen: "t76: connection lost", lost: true });
  expect(blamed([gone], still)).toMatchObject({ verdict: "infrastructure" });
});

test("a unit that is down and that nobody starts again is red, however little time the host had, and with it nothing is back", () => {
  const down = [{ machine: "t71", unit: "kube-scheduler", journal: "killed" }];
  const outcome = { ...times, observations: [], missing: "new pods: none", down, time };
  let thrown: unknown;
  try {
    allBack("after a fault", outcome);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({
    verdict: "guide",
    message: "after a fault: kube-scheduler of t71 is down, and nobody starts it again; new pods: none",
    details: { machine: "t71", unitJournal: "killed" },
  });
  expect(thrown).not.toHaveProperty("details.late");
  expect(isBack(outcome)).toBe(false);
  expect(isBack({ missing: "", down: [] })).toBe(true);
});
