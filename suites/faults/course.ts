import type { FaultRecord } from "../cluster/index.ts";

/** One look at something, in milliseconds since a fault began; before it if negative. */
export type Sample = {
  readonly from: number;
  readonly until: number;
  /** What was wrong; empty if nothing was. */
  readonly wrong: string;
  /** Whether that is that nobody reached the machine to look. */
  readonly lost?: true;
};

/** From when until when something was not as it must be, in milliseconds since a fault began. */
export type Outage = {
  readonly from: number;
  /** When it was right again for a while, be it that it broke anew later; absent if it never was. */
  readonly mended?: number;
  /** When it was right for good; absent if it never was. */
  readonly until?: number;
  /** What was wrong last. */
  readonly seen: string;
  /** Whether nothing else was wrong than that nobody reached the machine to look. */
  readonly lost?: true;
};

/** Milliseconds for which something has to be right before it is back. */
export const calm = 3000;

/**
 * From the first look that was wrong, or longer than `late`, to the first right one after the last of them: what is right for a
 * moment in between is not yet back. Undefined if all were right.
 */
export function outageOf(samples: readonly Sample[], late: number): Outage | undefined {
  const isLate = ({ from, until }: Sample): boolean => until - from > late;
  const isBad = (sample: Sample): boolean => sample.wrong !== "" || isLate(sample);
  const begin = samples.findIndex(isBad);
  const index = samples.findLastIndex(isBad);
  const [first, last] = [samples[begin], samples[index]];
  if (!first || !last) return undefined;
  // An answer that came too late was the first right one.
  const right = last.wrong === "" ? last : samples[index + 1];
  const bad = samples.filter(isBad);
  const quiet = samples
    .slice(begin)
    .find((one) => !isBad(one) && !bad.some(({ from }) => from > one.from && from <= one.until + calm));
  const mended = quiet ?? right;
  return {
    from: Math.max(0, first.from),
    ...(mended && { mended: mended.until }),
    ...(right && { until: right.until }),
    seen: last.wrong || `no answer for ${seconds(last.until - last.from)} s`,
    ...(bad.every(({ lost }) => lost) && { lost: true as const }),
  };
}

/** What has to become of something while a fault lasts and after it. All in seconds. */
export type Expected = {
  /**
   * That it breaks: not before so long since the fault began, and not after so long since it was seen to have begun. Absent if
   * it need not.
   */
  readonly breaks?: readonly [earliest: number, latest: number];
  /** Until when it has to be right again: since the fault was undone. Absent if it may not break at all. */
  readonly back?: number;
  /** Until when it has to be right again: since the fault was seen to have begun, for what the cluster mends though it lasts. */
  readonly mended?: number;
};

/** Seconds after which all has to be back once a fault is undone, but for what nobody waits for. */
export const longestBack = (expected: Readonly<Record<string, Expected>>): number =>
  Math.max(0, ...Object.values(expected).map(({ back = 0 }) => (back === Infinity ? 0 : back)));

/** When a fault was seen to have begun, and when it was undone, in milliseconds since somebody set out to do it. */
export type Times = { readonly struck: number; readonly undone: number };

/** What was seen of something, held against what has to be. */
export type Course = {
  readonly what: string;
  readonly expected: Expected;
  readonly outage: Outage | undefined;
};

export const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

const broke = ({ what, outage }: Course): string =>
  outage ? `${what}: not from ${seconds(outage.from)} s on (${outage.seen})` : `${what}: all the while`;

/** Courses of what broke that had to go on. */
const brokenOf = (courses: readonly Course[]): Course[] =>
  courses.filter(({ expected: { back, breaks }, outage }) => outage && !back && !breaks);

/** What broke that had to go on; a sentence each. */
export const brokenIn = (courses: readonly Course[]): string[] => brokenOf(courses).map(broke);

/** Whether something of that only seems so, for nobody reached a machine to look. */
export const isLost = (courses: readonly Course[]): boolean =>
  brokenOf(courses).some(({ outage }) => outage?.lost);

/** What had to break and did not, or not when it had to; a sentence each. */
export const unbrokenIn = (
  courses: readonly Course[],
  { struck }: Pick<Times, "struck">,
  factor: number,
): string[] =>
  courses.flatMap((course) => {
    const { expected, outage } = course;
    if (!expected.breaks) return [];
    const [earliest, latest] = expected.breaks;
    const limit = seconds(struck + 1000 * latest * factor);
    const from = outage && seconds(outage.from);
    if (from !== undefined && from >= earliest && from <= limit) return [];
    return [`${broke(course)}, where it had to break between ${earliest} and ${limit} s`];
  });

/** What is not right again in time; a sentence each. */
export const missingIn = (courses: readonly Course[], times: Times, factor: number): string[] =>
  courses.flatMap((course) => missingOf(course, times, factor));

/** Whether something of that only seems so, for nobody reached a machine to look. */
export const isUnseen = (courses: readonly Course[], times: Times, factor: number): boolean =>
  courses.some((course) => course.outage?.lost && missingOf(course, times, factor).length > 0);

function missingOf({ what, expected, outage }: Course, { struck, undone }: Times, factor: number): string[] {
  if (!outage) return [];
  const { back = Infinity, mended = Infinity } = expected;
  return [
    overdue(what, outage, outage.mended, seconds(struck) + mended * factor),
    overdue(what, outage, outage.until, seconds(undone) + back * factor),
  ].flat();
}

function overdue(what: string, { seen }: Outage, until: number | undefined, limit: number): string[] {
  const at = until === undefined ? undefined : seconds(until);
  if (limit === Infinity || (at !== undefined && at <= limit)) return [];
  const words = at === undefined ? "not right again" : `right again at ${at} s`;
  return [`${what}: ${words}, where it had to be by ${seconds(limit * 1000)} s; last seen: ${seen}`];
}

/** From when until when something was, by `performance.now`. */
export type Time = { readonly from: number; readonly until: number };

/** When something was broken that had to go on, of what was looked at in a time. */
export function brokenTime(courses: readonly Course[], { from, until }: Time): Time {
  const outages = brokenOf(courses).flatMap(({ outage }) => outage ?? []);
  return {
    from: from + Math.min(...outages.map((outage) => outage.from)),
    until: Math.min(until, from + Math.max(...outages.map((outage) => outage.until ?? Infinity))),
  };
}

/** What of a fault is kept for reports. */
export const recordOf = (
  name: string,
  { courses, undone }: { readonly courses: readonly Course[]; readonly undone: number },
): FaultRecord => ({
  name,
  undone: seconds(undone),
  wentOn: courses.filter(({ outage }) => !outage).map(({ what }) => what),
  broke: courses.flatMap(({ what, outage }) => {
    if (!outage) return [];
    const { from, mended, until } = outage;
    const again = mended !== undefined && mended !== until && { mended: seconds(mended) };
    return [{ what, from: seconds(from), ...again, ...(until !== undefined && { until: seconds(until) }) }];
  }),
});
