import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { UsageError } from "../../errors.ts";
import { stateRoot } from "../../paths.ts";
import {
  assistsSchema,
  endpointSchema,
  readDefinitionFrom,
  specSchema,
  writeDefinitionTo,
} from "../definition.ts";
import { isErrno } from "../nspawn/errno.ts";
import { assertId } from "../nspawn/names.ts";
import { identify, isAlive, processIdentity, type ProcessIdentity } from "../../process-identity.ts";

const definitionSchema = z.object({
  /** False until all hosts had what they need. */
  complete: z.boolean(),
  spec: specSchema,
  endpoints: z.array(endpointSchema).readonly(),
  /** Names of the hosts that carried the guide when they were taken. */
  adopted: z.array(z.string()).readonly(),
  assists: assistsSchema,
  /** The keys of root on the hosts, which trust each other while the guide is there; known once a reset began. */
  rootKeys: z.array(z.string()).readonly().exactOptional(),
});

/** What another process needs to use hosts, or to give them back. Written before a host is changed. */
export type Definition = z.infer<typeof definitionSchema>;

/** Folder with one folder for each cluster of hosts. */
const folder = (): string => join(stateRoot(), "inventory");

const folderOf = (id: string): string => join(folder(), id);
const definitionOf = (id: string): string => join(folderOf(id), "hosts.json");
const ownersOf = (id: string): string => join(folderOf(id), "owners.jsonl");

/** Makes a cluster's folder. UsageError if the id is in use, by hosts or by machines of another provider. */
export async function claim(id: string): Promise<void> {
  assertId(id);
  const kinds = existsSync(stateRoot()) ? await readdir(stateRoot(), { withFileTypes: true }) : [];
  const taken = kinds
    .filter((kind) => kind.isDirectory())
    .map(({ name }) => join(stateRoot(), name, id))
    .find((path) => existsSync(path));
  if (taken === undefined) {
    await mkdir(folder(), { recursive: true, mode: 0o700 });
    try {
      await mkdir(folderOf(id), { mode: 0o700 });
      await own(id);
      return;
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
    }
  }
  throw new UsageError(`There is a cluster ${id} already: ${taken ?? folderOf(id)}`, {
    hint: `Remove it with \`pnpm down --cluster ${id}\`, or choose another id with --cluster.`,
  });
}

/** Writes down that this process uses the hosts. */
export async function own(id: string): Promise<void> {
  const self = await identify(process.pid);
  await appendFile(ownersOf(id), `${JSON.stringify(self)}\n`, { mode: 0o600 });
}

const ownerSchema = z.object(processIdentity);

/** A line that was cut short is of a process that was killed. */
function parseOwner(line: string): ProcessIdentity[] {
  try {
    return [ownerSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

/** Whether a process that uses the hosts still lives. */
async function inUse(id: string): Promise<boolean> {
  const lines = (await readIfThere(ownersOf(id)))?.toString().split("\n") ?? [];
  return (await Promise.all(lines.flatMap(parseOwner).map(isAlive))).includes(true);
}

/** Every cluster of hosts that is written down. */
export async function listRecords(): Promise<{ id: string; running: boolean }[]> {
  const ids = existsSync(folder()) ? await readdir(folder()) : [];
  return Promise.all(ids.map(async (id) => ({ id, running: await inUse(id) })));
}

export const writeDefinition = (definition: Definition): Promise<void> =>
  writeDefinitionTo(definitionOf(definition.spec.id), definition);

/** Undefined if there is none. InfrastructureError if it cannot be read. */
export const readDefinition = (id: string): Promise<Definition | undefined> =>
  readDefinitionFrom(definitionOf(id), definitionSchema, {
    message: `What is known of the hosts of cluster ${id} cannot be read`,
    hint: `Give the hosts back with \`pnpm reset --inventory FILE\`, then remove ${folderOf(id)}.`,
  });

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

/** Undefined if it was not written down. */
export async function readBefore(id: string, machine: string): Promise<Before | undefined> {
  const base = join(folderOf(id), machine);
  const [state, files] = await Promise.all([
    readIfThere(`${base}.state.gz`),
    readIfThere(`${base}.files.tgz`),
  ]);
  return state && files && { state: (await promisify(gunzip)(state)).toString(), files };
}

/** Forgets a cluster of hosts. */
export const forget = (id: string): Promise<void> => rm(folderOf(id), { recursive: true, force: true });

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
