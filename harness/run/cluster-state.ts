import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { InfrastructureError } from "../errors.ts";
import { stateRoot } from "../paths.ts";
import { type Damage, damagedError, parseAs, readJson, replaceFile } from "../persisted.ts";

/** By machine: where its shell stands. */
export const placesSchema = z.record(z.string(), z.object({ cwd: z.string(), environment: z.string() }));

const schema = z.object({
  id: z.string(),
  provider: z.string(),
  artifactSet: z.string(),
  versions: z.object({ kubernetes: z.string(), etcd: z.string(), flannel: z.string() }),
  ports: z.array(z.string()),
  machines: z.array(z.object({ name: z.string(), address: z.string(), role: z.enum(["master", "node"]) })),
  /** Whether `wget` downloads for real. */
  online: z.boolean(),
  patience: z.number(),
  errata: z.array(z.string()),
  edits: z.array(z.string()),
  images: z.string(),
  /** True once a person asked to keep the cluster; `gc` leaves it then. */
  kept: z.boolean(),
  /** Id of the last block that was applied on all its machines. */
  applied: z.string().optional(),
  /** Where each machine's shell stands after that block. */
  places: placesSchema,
});

/** What a later command must know of a cluster that an earlier one brought up. */
export type ClusterState = z.infer<typeof schema>;

const folder = (): string => join(stateRoot(), "applied");
const stateFile = (id: string): string => join(folder(), `${id}.json`);

/** The state of a cluster; undefined if none of that id was brought up. InfrastructureError if it is damaged. */
export async function loadClusterState(id: string): Promise<ClusterState | undefined> {
  const { value, damage } = await readJson(stateFile(id), schema);
  if (damage) throw damagedState(damage, id);
  return value;
}

/** The text of a state of cluster `id`, as it was written once. InfrastructureError if it is damaged. */
export function parseClusterState(text: string, id: string): ClusterState {
  const parsed = parseAs(text, { file: stateFile(id), line: 1 }, schema);
  if (parsed.damage) throw damagedState(parsed.damage, id);
  return parsed.value;
}

/** A damaged state as an error. */
export const damagedState = (damage: Damage, id: string): InfrastructureError =>
  damagedError(damage, {
    message: `The state of cluster ${id} cannot be read`,
    hint: `Remove the cluster with \`pnpm down --cluster ${id}\` and bring it up again.`,
  });

/** Written after every block: a power cut takes the machines, too. */
export const saveClusterState = (state: ClusterState): Promise<void> =>
  replaceFile(stateFile(state.id), JSON.stringify(state, null, 2), { mode: 0o600, flush: false });

export async function forgetClusterState(id: string): Promise<void> {
  await rm(stateFile(id), { force: true, recursive: true });
}

/** Damaged states, by the id of the cluster. */
export async function damagedStates(): Promise<ReadonlyMap<string, Damage>> {
  const names = await readdir(folder()).catch(() => []);
  const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  const all = await Promise.all(
    ids.map(async (id) => [id, (await readJson(stateFile(id), schema)).damage] as const),
  );
  return new Map(all.flatMap(([id, damage]) => (damage ? [[id, damage] as const] : [])));
}
