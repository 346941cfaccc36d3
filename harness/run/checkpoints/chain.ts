import type { PreparedSet } from "../../artifacts/set.ts";
import type { Context } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { sectionEnds } from "../../guide/edit/compare/compare.ts";
import type { Plan } from "../../guide/types.ts";
import { provider } from "../../machines/index.ts";
import type { Checkpoints } from "../../machines/machine.ts";
import { machinesOf, type Settings } from "../../settings/settings.ts";
import { checkpointKeys } from "./keys.ts";
import { type CheckpointMetadata, hasExpired, readMetadata } from "./metadata.ts";

/** Where checkpoints of a plan are, and the key of that after each block. */
export type CheckpointChain = {
  readonly plan: Plan;
  readonly checkpoints: Checkpoints;
  readonly keys: ReadonlyMap<string, string>;
};

/** The chain of a plan with these settings; undefined for a provider whose machines cannot be saved. */
export async function chainOf(
  plan: Plan,
  settings: Settings,
  prepared: PreparedSet,
  context: Context,
): Promise<CheckpointChain | undefined> {
  const { checkpoints, name } = provider(settings);
  if (!checkpoints) return undefined;
  const [base, machines] = await Promise.all([
    checkpoints.base(settings.cluster, context),
    machinesOf(settings),
  ]);
  const origin = { provider: name, base, machines, online: settings.online };
  return { plan, checkpoints, keys: checkpointKeys(plan, origin, prepared) };
}

/** Checkpoints of the chain that are there and of use, the one with the most steps first. */
export async function savedOn(
  { plan, keys, checkpoints }: CheckpointChain,
  context: Context,
): Promise<CheckpointMetadata[]> {
  const saved = new Set(await checkpoints.list(context));
  const usable = (await readMetadata()).filter((one) => !hasExpired(one));
  const metadata = new Map(usable.map((one) => [one.key, one]));
  return plan.groups
    .map(({ id }) => keys.get(id) ?? "")
    .filter((key) => saved.has(key))
    .flatMap((key) => metadata.get(key) ?? [])
    .toReversed();
}

/** Those that machines come up from, as far as is known without a boot: a run starts from the first. */
export const usableOn = async (chain: CheckpointChain, context: Context): Promise<CheckpointMetadata[]> =>
  (await savedOn(chain, context)).filter(({ lost }) => !lost);

/**
 * Blocks after which a run saves its machines: the ends of the plan's sections, and the `further` ones. Where a checkpoint
 * is a part of its cluster and takes seconds, only the larger sections (`4.2`) count, and only if the cluster stays;
 * UsageError for further ones if it does not.
 */
export function savePoints(
  plan: Pick<Plan, "groups">,
  settings: Settings,
  { keep, further = [] }: { readonly keep: boolean; readonly further?: readonly string[] },
): ReadonlySet<string> {
  const { checkpoints, name } = provider(settings);
  if (!checkpoints?.inPlace) return new Set([...sectionEnds(plan), ...further]);
  if (keep) return new Set([...sectionEnds(plan, 2), ...further]);
  if (further.length === 0) return new Set();
  throw new UsageError(`Checkpoints of the provider ${name} go with their cluster`, {
    hint: "Add --keep: the cluster stays, and `--resume --cluster ID` returns to them.",
  });
}
