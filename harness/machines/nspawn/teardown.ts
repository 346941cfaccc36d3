import { rm } from "node:fs/promises";
import type { Context } from "../../context.ts";
import { removeClusterFolder } from "../ledger/folder.ts";
import { endRemoval } from "../ledger/ledger.ts";
import { hierarchies, removeCgroup } from "./host/kernel/cgroups.ts";
import { type LedgerEntry, processOf, readDefinition, readLedger } from "./cluster.ts";
import { resourcesOf } from "./create.ts";
import { ifThere } from "../../host/files.ts";
import { anchorName } from "./host/namespace-anchor.ts";
import { returnHost } from "./host/host-ledger.ts";
import { assertId } from "../../choices.ts";
import { clusterNames } from "../names.ts";
import { deleteSubvolumes } from "./host/pool.ts";
import { isAlive, isElsewhere } from "../../host/processes/identity.ts";
import { signal } from "../../host/processes/processes.ts";
import { poolImage } from "./image/rootfs.ts";

type Of<K extends LedgerEntry["kind"]> = readonly Extract<LedgerEntry, { kind: K }>[];

const ofKind = <K extends LedgerEntry["kind"]>(entries: readonly LedgerEntry[], kind: K): Of<K> =>
  entries.filter((entry): entry is Extract<LedgerEntry, { kind: K }> => entry.kind === kind);

/**
 * Removes a cluster by its ledger alone, in the reverse of the order in which it was made; gives what was
 * there. Can be repeated; the ledger goes last, so a removal that failed or was killed can go on. InfrastructureError
 * at the end if lines of the ledger are damaged.
 */
export async function tearDown(id: string, context: Context): Promise<string[]> {
  assertId(id);
  const { pool, state, ledger: path } = clusterNames(id);
  const { items, damaged } = await readLedger(id);
  const entries = damaged.length === 0 ? items : withNamed(items, await namedBy(id));
  const mounts = await mountsHeld(entries);
  const removed = [
    ...(await killProcesses(ofKind(entries, "process"))),
    ...(await removeCgroups(ofKind(entries, "cgroup"), context)),
    // The last process took its mount namespace along, and that the mounts and network namespaces.
    ...mounts,
    ...(await removeSubvolumes(ofKind(entries, "subvolume"), pool, context)),
    ...(await removeFolders(ofKind(entries, "directory").toReversed())),
  ];
  const ledger = { path, folder: state, damaged };
  await endRemoval(id, ledger, removed, async () => {
    await removeClusterFolder(state);
    removed.push(...(await returnHost(context)));
  });
  return removed;
}

/** What a cluster's own names say that it is made of, whatever its ledger says. */
async function namedBy(id: string): Promise<readonly LedgerEntry[]> {
  const spec = (await readDefinition(id).catch(() => undefined))?.spec;
  return resourcesOf(spec ?? { id, machines: [] }, await poolImage());
}

const withNamed = (entries: readonly LedgerEntry[], named: readonly LedgerEntry[]): LedgerEntry[] => [
  ...new Map([...entries, ...named].map((entry) => [JSON.stringify(entry), entry])).values(),
];

/** What exists only as long as a process of the cluster does. */
async function mountsHeld(entries: readonly LedgerEntry[]): Promise<string[]> {
  const anchor = processOf(entries, anchorName);
  if (!anchor || !(await isAlive(anchor))) return [];
  return [
    ...ofKind(entries, "veth").map(({ name }) => `cable ${name}`),
    ...ofKind(entries, "namespace").map(({ path }) => `network namespace ${path}`),
    ...ofKind(entries, "mount").map(({ path }) => `mount ${path}`),
  ];
}

const gather = async (work: readonly Promise<string[]>[]): Promise<string[]> =>
  (await Promise.all(work)).flat();

const killProcesses = (entries: Of<"process">): Promise<string[]> =>
  gather(
    entries.map(async (entry) => {
      // Its number is another process's here; if it runs, it stays in the cgroup, and that is said.
      if ((await isElsewhere(entry)) || !(await isAlive(entry))) return [];
      signal(entry.pid, "SIGKILL");
      return [`process ${entry.pid} (${entry.of})`];
    }),
  );

async function removeCgroups(entries: Of<"cgroup">, context: Context): Promise<string[]> {
  const all = await hierarchies();
  return gather(
    entries.map(async ({ name }) => {
      const killed = await removeCgroup(all, name, context);
      return killed === undefined ? [] : [`cgroup ${name} with ${killed} processes`];
    }),
  );
}

const removeSubvolumes = (
  entries: Of<"subvolume">,
  mountpoint: string,
  context: Context,
): Promise<string[]> =>
  gather(
    [...Map.groupBy(entries, ({ image }) => image)].map(async ([image, group]) => {
      const names = group.map(({ name }) => name);
      const deleted = await deleteSubvolumes(image, mountpoint, names, context);
      return deleted.map((name) => `subvolume ${name}`);
    }),
  );

async function removeFolders(entries: Of<"directory">): Promise<string[]> {
  const removed: string[] = [];
  for (const { path } of entries) {
    const wasThere = await ifThere(rm(path, { recursive: true }).then(() => true));
    if (wasThere) removed.push(`folder ${path}`);
  }
  return removed;
}
