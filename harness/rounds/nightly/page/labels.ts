import { loadProfile, ownGuide } from "../../../profile/profile.ts";
import { headlines } from "../../../report/labels.ts";
import { count, duration } from "../../../report/text.ts";
import type { Flake } from "../history/flakes.ts";
import type { NightlyRun } from "../history/history.ts";
import type { Trend } from "../history/trend.ts";

export const verdictWord = (verdict: NightlyRun["verdict"]): string =>
  verdict === "lost" ? "Lost" : headlines[verdict];

/** `2019-04-01 02:00`, in UTC. */
export const began = ({ startedAt }: Pick<NightlyRun, "startedAt">): string =>
  startedAt.slice(0, 16).replace("T", " ");

/** `+4.1 %`. */
export const percent = (share: number): string =>
  `${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(1)} %`;

/** This night beside the nights before it, in one line; undefined if there is nothing to compare. */
export function trendLine(trend: Trend | undefined): string | undefined {
  if (!trend) return undefined;
  const { durationMs, medianMs, over, change } = trend;
  const of = over === 1 ? "the green night before" : `the median of ${over} green nights before`;
  return `${duration(durationMs)}; ${of} is ${duration(medianMs)} (${percent(change)})`;
}

export function flakeName({ kind, name }: Flake): string {
  if (kind === "verdict") return "the verdict";
  return kind === "milestone" ? (loadProfile(ownGuide).milestones[name]?.title ?? name) : name;
}

/** `passed 3 ×, failed 1 × at commit 0123456789ab`. */
export function flakeResults({ results, commit }: Flake): string {
  const counts = [...Map.groupBy(results, ({ result }) => result)].map(
    ([result, all]) => `${result} ${all.length} ×`,
  );
  return `${counts.join(", ")} at commit ${commit}`;
}

export const lastKnown = (nights: readonly NightlyRun[]): NightlyRun | undefined =>
  nights.findLast(({ inputs }) => Object.keys(inputs).length > 0);

/** Kinds of input that are not those of an earlier night; the commit among them. */
export function changedSince(before: NightlyRun | undefined, night: NightlyRun): string[] {
  if (!before) return [];
  const names = Object.keys(night.inputs).filter(
    (name) => before.inputs[name] !== undefined && before.inputs[name] !== night.inputs[name],
  );
  const commit = before.commit !== undefined && night.commit !== undefined && before.commit !== night.commit;
  return [...(commit ? ["commit"] : []), ...names];
}

export function retryLine(nights: readonly NightlyRun[]): string {
  const repeated = nights.filter(({ attempts }) => attempts.length > 1);
  const helped = repeated.filter(({ verdict }) => verdict === "passed").length;
  if (repeated.length === 0) return `none in ${count(nights.length, "night")}`;
  return `${repeated.length} of ${count(nights.length, "night")} for infrastructure; ${helped} of them green then`;
}
