import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { InfrastructureError } from "../../errors.ts";
import { namesIn } from "../../host/files.ts";
import { stateRoot } from "../../host/paths.ts";
import { assistsSchema } from "../../machines/ledger/definition.ts";
import { startingStatesSchema } from "../../machines/starting-state.ts";
import { identify, isAlive, processIdentity } from "../../host/processes/identity.ts";
import { type Damage, damagedError, parseAs, readJson, replaceFile } from "../../host/persisted.ts";
import { machineSpecSchema } from "../../profile/schema.ts";
import { guideTextSchema } from "../../record/inputs.ts";
import { settingsSchema } from "../../settings/schema.ts";

/** By machine: the folder of its shell, and its variables and functions as code. */
export const shellStatesSchema = z.record(z.string(), z.object({ cwd: z.string(), environment: z.string() }));

/** By id of each block that was begun: digest of its text then, whether it came to its end, and how often it was begun. */
const blocksSchema = z.record(
  z.string(),
  z.object({ digest: z.string(), done: z.boolean(), times: z.number() }),
);

export type Blocks = z.infer<typeof blocksSchema>;

const schema = z.object({
  id: z.string(),
  /** What it was brought up with; the guide and its edits are those that were applied last. */
  settings: settingsSchema,
  /** The run that brought it up; absent in the state of an older version. */
  run: z.string().exactOptional(),
  /** Digests of that guide; absent in the state of an older version, which does not know its guide. */
  text: guideTextSchema.exactOptional(),
  versions: z.object({ kubernetes: z.string(), etcd: z.string(), flannel: z.string() }),
  ports: z.array(z.string()),
  machines: z.array(machineSpecSchema),
  images: z.string(),
  /** What its machines were before the guide began; absent if nobody looked then. */
  startedFrom: startingStatesSchema.exactOptional(),
  /** What its machines and the guide on them were helped with; absent in the state of an older version. */
  assists: assistsSchema.exactOptional(),
  /** True once a person asked to keep the cluster; `gc` leaves it then. */
  kept: z.boolean(),
  /** Id of the last block that was applied on all its machines. */
  applied: z.string().optional(),
  /** Absent in the state of an older version. */
  blocks: blocksSchema.exactOptional(),
  /** By machine: when somebody was last at a shell on it (ISO 8601); absent if nobody was. */
  shells: z.record(z.string(), z.string()).exactOptional(),
  /** What was done in the walk that brought it up beside the guide, a few words each; absent if nothing was. */
  walked: z.array(z.string()).exactOptional(),
  /** Where each machine's shell stands after that block. */
  places: shellStatesSchema,
});

/** A state as it was written before it had all settings, in today's form. */
const former = z
  .looseObject({
    id: z.string(),
    provider: z.string(),
    artifactSet: z.string(),
    machines: z.array(machineSpecSchema),
    online: z.boolean(),
    patience: z.number(),
    errata: z.array(z.string()),
    edits: z.array(z.string()),
  })
  .transform(
    ({ id, provider, artifactSet, machines, online, patience, errata, edits, ...rest }): unknown => ({
      ...rest,
      id,
      machines,
      settings: {
        cluster: id,
        provider,
        artifacts: artifactSet,
        nodes: machines.filter(({ role }) => role === "node").length,
        online,
        timeoutFactor: patience,
        errata,
        edits: edits.map((file) => resolve(file)),
      },
    }),
  );

/** What a later command must know of a cluster that an earlier one brought up. */
export type ClusterState = z.infer<typeof schema>;

/** A state as it lies in a file, of this version or an older one. */
const stored: z.ZodType<ClusterState> = z.preprocess(
  (written) => former.safeParse(written).data ?? written,
  schema,
);

const folder = (): string => join(stateRoot(), "applied");
const stateFile = (id: string): string => join(folder(), `${id}.json`);

/** The state of a cluster; undefined if none of that id was brought up. InfrastructureError if it is damaged. */
export async function loadClusterState(id: string): Promise<ClusterState | undefined> {
  const { value, damage } = await readJson(stateFile(id), stored);
  if (damage) throw damagedState(damage, id);
  return value;
}

/** The text of a state of cluster `id`, as it was written once. InfrastructureError if it is damaged. */
export function parseClusterState(text: string, id: string): ClusterState {
  const parsed = parseAs(text, { file: stateFile(id), line: 1 }, stored);
  if (parsed.damage) throw damagedState(parsed.damage, id);
  return parsed.value;
}

/** The option that names a cluster, for a hint. */
export const optionFor = (cluster: string): string => (cluster === "main" ? "" : ` --cluster ${cluster}`);

/** A damaged state as an error. */
export const damagedState = (damage: Damage, id: string): InfrastructureError =>
  damagedError(damage, {
    message: `The state of cluster ${id} cannot be read`,
    hint: `Remove the cluster with \`pnpm down --cluster ${id}\` and bring it up again.`,
  });

/** Written after every block: a power cut takes the machines, too. */
export const saveClusterState = (state: ClusterState): Promise<void> =>
  replaceFile(stateFile(state.id), JSON.stringify(state, null, 2), { mode: 0o600, flush: false });

/** Changes the state of a cluster as it is now: another process may have changed it, too. Nothing where there is none. */
export async function changeClusterState(
  id: string,
  change: (state: ClusterState) => ClusterState,
): Promise<void> {
  const state = await loadClusterState(id);
  if (state) await saveClusterState(change(state));
}

export async function forgetClusterState(id: string): Promise<void> {
  await rm(stateFile(id), { force: true, recursive: true });
  await rm(takenFolder(id), { force: true, recursive: true });
}

/** What was taken away of a machine for a while, and has to be given back. */
export type Taken = { readonly what: "power" | "link"; readonly machine: string };

const takenFolder = (id: string): string => join(stateRoot(), "taken-away", id);
const takenFile = (id: string, { what, machine }: Taken): string =>
  join(takenFolder(id), `${machine}.${what}.json`);

/** Writes down what this process is about to take away of a cluster's machines. */
export async function markTaken(id: string, taken: readonly Taken[]): Promise<void> {
  const owner = JSON.stringify(await identify(process.pid));
  await mkdir(takenFolder(id), { recursive: true });
  await Promise.all(
    taken.map((one) => replaceFile(takenFile(id, one), owner, { mode: 0o600, flush: false })),
  );
}

/** What was taken away has been given back. */
export async function markReturned(id: string, taken: readonly Taken[]): Promise<void> {
  await Promise.all(taken.map((one) => rm(takenFile(id, one), { force: true })));
}

/** What processes have taken away of a cluster's machines that ended before they gave it back. */
export async function leftTaken(id: string): Promise<Taken[]> {
  const left = (await namesIn(takenFolder(id))).map(async (name): Promise<readonly Taken[]> => {
    const [, machine = "", what] = /^(.+)\.(power|link)\.json$/.exec(name) ?? [];
    if (what !== "power" && what !== "link") return [];
    const { value: owner } = await readJson(join(takenFolder(id), name), z.object(processIdentity));
    return owner && (await isAlive(owner)) ? [] : [{ what, machine }];
  });
  return (await Promise.all(left)).flat();
}

/** Damaged states, by the id of the cluster. */
export async function damagedStates(): Promise<ReadonlyMap<string, Damage>> {
  const names = await namesIn(folder());
  const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  const all = await Promise.all(
    ids.map(async (id) => [id, (await readJson(stateFile(id), stored)).damage] as const),
  );
  return new Map(all.flatMap(([id, damage]) => (damage ? [[id, damage] as const] : [])));
}
