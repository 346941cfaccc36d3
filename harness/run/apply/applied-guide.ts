import { createHash } from "node:crypto";
import { UsageError } from "../../errors.ts";
import { signature } from "../../guide/edit/compare/compare.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import type { Blocks, ClusterState } from "../cluster/state.ts";
import { textChanges } from "./guide-text.ts";
import { guideText } from "../request/inputs.ts";
import { missingFiles, type Settings } from "../../settings/settings.ts";

/**
 * What of the settings' guide is not as it was last applied to the cluster, each as a person says it. UsageError if a
 * file of it is gone.
 */
export async function notAsApplied(state: ClusterState, settings: Settings): Promise<readonly string[]> {
  const [gone] = await missingFiles(settings, ["guide", "edits"]);
  if (gone) {
    throw new UsageError(`Cluster ${state.id} was made from ${gone.file}, which is gone`, {
      hint: `Put it back, or name another with ${gone.option}: what fails is then blamed on that text.`,
    });
  }
  const { text } = state;
  if (!text) return ["which guide it was is not known: an older version brought it up"];
  return textChanges({ ...state.settings, text }, { ...settings, text: await guideText(settings) });
}

const digestOf = (group: StepGroup): string => createHash("sha256").update(signature(group)).digest("hex");

/** Blocks that were done once, as they stand. */
export const doneOnce = (groups: readonly StepGroup[]): Blocks =>
  Object.fromEntries(groups.map((group) => [group.id, { digest: digestOf(group), done: true, times: 1 }]));

/** What was begun of a plan on a cluster. An older version wrote down the last block alone. */
export const blocksOn = (
  { blocks, applied }: Pick<ClusterState, "blocks" | "applied">,
  { groups }: Pick<Plan, "groups">,
): Blocks => blocks ?? doneOnce(groups.slice(0, groups.findIndex(({ id }) => id === applied) + 1));

/** The same with a block that begins now. */
export const withBegun = (blocks: Blocks, group: StepGroup): Blocks => ({
  ...blocks,
  [group.id]: { digest: digestOf(group), done: false, times: (blocks[group.id]?.times ?? 0) + 1 },
});

/** The same with a block that came to its end. */
export const withDone = (blocks: Blocks, group: StepGroup): Blocks => ({
  ...blocks,
  [group.id]: { digest: digestOf(group), done: true, times: blocks[group.id]?.times ?? 1 },
});

/** Blocks of a plan that were not applied to a cluster, in order. Hosts that were adopted have all of the guide. */
export function notApplied(state: ClusterState, plan: Pick<Plan, "groups">): readonly StepGroup[] {
  if (state.settings.adopt) return [];
  const blocks = blocksOn(state, plan);
  return plan.groups.filter(({ id }) => blocks[id]?.done !== true);
}
