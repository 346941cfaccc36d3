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

/** A time in which something was not as it must be, in milliseconds since a fault began. */
export type Outage = {
  readonly from: number;
  /** When it was right again for a while; absent if it never was. */
  readonly until?: number;
  /** What was wrong last. */
  readonly seen: string;
  /** Whether nothing else was wrong than that nobody reached the machine to look. */
  readonly lost?: true;
};

/** Milliseconds for which something has to be right before it is back. */
export const calm = 3000;

/**
 * Each from a look that was wrong, or longer than `late`, to the next right one: what is right for a moment is not yet back, and
 * what breaks after a while is another outage, with a cause of its own.
 */
export function outagesOf(samples: readonly Sample[], late: number): Outage[] {
  const spells: { readonly bad: Sample[]; right: Sample | undefined }[] = [];
  for (const sample of samples) {
    const spell = spells.at(-1);
    const isLate = sample.until - sample.from > late;
    if (sample.wrong === "" && !isLate) {
      if (spell) spell.right ??= sample;
      continue;
    }
    // An answer that came too late was the first right one.
    const right = sample.wrong === "" ? sample : undefined;
    if (!spell || (spell.right && sample.from > spell.right.until + calm))
      spells.push({ bad: [sample], right });
    else {
      spell.bad.push(sample);
      spell.right = right;
    }
  }
  return spells.flatMap(({ bad, right }): Outage[] => {
    const [first, last] = [bad[0], bad.at(-1)];
    if (!first || !last) return [];
    return [
      {
        from: Math.max(0, first.from),
        ...(right && { until: right.until }),
        seen: last.wrong || `no answer for ${seconds(last.until - last.from)} s`,
        ...(bad.every(({ lost }) => lost) && { lost: true as const }),
      },
    ];
  });
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
  /** Whether it may break only once somebody sets out to undo the fault, and has to go on before. */
  readonly afterwards?: true;
  /**
   * Until when it has to be right again, and stay so until somebody sets out to undo the fault: since the fault was seen to have
   * begun, for what the cluster mends though it lasts.
   */
  readonly mended?: number;
};

/** Seconds after which all has to be back once a fault is undone, but for what nobody waits for. */
export const longestBack = (expected: Readonly<Record<string, Expected>>): number =>
  Math.max(0, ...Object.values(expected).map(({ back = 0 }) => (back === Infinity ? 0 : back)));

/**
 * When a fault was seen to have begun, when somebody set out to undo it, and when it was undone, in milliseconds since somebody set
 * out to do it.
 */
export type Times = { readonly injected: number; readonly undoing: number; readonly undone: number };

/** What was seen of something, held against what has to be. */
export type Observation = {
  readonly what: string;
  readonly expected: Expected;
  /** In the order of time. */
  readonly outages: readonly Outage[];
  /** The same where slow machines may take no longer for an answer than others, of what has to break. */
  readonly prompt?: readonly Outage[];
};

export const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

/** From when until when something was. */
export type Time = { readonly from: number; readonly until: number };

/** What is not as it has to be, in words, and the time since the fault began that it took, or that was waited in vain for it. */
export type Finding = {
  readonly words: string;
  readonly time: Time;
  /** How many milliseconds that might have been, of what was late to be right again. */
  readonly allowed?: number;
  /** Whether it only seems so, for nobody reached a machine to look. */
  readonly lost?: true;
};

const broke = (what: string, { from, until, seen }: Outage): string =>
  `${what}: not from ${seconds(from)} ${until === undefined ? "s on" : `to ${seconds(until)} s`} (${seen})`;

const findingOf = (
  words: string,
  { from, until, lost }: Outage,
  end: number,
  since = 0,
  limit = -Infinity,
): Finding => {
  const begin = Math.max(from, since);
  return {
    words,
    time: { from: begin, until: until ?? end },
    ...(limit > begin && { allowed: limit - begin }),
    ...(lost && { lost }),
  };
};

/** What broke that had to go on, of what was looked at until `end`; `undoing` is when somebody set out to undo the fault. */
export const brokenIn = (observations: readonly Observation[], end: number, undoing = 0): Finding[] =>
  observations.flatMap(({ what, expected: { back, breaks, afterwards }, outages }) => {
    const goesOn = !back && !breaks;
    // A look that fails then may have begun before.
    const tooSoon = outages.filter(({ from }) => goesOn || (afterwards && from < undoing - calm));
    return tooSoon.map((outage) => findingOf(broke(what, outage), outage, end));
  });

/** What had to break and did not, or not when it had to, of what was looked at until `end`. */
export const unbrokenIn = (
  observations: readonly Observation[],
  { injected }: Pick<Times, "injected">,
  factor: number,
  end: number,
): Finding[] =>
  observations.flatMap(({ what, expected: { breaks }, outages: all, prompt: outages = all }): Finding[] => {
    if (!breaks) return [];
    const [earliest, latest] = breaks;
    const limit = injected + 1000 * latest * factor;
    const had = `where it had to break between ${earliest} and ${seconds(limit)} s`;
    const early = outages.filter(({ from }) => seconds(from) < earliest);
    const found = early.map((outage) => findingOf(`${broke(what, outage)}, ${had}`, outage, end));
    const next = outages.find(({ from }) => seconds(from) >= earliest);
    const isBroken = early.some(({ until = Infinity }) => until > 1000 * earliest);
    if (isBroken || (next && seconds(next.from) <= seconds(limit))) return found;
    const words = next ? broke(what, next) : `${what}: ${early.length > 0 ? "right since" : "all the while"}`;
    return [...found, { words: `${words}, ${had}`, time: { from: 0, until: next?.from ?? end } }];
  });

/** What is not right again in time, of what was looked at until `end`. */
export const missingIn = (
  observations: readonly Observation[],
  { injected, undoing, undone }: Times,
  factor: number,
  end: number,
): Finding[] =>
  observations.flatMap(({ what, expected: { back = Infinity, mended = Infinity }, outages }) =>
    outages.flatMap((outage) => {
      const limits = [
        // What was mended may break anew when the fault is undone; a look that fails then may have begun before.
        ...(outage === outages[0] || outage.from < undoing - calm
          ? [{ since: 0, limit: injected + 1000 * mended * factor }]
          : []),
        { since: undone, limit: undone + 1000 * back * factor },
      ];
      return limits
        .filter(({ limit }) => limit < Infinity && seconds(outage.until ?? Infinity) > seconds(limit))
        .map(({ since, limit }) => findingOf(overdue(what, outage, limit), outage, end, since, limit));
    }),
  );

function overdue(what: string, outage: Outage, limit: number): string {
  const { from, until, seen } = outage;
  const had = `where it had to be by ${seconds(limit)} s`;
  if (from > limit) return `${broke(what, outage)}, ${had}`;
  const words = until === undefined ? "not right again" : `right again at ${seconds(until)} s`;
  return `${what}: ${words}, ${had}; last seen: ${seen}`;
}

/** Times without those that others overlap: these are one. */
export function apart(times: readonly Time[]): Time[] {
  const all: Time[] = [];
  for (const time of times.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (!last || time.from > last.until) all.push(time);
    else all.splice(-1, 1, { from: last.from, until: Math.max(last.until, time.until) });
  }
  return all;
}

/** What of a fault is kept for reports. */
export const recordOf = (
  name: string,
  { observations, undone }: { readonly observations: readonly Observation[]; readonly undone: number },
): FaultRecord => ({
  name,
  undone: seconds(undone),
  wentOn: observations.filter(({ outages }) => outages.length === 0).map(({ what }) => what),
  broke: observations.flatMap(({ what, outages }) => {
    const [first, last] = [outages[0], outages.at(-1)];
    if (!first || !last) return [];
    const again = first !== last && first.until !== undefined && { mended: seconds(first.until) };
    const until = last.until !== undefined && { until: seconds(last.until) };
    return [{ what, from: seconds(first.from), ...again, ...until }];
  }),
});
