import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { assistsSchema } from "../../machines/ledger/definition.ts";
import { startingStatesSchema } from "../../machines/starting-state.ts";
import { namesIn } from "../../host/files.ts";
import { cacheRoot } from "../../host/paths.ts";
import { type Damage, readJson, replaceFile, setAside, touchAsNewest } from "../../host/persisted.ts";
import { shellStatesSchema } from "../cluster/state.ts";

const schema = z.object({
  key: z.string(),
  provider: z.string(),
  /** The cluster that it is a part of, if it is. */
  cluster: z.string().exactOptional(),
  /** Id of the last block that was applied. */
  after: z.string(),
  section: z.string(),
  steps: z.number(),
  /** The run that saved it, and when (ISO 8601). */
  run: z.string(),
  savedAt: z.string(),
  /** How long the machines and the run waited for it. */
  milliseconds: z.number(),
  places: shellStatesSchema,
  assists: assistsSchema,
  /** What the machines were before the guide began; absent if nobody looked then. */
  startedFrom: startingStatesSchema.exactOptional(),
  /** By machine: what was up on it, as `observe` has it. */
  up: z.record(z.string(), z.array(z.string())),
  /** By machine: what of it does not come up again by itself; nobody resumes from the checkpoint then. */
  lost: z.record(z.string(), z.array(z.string())).exactOptional(),
});

/** What is known of a checkpoint beside the machines' disks. */
export type CheckpointMetadata = z.infer<typeof schema>;

/** flannel's `subnetTTL` is 24 h; a run that starts from the checkpoint has an hour of it. */
const leaseMs = 23 * 3_600_000;

/** Whether flannel's leases in etcd may end before machines from it are done with: it would take another subnet then. */
export function hasExpired({ cluster, savedAt, up }: CheckpointMetadata, now = Date.now()): boolean {
  const leased = Object.values(up)
    .flat()
    .some((one) => one.startsWith("address flannel."));
  // A part of its cluster goes on where it was saved, with the clock of that time.
  return cluster === undefined && leased && now - Date.parse(savedAt) > leaseMs;
}

const folder = (): string => join(cacheRoot(), "checkpoints");
const fileOf = (key: string): string => join(folder(), `${key}.json`);

/** Writes it: whole or not at all, for its owner alone, since a shell's variables are in it. */
export async function writeMetadata(metadata: CheckpointMetadata): Promise<void> {
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  await replaceFile(fileOf(metadata.key), JSON.stringify(metadata), { mode: 0o600 });
  await touchMetadata(metadata.key);
}

/** All metadata that can be read, the longest unused first; one of another format is nobody's. */
/** A block, or a place of a walk behind it such as `1.1/command (then by hand, 2)`, for a person. */
export const saidPlace = (id: string): string =>
  id.replace(/ \(then by hand, \d+\)$/, " and what was done by hand since");

export async function readMetadata(): Promise<CheckpointMetadata[]> {
  const found = await Promise.all(
    (await storedKeys()).map(async (key) => {
      const { value: metadata } = await readJson(fileOf(key), schema);
      // Another run may have removed it in between.
      const file = metadata && (await stat(fileOf(key)).catch(() => undefined));
      return metadata && file ? [{ metadata, used: file.mtimeMs }] : [];
    }),
  );
  return found
    .flat()
    .toSorted((a, b) => a.used - b.used)
    .map(({ metadata }) => metadata);
}

async function storedKeys(): Promise<string[]> {
  const names = await namesIn(folder());
  // A draft begins with a dot.
  return names.flatMap((name) => /^([^.].*)\.json$/.exec(name)?.[1] ?? []);
}

/** Metadata that cannot be read. */
export async function damagedMetadata(): Promise<Damage[]> {
  const all = (await storedKeys()).map(async (key) => (await readJson(fileOf(key), schema)).damage);
  return (await Promise.all(all)).flatMap((damage) => damage ?? []);
}

/** Marks a checkpoint as used now: the longest unused are the first to go. */
export async function touchMetadata(key: string): Promise<void> {
  const others = (await storedKeys()).filter((other) => other !== key);
  await touchAsNewest(fileOf(key), others.map(fileOf));
}

/** Removes a checkpoint's metadata; what cannot be read is set aside. */
export async function forgetMetadata(key: string): Promise<void> {
  const { damage } = await readJson(fileOf(key), schema);
  await (damage ? setAside(damage.file) : rm(fileOf(key), { force: true }));
}
