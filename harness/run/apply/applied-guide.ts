import { createHash } from "node:crypto";
import { UsageError } from "../../errors.ts";
import { signature } from "../../guide/edit/compare/compare.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import type { Blocks, ClusterState } from "../cluster/state.ts";
import { selectGroups } from "./apply.ts";
import { guideChanges } from "../request/inputs.ts";
import { missingFiles, type Settings } from "../../settings/settings.ts";

/** What of the guide is not as it was last applied to the cluster, each as a person says it. UsageError if a file of it is gone. */
export async function notAsApplied(state: ClusterState, settings: Settings): Promise<readonly string[]> {
  const [gone] = await missingFiles(settings, ["guide", "edits"]);
  if (gone) {
    throw new UsageError(`Cluster ${state.id} was made from ${gone.file}, which is gone`, {
      hint: `Put it back, or name another with ${gone.option}: what fails is then blamed on that text.`,
    });
  }
  const { text } = state;
  if (!text) return ["which guide it was is not known: an older version brought it up"];
  return guideChanges({ ...state.settings, text }, settings);
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

/** Where an application goes on that nobody has said the first step of: one line says so; or why there is nothing to do. */
export type Continuation = { readonly from?: string; readonly said?: string; readonly idle?: string };

/**
 * Goes on after the last block that was applied to a cluster, as far as a section. UsageError if what was applied is not as it
 * was, or blocks before others that were applied are missing.
 */
export function continuationOf(state: ClusterState, plan: Plan, to?: string): Continuation {
  const blocks = blocksOn(state, plan);
  if (state.settings.adopt || Object.keys(blocks).length === 0) return {};
  assertUnchanged(blocks, plan);
  const missing = notApplied(state, plan);
  const last = plan.groups.findLast((group) => !missing.includes(group));
  const applied = last ? `the guide is applied up to ${last.id}` : "nothing of the guide is applied";
  const asked = selectGroups(plan, to === undefined ? {} : { to });
  const next = missing.find((group) => asked.includes(group));
  if (!next) {
    const where = to === undefined ? "" : ` up to section ${to}`;
    return { idle: `Nothing is left to apply${where}: ${applied}. \`--from STEP\` applies steps again.` };
  }
  if (last && plan.groups.indexOf(last) > plan.groups.indexOf(next)) {
    throw new UsageError(`${next.id} is not applied, though later steps are, up to ${last.id}`, {
      hint: `\`--from ${next.id}\` applies it and all that follows, some of that a second time; another step leaves it out.`,
    });
  }
  const why = blocks[next.id] ? "which was begun and did not come to its end" : `for ${applied}`;
  return { from: next.id, said: `Goes on with ${next.id}, ${why}.` };
}

function assertUnchanged(blocks: Blocks, { groups }: Plan): void {
  const done = Object.entries(blocks).filter(([, { done: isDone }]) => isDone);
  const changed = groups.find((group) =>
    done.some(([id, { digest }]) => id === group.id && digest !== digestOf(group)),
  );
  const gone = done.find(([id]) => !groups.some((group) => group.id === id))?.[0];
  if (!changed && gone === undefined) return;
  const what = changed
    ? `The text of ${changed.id} has changed since it was applied`
    : `${gone} was applied, and is not in the guide any more`;
  throw new UsageError(what, {
    hint: `\`--from ${changed?.id ?? "STEP"}\` says where to begin; what was applied before runs a second time then, which proves nothing.`,
  });
}

/** What was done to a cluster beside each block once, a few words each; a run answers for the blocks of its `isOwn` cluster itself. */
export function detoursOf({ blocks = {}, shells = {}, walked = [] }: ClusterState, isOwn = false): string[] {
  const at = Object.entries(shells).map(
    ([machine, time]) =>
      `somebody was at a shell on ${machine} at ${time.slice(0, 16).replace("T", " ")} UTC`,
  );
  if (isOwn) return at;
  const [first, ...others] = Object.entries(blocks).flatMap(([id, { times }]) => (times > 1 ? [id] : []));
  const more =
    others.length === 0 ? "" : ` and ${others.length} other ${others.length === 1 ? "block" : "blocks"}`;
  return [...walked, ...(first === undefined ? [] : [`${first}${more} ran more than once`]), ...at];
}
