import { median } from "../../bench/statistics.ts";
import type { NightlyRun } from "./history.ts";

/** How long the last night took beside the nights before it; milliseconds. */
export type Trend = {
  readonly over: number;
  readonly durationMs: number;
  readonly medianMs: number;
  /** Share by which it was slower; negative if it was faster. */
  readonly change: number;
  readonly phases: Readonly<Record<string, { readonly ms: number; readonly medianMs: number }>>;
};

/**
 * The last night against up to `count` green ones before it with the same provider, artifact set and milestones.
 * Undefined if it is not green or has nobody to be compared with: what stopped half-way was not faster.
 */
export function trendOf(nights: readonly NightlyRun[], count: number): Trend | undefined {
  const last = nights.at(-1);
  if (last?.verdict !== "passed" || last.durationMs === undefined) return undefined;
  const before = nights
    .slice(0, -1)
    .filter((night) => night.durationMs !== undefined && alike(night, last))
    .slice(-count);
  if (before.length === 0) return undefined;
  const medianMs = median(before.map(({ durationMs = 0 }) => durationMs));
  const phases = Object.entries(last.phases).flatMap(([name, ms]) => {
    const others = before.flatMap((night) => night.phases[name] ?? []);
    return others.length > 0 ? [[name, { ms, medianMs: median(others) }] as const] : [];
  });
  return {
    over: before.length,
    durationMs: last.durationMs,
    medianMs,
    change: last.durationMs / medianMs - 1,
    phases: Object.fromEntries(phases),
  };
}

const alike = (one: NightlyRun, other: NightlyRun): boolean => terms(one) === terms(other);

const terms = ({ verdict, provider, artifactSet, milestones }: NightlyRun): string =>
  JSON.stringify([verdict, provider, artifactSet, Object.keys(milestones).toSorted()]);
