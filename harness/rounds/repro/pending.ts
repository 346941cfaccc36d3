import { signature } from "../../guide/edit/compare/compare.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";

/** Which blocks of a guide were done, and which of another version of it are still to be done. */
export class DoneBlocks {
  readonly #done = new Set<string>();

  /** Notes that these were done as they stand. */
  done(groups: readonly StepGroup[]): void {
    for (const group of groups) this.#done.add(signature(group));
  }

  /** The blocks that were not done as they stand, in order, each once. */
  pending(groups: readonly StepGroup[]): StepGroup[] {
    return groups.filter((group) => !this.#done.has(signature(group)));
  }
}

/** The blocks up to a step, or up to the last one of a section and its subsections; all if neither is there. */
export function upTo({ groups }: Plan, end: string | undefined): readonly StepGroup[] {
  if (end === undefined) return groups;
  const step = groups.findIndex(({ id }) => id === end);
  if (step >= 0) return groups.slice(0, step + 1);
  const last = groups.findLastIndex(({ steps }) =>
    steps.some(({ section }) => section === end || section.startsWith(`${end}.`)),
  );
  return last < 0 ? groups : groups.slice(0, last + 1);
}
