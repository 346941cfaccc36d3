import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { stateRoot } from "../../../host/paths.ts";
import { bytesIfThere } from "../../../host/files.ts";
import { type Damage, readJson, setAside } from "../../../host/persisted.ts";
import { claimFolder, inUse, listFolders, ownerEntry, ownerSchema } from "../../ledger/folder.ts";
import { assistsSchema, definitions } from "../../ledger/definition.ts";
import { ledgers } from "../../ledger/ledger.ts";
import { clusterSpecSchema, endpointSchema, type Listed } from "../../machine.ts";
import { loadProfile, ownGuide } from "../../../profile/profile.ts";
import { profileSchema } from "../../../profile/schema.ts";
import { assertId } from "../../../choices.ts";

const definitionSchema = z.object({
  /** False until all hosts had what they need. */
  complete: z.boolean(),
  spec: clusterSpecSchema,
  endpoints: z.array(endpointSchema).readonly(),
  /** Names of the hosts that carried the guide when they were taken. */
  adopted: z.array(z.string()).readonly(),
  assists: assistsSchema,
  /** What its hosts say of whose they are; older versions left nothing there. */
  claim: z.string().exactOptional(),
  /** That no host was changed yet: to give them back is to let them go. */
  untouched: z.literal(true).exactOptional(),
  /** What the guide leaves on them; older versions knew the project's own alone. */
  guide: profileSchema
    .pick({ units: true, footprint: true, networks: true })
    .default(() => loadProfile(ownGuide)),
  /**
   * The keys of root on the hosts, which trust each other while the guide is there: those of adopted hosts, and of all once a
   * reset began.
   */
  rootKeys: z.array(z.string()).readonly().exactOptional(),
});

/** What another process needs to use hosts, or to give them back. Written before a host is changed. */
export type Definition = z.infer<typeof definitionSchema>;

const folder = (): string => join(stateRoot(), "inventory");

export const folderOf = (id: string): string => join(folder(), id);
const definitionOf = (id: string): string => join(folderOf(id), "hosts.json");
const ownersName = "owners.jsonl";
const ownersOf = (id: string): string => join(folderOf(id), ownersName);

/** Makes a cluster's folder, with this process as its owner. UsageError if the id is in use, by hosts or by machines of another provider. */
export async function claim(id: string): Promise<void> {
  assertId(id);
  const kinds = existsSync(stateRoot()) ? await readdir(stateRoot(), { withFileTypes: true }) : [];
  const taken = kinds
    .filter((kind) => kind.isDirectory())
    .map(({ name }) => join(stateRoot(), name, id))
    .find((path) => existsSync(path));
  if (taken !== undefined) throw inUse(id, taken);
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  await claimFolder(id, folderOf(id), ownersName);
}

/** Who uses the hosts; an older version did not say that they are owners. */
const owners = ledgers(ownersOf, ownerSchema.extend({ kind: z.literal("owner").default("owner") }));

/** Writes down that this process uses the hosts. */
export const own = async (id: string): Promise<void> => owners.add(id, [await ownerEntry()]);

/** Every cluster of hosts that is written down. */
export const listRecords = (): Promise<Listed[]> =>
  listFolders(folder(), async (id) => {
    const { items, damaged } = await owners.read(id);
    const damage = await damageOf(id);
    return { items, damaged: [...damaged, ...(damage ? [damage] : [])] };
  });

/** Moves all that is known of the hosts of a cluster out of the way; gives where it is now. */
export const setRecordAside = (id: string): Promise<string> => setAside(folderOf(id));

/** Why the definition of a cluster cannot be used; undefined if it can, or there is none. */
export const damageOf = async (id: string): Promise<Damage | undefined> =>
  (await readJson(definitionOf(id), definitionSchema)).damage;

export const { read: readDefinition, write: writeDefinition } = definitions(
  definitionOf,
  definitionSchema,
  (id) => ({
    message: `The record of the hosts of cluster ${id} cannot be read`,
    hint: `Give the hosts back with \`pnpm reset --inventory FILE\`, then remove ${folderOf(id)}.`,
  }),
);

/** What a host was like before it was changed. */
export type Before = {
  /** As scripts/state.sh printed it. */
  readonly state: string;
  /** A tar archive, compressed, of what the guide rewrites. */
  readonly files: Buffer;
};

export async function writeBefore(id: string, machine: string, { state, files }: Before): Promise<void> {
  const base = join(folderOf(id), machine);
  await writeFile(`${base}.files.tgz`, files, { mode: 0o600, flush: true });
  await writeFile(`${base}.state.gz`, await promisify(gzip)(state), { mode: 0o600, flush: true });
}

/** Undefined if it was not written down, or cannot be read any more. */
export async function readBefore(id: string, machine: string): Promise<Before | undefined> {
  const base = join(folderOf(id), machine);
  const [state, files] = await Promise.all([
    bytesIfThere(`${base}.state.gz`),
    bytesIfThere(`${base}.files.tgz`),
  ]);
  const text = state && (await unpacked(id, `${base}.state.gz`, state));
  return text !== undefined && files ? { state: text, files } : undefined;
}

/** Undefined if it is damaged: what a host was like is then not known. It is kept beside the cluster's folder. */
async function unpacked(id: string, file: string, packed: Buffer): Promise<string | undefined> {
  try {
    return (await promisify(gunzip)(packed)).toString();
  } catch {
    await setAside(file, `${folderOf(id)}.${basename(file)}`);
    return undefined;
  }
}

export const forget = (id: string): Promise<void> => rm(folderOf(id), { recursive: true, force: true });
