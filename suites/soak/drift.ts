import { median, shortly } from "../cluster/index.ts";

/** A value of something, and when, in seconds. Where another life begins, such as that of another process, what was before says nothing. */
export type Sample = { readonly at: number; readonly value: number; readonly life: string };

/** How something went over time. */
type Trend = {
  /** By how much it grew in an hour. */
  readonly perHour: number;
  /** What it was at first and at last. */
  readonly from: number;
  readonly to: number;
  /** For how many seconds the longest life was looked at, without the time in which it settled. */
  readonly seconds: number;
};

/** What something may grow by. */
export type GrowthLimit = {
  readonly perHour: number;
  /** In all the time of a life: what goes up and down is at the top in the end, for once. */
  readonly noise: number;
  /** The same as a share of what it was at first; the larger of both counts. */
  readonly share?: number;
};

/** Fewer samples, or a life of fewer seconds, say nothing. */
const fewest = 8;
const shortest = 60;
/** More say nothing new, and their pairs take time. */
const most = 300;

/** All of a list, or so many of it as say enough. */
export const spread = <T>(all: readonly T[]): readonly T[] =>
  all.filter(
    (_, index) => Math.floor((index * most) / all.length) !== Math.floor(((index - 1) * most) / all.length),
  );

const lengthOf = (life: readonly Sample[]): number => (life.at(-1)?.at ?? 0) - (life[0]?.at ?? 0);

/**
 * The trend of some samples, by the median of the slopes of all pairs that one life has (Theil, 1950; Sen, 1968): a few that are far
 * off do not move it. What a life has in its first `settling` seconds, or in its first half if that is shorter, does not count.
 * Undefined if there are too few: nobody can say.
 */
export function trendOf(samples: readonly Sample[], settling: number): Trend | undefined {
  const lives = [...Map.groupBy(samples, ({ life }) => life).values()].map((all) => {
    const ordered = all.toSorted((a, b) => a.at - b.at);
    const settled = (ordered[0]?.at ?? 0) + Math.min(settling, lengthOf(ordered) / 2);
    return spread(ordered.filter(({ at }) => at >= settled));
  });
  const seconds = Math.max(0, ...lives.map(lengthOf));
  const kept = lives.flat().toSorted((a, b) => a.at - b.at);
  if (kept.length < fewest || seconds < shortest) return undefined;
  const slopes = lives.flatMap((life) =>
    life.flatMap((one, index) =>
      life
        .slice(index + 1)
        .filter(({ at }) => at > one.at)
        .map((later) => (later.value - one.value) / (later.at - one.at)),
    ),
  );
  const end = Math.ceil(kept.length / 5);
  const values = kept.map(({ value }) => value);
  return {
    perHour: 3600 * median(slopes),
    from: median(values.slice(0, end)),
    to: median(values.slice(-end)),
    seconds,
  };
}

/** By how much something grew in the longest life. */
export const grownIn = ({ perHour, seconds }: Trend): number => (perHour * seconds) / 3600;

/** By how much something may go up and down in a life. */
export const variationOf = ({ from }: Trend, { noise, share = 0 }: GrowthLimit): number =>
  Math.max(noise, share * from);

/** Whether something grows by more than it may, and has grown by more than goes up and down. */
export const drifts = (trend: Trend, bound: GrowthLimit): boolean =>
  trend.perHour > bound.perHour && grownIn(trend) > variationOf(trend, bound);

const signed = (value: number): string => `${value < 0 ? "" : "+"}${shortly(value)}`;

/** `+34 MiB an hour (from 60 to 94), bound 20`; for a steeper slope that is no drift, also why. */
export function inWords(trend: Trend, bound: GrowthLimit, unit: string): string {
  const { perHour, from, to } = trend;
  const slope = `${signed(perHour)} ${unit} an hour (from ${shortly(from)} to ${shortly(to)}), bound ${bound.perHour}`;
  if (perHour <= bound.perHour || drifts(trend, bound)) return slope;
  return `${slope}; ${signed(grownIn(trend))} in its longest life, normal variation ${shortly(variationOf(trend, bound))}`;
}
