import type { PreparedSet } from "../../artifacts/set.ts";
import type { Plan } from "../../guide/types.ts";
import { provider } from "../../machines/index.ts";
import type { Checkpoints } from "../../machines/machine.ts";
import { machinesOf, type Settings } from "../settings.ts";
import { checkpointKeys } from "./keys.ts";
import { type CheckpointNote, readNotes } from "./notes.ts";

/** Where checkpoints of a plan are, and the key of that after each block. */
export type Way = {
  readonly plan: Plan;
  readonly checkpoints: Checkpoints;
  readonly keys: ReadonlyMap<string, string>;
};

/** The way of a plan with these settings; undefined for a provider whose machines cannot be saved. */
export async function wayOf(plan: Plan, settings: Settings, prepared: PreparedSet): Promise<Way | undefined> {
  const { checkpoints, name } = provider(settings);
  if (!checkpoints) return undefined;
  const [base, machines] = await Promise.all([checkpoints.base(), machinesOf(settings)]);
  const origin = { provider: name, base, machines, online: settings.online };
  return { plan, checkpoints, keys: checkpointKeys(plan, origin, prepared) };
}

/** Checkpoints on the way that are there, the one with the most steps first. `saved` are the keys of all there are. */
export async function onTheWay({ plan, keys }: Way, saved: ReadonlySet<string>): Promise<CheckpointNote[]> {
  const notes = new Map((await readNotes()).map((note) => [note.key, note]));
  return plan.groups
    .map(({ id }) => keys.get(id) ?? "")
    .filter((key) => saved.has(key))
    .flatMap((key) => notes.get(key) ?? [])
    .toReversed();
}

/** The checkpoint that a run would start from, as far as is known without a boot. */
export async function newestOn(way: Way): Promise<CheckpointNote | undefined> {
  const notes = await onTheWay(way, new Set(await way.checkpoints.list()));
  return notes.find(({ lost }) => !lost);
}
