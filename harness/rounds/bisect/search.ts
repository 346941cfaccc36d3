/** What is known of a commit: it shows the fault or not, or cannot be judged. */
export type CommitState = "good" | "bad" | "skipped";

/** Which commit to judge next; or, if that would tell no more, the last good one (-1: before all) and those suspected. */
export type BisectStep =
  | { readonly judge: number }
  | { readonly good: number; readonly suspects: readonly number[] };

/**
 * Binary search among `count` commits in their order, of which the last is bad and what was before the first is good.
 * Where the one in the middle cannot be judged, its neighbours are. The last suspect is the first that is known to be bad.
 */
export function nextToJudge(count: number, known: ReadonlyMap<number, CommitState>): BisectStep {
  const all = [...known].toSorted(([one], [other]) => one - other);
  const bad = all.find(([, what]) => what === "bad")?.[0] ?? count - 1;
  const good = all.findLast(([index, what]) => what === "good" && index < bad)?.[0] ?? -1;
  const suspects = Array.from({ length: bad - good }, (_, index) => good + 1 + index);
  const middle = (good + bad) / 2;
  const [judge] = suspects
    .filter((index) => index !== bad && !known.has(index))
    .toSorted((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
  return judge === undefined ? { good, suspects } : { judge };
}
