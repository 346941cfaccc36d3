import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { undoing } from "../bounded.ts";
import type { Context } from "../context.ts";
import { InfrastructureError, UsageError } from "../errors.ts";
import type { Lines } from "../persisted.ts";
import type { Listed } from "./machine.ts";
import { isErrno } from "./nspawn/errno.ts";
import { isId } from "./nspawn/names.ts";
import { identify, isAlive, type ProcessIdentity } from "../process-identity.ts";

/** The error for an id that is in use; `where` is what has it. */
export const inUse = (id: string, where: string): UsageError =>
  new UsageError(`There is a cluster ${id} already: ${where}`, {
    hint: `Remove it with \`pnpm down --cluster ${id}\`, or choose another id with --cluster.`,
  });

/** Makes a cluster's folder, which only one can. UsageError if the id is in use. */
export async function claimFolder(id: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    throw isErrno(error, "EEXIST") ? inUse(id, folder) : error;
  }
}

/** The entry of a ledger that names this process as one that uses the cluster. */
export async function ownerEntry(): Promise<{ readonly kind: "owner" } & ProcessIdentity> {
  const self = await identify(process.pid);
  if (!self) throw new InfrastructureError("/proc does not show this process");
  return { kind: "owner", ...self };
}

type Entry = ({ readonly kind: "owner" } & ProcessIdentity) | { readonly kind: string };

/** The clusters that have a folder, by what their ledgers say of who uses them. */
export async function listFolders(
  clusters: string,
  readLedger: (id: string) => Promise<Lines<Entry> | undefined>,
): Promise<Listed[]> {
  return Promise.all(
    (await namesIn(clusters))
      // What was set aside has a dot in its name, as no cluster has.
      .filter(isId)
      .map(async (id) => {
        const { items, damaged } = (await readLedger(id)) ?? { items: [], damaged: [] };
        const owners = items.filter((entry) => "pid" in entry && entry.kind === "owner");
        return { id, running: (await Promise.all(owners.map(lives))).includes(true), damaged };
      }),
  );
}

const lives = async (entry: Entry): Promise<boolean> => "pid" in entry && isAlive(entry);

/** Removes what was made before `reason` ended the attempt; where that fails too, both are told. */
export async function removeAttempt(
  id: string,
  tearDown: (id: string, context: Context) => Promise<unknown>,
  context: Context,
  reason: unknown,
): Promise<void> {
  try {
    using own = undoing(context);
    await tearDown(id, own);
  } catch (error) {
    throw new InfrastructureError(
      `Cluster ${id} did not come up, and not all that was made could be removed`,
      {
        hint: `Remove the cause, then run \`pnpm down --cluster ${id}\`.`,
        cause: new AggregateError([reason, error]),
      },
    );
  }
}

/** Removes a cluster's folder, its ledger at the very end: a removal that is killed can go on. */
export async function removeClusterFolder(folder: string): Promise<void> {
  const others = (await namesIn(folder)).filter((name) => name !== "ledger.jsonl");
  await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  await rm(folder, { recursive: true, force: true });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
