import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { undoing } from "../../waits/bounded.ts";
import type { Context } from "../../context.ts";
import { InfrastructureError, UsageError } from "../../errors.ts";
import type { Lines } from "../../host/persisted.ts";
import type { Listed } from "../machine.ts";
import { appendEntries } from "./ledger.ts";
import { namesIn } from "../../host/files.ts";
import { isErrno } from "../../host/errno.ts";
import { isId } from "../../choices.ts";
import { identify, isAlive, processIdentity } from "../../host/processes/identity.ts";

const ledgerName = "ledger.jsonl";

/** The error for an id that is in use; `where` is what has it. */
export const inUse = (id: string, where: string): UsageError =>
  new UsageError(`The cluster ${id} exists already: ${where}`, {
    hint: `Remove it with \`pnpm down --cluster ${id}\`, or choose another id with --cluster.`,
  });

/**
 * Makes a cluster's folder, which only one can, with a ledger that names this process: without, a `gc` that comes by at this
 * moment would remove it. UsageError if the id is in use.
 */
export async function claimFolder(id: string, folder: string, ledger = ledgerName): Promise<void> {
  if (existsSync(folder)) throw inUse(id, folder);
  await mkdir(dirname(folder), { recursive: true });
  // No cluster has a dot in its name.
  const claim = await mkdtemp(join(dirname(folder), `.${id}-`));
  try {
    await appendEntries(join(claim, ledger), [await ownerEntry()]);
    await rename(claim, folder);
  } catch (error) {
    await rm(claim, { recursive: true, force: true });
    throw isErrno(error, "ENOTEMPTY", "EEXIST", "ENOTDIR") ? inUse(id, folder) : error;
  }
}

/** A process of the harness that uses a cluster, as ledgers have it. */
export const ownerSchema = z.object({ kind: z.literal("owner"), ...processIdentity });

/** The entry that names this process. */
export async function ownerEntry(): Promise<z.infer<typeof ownerSchema>> {
  const self = await identify(process.pid);
  if (!self) throw new InfrastructureError("/proc does not show this process");
  return { kind: "owner", ...self };
}

type Entry = z.infer<typeof ownerSchema> | { readonly kind: string };

/** The clusters that have a folder, by what their ledgers say of who uses them. */
export async function listFolders(
  clusters: string,
  readLedger: (id: string) => Promise<Lines<Entry>>,
): Promise<Listed[]> {
  return Promise.all(
    (await namesIn(clusters))
      // What was set aside has a dot in its name, as no cluster has.
      .filter(isId)
      .map(async (id) => {
        const { items, damaged } = await readLedger(id);
        const owners = items.filter((entry) => "pid" in entry && entry.kind === "owner");
        return { id, running: (await Promise.all(owners.map(lives))).includes(true), damaged };
      }),
  );
}

const lives = async (entry: Entry): Promise<boolean> => "pid" in entry && isAlive(entry);

/** What `work` gives. What it had made before it failed is removed; where that fails too, both are told. */
export async function orRemoved<T>(
  id: string,
  work: () => Promise<T>,
  tearDown: (id: string, context: Context) => Promise<unknown>,
  context: Context,
  failed = `Cluster ${id} did not come up, and not all that was made could be removed`,
): Promise<T> {
  try {
    return await work();
  } catch (reason) {
    try {
      using own = undoing(context);
      await tearDown(id, own);
    } catch (error) {
      throw new InfrastructureError(failed, {
        hint: `Remove the cause, then run \`pnpm down --cluster ${id}\`.`,
        cause: new AggregateError([reason, error]),
      });
    }
    throw reason;
  }
}

/** Removes a cluster's folder, its ledger at the very end: a removal that is killed can go on. */
export async function removeClusterFolder(folder: string): Promise<void> {
  const others = (await namesIn(folder)).filter((name) => name !== ledgerName);
  await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  await rm(folder, { recursive: true, force: true });
}
