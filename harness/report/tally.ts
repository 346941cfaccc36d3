import type { Assist } from "../progress.ts";
import type { Outcome } from "../record/outcome.ts";
import { allTests, isLeftOut } from "../record/selection.ts";
import type { FailureRecord, RunRecord, StepRecord, TestRecord } from "../record/record.ts";
import { milestoneTitle } from "./labels.ts";
import { count } from "./text.ts";

/** Tests of one milestone, counted. */
export type MilestoneTally = {
  readonly milestone: string;
  readonly tests: readonly TestRecord[];
  /** What stands for its tests where nobody knows how many they are: none of them was reached. */
  readonly unreached?: TestRecord;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** The worst of its tests; one that is not red is `skipped` if some were left out or not reached, for it is not proved. */
  readonly outcome: Outcome;
  readonly durationMs: number;
};

export function countOutcomes(all: readonly { readonly outcome: Outcome }[]): Record<Outcome, number> {
  const counts = { passed: 0, failed: 0, error: 0, skipped: 0 };
  for (const { outcome } of all) counts[outcome] += 1;
  return counts;
}

/** The worst outcome among some: what could not be looked at weighs more than what failed, and what was skipped has not passed. */
export function worst(all: readonly { readonly outcome: Outcome }[]): Outcome {
  const order: readonly Outcome[] = ["error", "failed", "skipped", "passed"];
  return order.find((outcome) => all.some((each) => each.outcome === outcome)) ?? "skipped";
}

type Timed = { readonly startMs: number; readonly durationMs: number };

/** Milliseconds from the first start to the last end: work may go on side by side. */
export function wallClock(all: readonly Timed[]): number {
  const start = Math.min(...all.map(({ startMs }) => startMs));
  return Math.max(...all.map(({ startMs, durationMs }) => startMs + durationMs)) - start;
}

/** Milliseconds in which at least one of them was at work: while it waits for its turn nothing counts. */
export function busyTime(all: readonly Timed[]): number {
  let total = 0;
  let until = -Infinity;
  for (const { startMs, durationMs } of all.toSorted((a, b) => a.startMs - b.startMs)) {
    const end = startMs + durationMs;
    total += Math.max(0, end - Math.max(until, startMs));
    until = Math.max(until, end);
  }
  return total;
}

/** When a test was at work: before its turn, too, if others needed the same, or it takes long. */
export const timesOf = ({ startMs, durationMs, ahead }: Timed & Pick<TestRecord, "ahead">): Timed[] => [
  { startMs, durationMs },
  ...(ahead ? [{ startMs: startMs - ahead.beforeMs, durationMs: ahead.durationMs }] : []),
];

/** Milliseconds that a test took, with what was done before its turn. */
export const timeOf = (test: TestRecord): number => busyTime(timesOf(test));

/** Of what was done again each last time that it ran, so that all count once; in the order of the first times. */
const lastOfEach = <T extends { readonly outcome: Outcome }>(
  all: readonly T[],
  nameOf: (one: T) => string,
): T[] =>
  [...Map.groupBy(all, nameOf).values()].flatMap(
    (same) => same.findLast(({ outcome }) => outcome !== "skipped") ?? same.slice(-1),
  );

/** The steps that ran, or were to run, each once. */
export const distinctSteps = ({ steps }: Pick<RunRecord, "steps">): StepRecord[] =>
  lastOfEach(steps, ({ key }) => key);

/** What ended a run, and whatever else failed. */
export const endings = ({ failure, otherFailures = [] }: RunRecord): FailureRecord[] => [
  ...(failure ? [failure] : []),
  ...otherFailures,
];

/** Whether a step or a test was to be looked at, and the run did not come to it, or left it out. */
export const isUnreached = (one: Pick<StepRecord | TestRecord, "skipped">): boolean =>
  isLeftOut(one) || one.skipped?.startsWith("not reached") === true;

/** Whether it is no test, but stands for those of a milestone, of which nobody knows how many they are. */
export const standsForAll = ({ name }: Pick<TestRecord, "name">): boolean => name === allTests;

/** Milestones in the order in which their first test ran; a test that ran again counts once. */
export function tallyMilestones(tests: readonly TestRecord[]): MilestoneTally[] {
  const once = lastOfEach(tests, ({ milestone, name }) => `${milestone} ${name}`);
  return [...Map.groupBy(once, ({ milestone }) => milestone)].map(([milestone, own]) => {
    const [known, unreached] = [own.filter((each) => !standsForAll(each)), own.find(standsForAll)];
    const tally = {
      milestone,
      tests: known,
      counts: countOutcomes(known),
      // What the guide or the machines do not have is skipped with its reason, and leaves the others what they are.
      outcome: worst(own.filter((each) => each.outcome !== "skipped" || isUnreached(each))),
      durationMs: busyTime(own.flatMap(timesOf)),
    };
    return unreached ? Object.assign(tally, { unreached }) : tally;
  });
}

export type AssistTally = {
  readonly id: string;
  readonly reason: string;
  readonly times: number;
  readonly machines: readonly string[];
};

/** Assists by name, the most frequent first. */
export function tallyAssists(assists: readonly Assist[]): AssistTally[] {
  return [...Map.groupBy(assists, ({ id }) => id)]
    .map(([id, own]) => ({
      id,
      reason: own[0]?.reason ?? "",
      times: own.length,
      machines: [...new Set(own.flatMap(({ machine }) => machine ?? []))].toSorted(),
    }))
    .toSorted((a, b) => b.times - a.times);
}

/** What a run leaves open: what its machines cannot show, and tests that were skipped; those that it did not reach or left out are counted. */
export function unproved(record: RunRecord): { claim: string; reason: string }[] {
  const { cannotProve, tests, resumed, rebootFindings = [], walked = [], detours = [] } = record;
  const skipped = tests.filter(({ outcome }) => outcome === "skipped");
  const unreached = skipped.filter(isUnreached);
  const others = skipped.filter((test) => !isUnreached(test));
  return [
    ...cannotProve,
    ...(resumed
      ? [
          {
            claim: `the ${resumed.steps} steps up to ${resumed.after}`,
            reason: `run ${resumed.run} did them; the machines were saved then (${resumed.savedAt}) and ${resumed.booted ? "booted" : "restored"} now`,
          },
        ]
      : []),
    ...rebootFindings.map(({ after, machine, what }) => ({
      claim: `a reboot of ${machine} after ${after}`,
      reason: `what was up is not up again: ${what.join(", ")}`,
    })),
    ...(walked.length > 0
      ? [{ claim: "the guide as it is written", reason: `the reader ${walked.join("; ")}` }]
      : []),
    ...(detours.length > 0 ? [{ claim: "the guide alone", reason: detours.join("; ") }] : []),
    ...others.map(({ milestone, name, skipped: reason = "the test was skipped" }) => ({
      claim: `${milestoneTitle(record, milestone)}: ${name}`,
      reason,
    })),
    ...[...Map.groupBy(unreached, ({ milestone }) => milestone)].flatMap(([milestone, own]) =>
      // Of a selection some may be left out, and others not reached.
      [...Map.groupBy(own, (test) => test.skipped ?? "")].map(([reason, alike]) => ({
        claim: alike.some(standsForAll)
          ? milestoneTitle(record, milestone)
          : `${milestoneTitle(record, milestone)}: ${count(alike.length, "test")}`,
        reason,
      })),
    ),
  ];
}
