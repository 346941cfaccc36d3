import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { namesIn } from "../../host/files.ts";
import { touchAsNewest } from "../../host/persisted.ts";
import type { Checkpoints } from "../machine.ts";
import { clustersFolder, readDefinition } from "./cluster.ts";
import { isOver } from "./libvirt/sessions.ts";
import { metadataFile, metadataFolder, snapshots } from "./libvirt/snapshots.ts";
import { vagrant } from "./command/vagrant.ts";

/** How many a cluster has at most: each holds the memory of all machines. */
export const most = 24;

/** Snapshots of vagrant under names of their own. They are in the disks of the cluster's machines, which never shrink. */
export const checkpoints: Checkpoints = {
  inPlace: true,
  // Its snapshots went with whatever cluster had the name before.
  base: async (cluster) => cluster,
  async save(id, key, context) {
    const keys = await keysOf(id);
    if (keys.includes(key)) return;
    for (const old of keys.slice(0, Math.max(0, keys.length - most + 1))) await removeFrom(id, old, context);
    await snapshots.save(id, nameOf(key), key, context);
    await use(id, key);
  },
  async list() {
    return (await Promise.all((await clusters()).map(keysOf))).flat();
  },
  async remove(keys, context) {
    const removed: string[] = [];
    for (const id of await clusters()) {
      for (const key of await keysOf(id)) {
        if (!keys.includes(key)) continue;
        await removeFrom(id, key, context);
        removed.push(key);
      }
    }
    return removed.toSorted();
  },
  bytes: async () => 0,
};

/** Takes a cluster's machines back to a checkpoint, from any process. UsageError if the cluster does not have it. */
export async function returnTo(id: string, key: string, context: Context): Promise<void> {
  await snapshots.restore(id, nameOf(key), context);
  await use(id, key);
}

async function use(id: string, key: string): Promise<void> {
  const others = (await keysOf(id)).filter((other) => other !== key);
  await touchAsNewest(
    metadataFile(id, nameOf(key)),
    others.map((other) => metadataFile(id, nameOf(other))),
  );
}

const prefix = "checkpoint-";
const nameOf = (key: string): string => `${prefix}${key}`;

/** Keys of what a cluster can return to, the longest unused first; none if its libvirt has ended. */
async function keysOf(id: string): Promise<string[]> {
  const definition = await readDefinition(id).catch(() => undefined);
  if (!definition || (await isOver(definition.env))) return [];
  const names = (await namesIn(metadataFolder(id))).filter((name) => name.startsWith(prefix));
  const found = await Promise.all(
    names.map(async (name) => ({
      key: name.slice(prefix.length, -".json".length),
      used: (await stat(join(metadataFolder(id), name))).mtimeMs,
    })),
  );
  return found.toSorted((a, b) => a.used - b.used).map(({ key }) => key);
}

async function removeFrom(id: string, key: string, context: Context): Promise<void> {
  const definition = await readDefinition(id);
  // First, for what is half removed is none.
  await rm(metadataFile(id, nameOf(key)), { force: true });
  if (definition) await vagrant(["snapshot", "delete", nameOf(key)], definition.env, context);
}

const clusters = (): Promise<string[]> => namesIn(clustersFolder());
