import { signature } from "../../guide/edit/compare/compare.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import type { StepRecord } from "../../record/record.ts";

/** Which blocks of a guide were done, and which of another version of it are still to be done. */
export class DoneBlocks {
  readonly #done = new Set<string>();

  /** Notes that these were done as they stand. */
  done(groups: readonly StepGroup[]): void {
    for (const group of groups) this.#done.add(signature(group));
  }

  /**
   * Notes those that were done of blocks one of which failed, by what came of each step: all before it, and later ones that passed
   * before the failure was known, such as that of a unit that died late. What those show is not seen a second time.
   */
  failed(groups: readonly StepGroup[], steps: readonly Pick<StepRecord, "id" | "outcome">[]): void {
    const failing = steps.find(({ outcome }) => outcome === "failed")?.id;
    const index = groups.findIndex(({ id }) => id === failing);
    const passed = ({ id }: StepGroup): boolean => {
      const own = steps.filter((step) => step.id === id);
      return own.length > 0 && own.every(({ outcome }) => outcome === "passed");
    };
    this.done(groups.filter((group, at) => at < index || passed(group)));
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
