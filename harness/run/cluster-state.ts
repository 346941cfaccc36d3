import { mkdir, readFile, rm, writeFile, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { HarnessDefect } from "../errors.ts";
import { stateRoot } from "../paths.ts";
import { guideTextSchema } from "./guide-text.ts";
import { settingsSchema } from "./settings-schema.ts";

/** By machine: where its shell stands. */
export const placesSchema = z.record(z.string(), z.object({ cwd: z.string(), environment: z.string() }));

const machineSchema = z.object({
  name: z.string(),
  address: z.string(),
  role: z.enum(["master", "node"]),
});

const schema = z.object({
  id: z.string(),
  /** What it was brought up with; the guide and its edits are those that were applied last. */
  settings: settingsSchema,
  /** Digests of that guide; absent in the state of an older version, which does not know its guide. */
  text: guideTextSchema.exactOptional(),
  versions: z.object({ kubernetes: z.string(), etcd: z.string(), flannel: z.string() }),
  ports: z.array(z.string()),
  machines: z.array(machineSchema),
  images: z.string(),
  /** True once a person asked to keep the cluster; `gc` leaves it then. */
  kept: z.boolean(),
  /** Id of the last block that was applied on all its machines. */
  applied: z.string().optional(),
  /** Where each machine's shell stands after that block. */
  places: placesSchema,
});

/** A state as it was written before it had all settings, in today's form. */
const former = z
  .looseObject({
    id: z.string(),
    provider: z.string(),
    artifactSet: z.string(),
    machines: z.array(machineSchema),
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

const stateFile = (id: string): string => join(stateRoot(), "applied", `${id}.json`);

/** The state of a cluster; undefined if none of that id was brought up. */
export async function loadClusterState(id: string): Promise<ClusterState | undefined> {
  let text: string;
  try {
    text = await readFile(stateFile(id), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  return parseClusterState(text, id);
}

/** The text of a state of cluster `id`, as it was written once. HarnessDefect if it cannot be read. */
export function parseClusterState(text: string, id: string): ClusterState {
  const written = readJson(text);
  const parsed = schema.safeParse(former.safeParse(written).data ?? written);
  if (parsed.success) return parsed.data;
  throw new HarnessDefect(`The state of cluster ${id} cannot be read: ${z.prettifyError(parsed.error)}`, {
    location: { file: stateFile(id), line: 1 },
    hint: `Remove the cluster with \`pnpm down --cluster ${id}\` and bring it up again.`,
  });
}

/** A file that was broken off says nothing. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function saveClusterState(state: ClusterState): Promise<void> {
  const file = stateFile(state.id);
  await mkdir(join(stateRoot(), "applied"), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function forgetClusterState(id: string): Promise<void> {
  await rm(stateFile(id), { force: true });
}
