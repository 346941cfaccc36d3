import { commonRun } from "./difference.ts";
import type { Plan, StepGroup } from "../../types.ts";

/** What a block does and expects, on all its machines; two of the same signature need not be done twice. */
export const signature = ({ id, steps }: StepGroup): string =>
  JSON.stringify([
    id,
    steps.map(({ machine, action, expect }) => [machine, action, expect?.text, expect?.within]),
  ]);

/** The blocks with which two guides begin alike. */
export function common(one: readonly StepGroup[], other: readonly StepGroup[]): readonly StepGroup[] {
  const differs = one.findIndex((group, index) => {
    const beside = other[index];
    return beside === undefined || signature(beside) !== signature(group);
  });
  return differs < 0 ? one : one.slice(0, differs);
}

/** Ids of blocks that both guides have, but in another order; as few as account for it. */
export function moved(one: readonly StepGroup[], other: readonly StepGroup[]): string[] {
  const [before, after] = [one, other].map((groups) => groups.map(({ id }) => id));
  const kept = new Set(commonRun(before ?? [], after ?? []));
  const were = new Set(before);
  return (after ?? []).filter((id) => were.has(id) && !kept.has(id));
}

/**
 * Ids of the blocks that end a section: the next one is of another, or there is none. With a `depth`, of sections whose
 * numbers have that many parts at most: with 2, 4.2 ends with 4.2.6.
 */
export function sectionEnds(
  { groups }: Pick<Plan, "groups">,
  depth = Number.POSITIVE_INFINITY,
): ReadonlySet<string> {
  const sectionOf = (group: StepGroup | undefined): string | undefined =>
    group?.steps[0]?.section.split(".").slice(0, depth).join(".");
  return new Set(
    groups.filter((group, index) => sectionOf(group) !== sectionOf(groups[index + 1])).map(({ id }) => id),
  );
}
