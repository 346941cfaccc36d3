import { InfrastructureError } from "../../errors.ts";
import { removeClusterFolder } from "../cluster-folder.ts";
import { endRemoval } from "../ledger-file.ts";
import { assertId } from "../nspawn/names.ts";
import { readDefinition } from "./cluster.ts";
import { readLedger } from "./ledger.ts";
import { vagrantNames } from "./names.ts";
import { isOver } from "./sessions.ts";
import type { VagrantEnvironment } from "./settings.ts";
import { vagrant } from "./vagrant.ts";
import { domainsOf, networksOf, poolsOf, virsh, volumesOf } from "./virsh.ts";

/**
 * Removes a cluster by its ledger and its own prefix; gives what was there. Vagrant goes first, for it has records of
 * its own to clear; what a crashed vagrant never knew of goes by the prefix, which no other machine has. Can be
 * repeated; the ledger goes last. InfrastructureError if something cannot be removed, or lines of the ledger are damaged.
 */
export async function tearDown(id: string): Promise<string[]> {
  assertId(id);
  const { state, ledger: path } = vagrantNames(id);
  const { items, damaged } = (await readLedger(id)) ?? { items: [], damaged: [] };
  const env =
    items.findLast((entry) => entry.kind === "vagrant")?.env ??
    (damaged.length > 0 ? (await readDefinition(id).catch(() => undefined))?.env : undefined);
  const removed = env && !(await isOver(env)) ? await removeMachines(id, env) : [];
  const ledger = { path, folder: state, damaged };
  await endRemoval(id, ledger, removed, () => removeClusterFolder(state));
  return removed;
}

async function removeMachines(id: string, env: VagrantEnvironment): Promise<string[]> {
  const { prefix } = vagrantNames(id);
  const there = [
    ...(await domainsOf(env, prefix)).map((name) => `machine ${name}`),
    ...(await networksOf(env, prefix)).map((name) => `network ${name}`),
  ];
  const failure = await destroyed(env);
  await removeDomains(env, prefix);
  await removeVolumes(env, prefix);
  await removeNetworks(env, prefix);
  const left = [...(await domainsOf(env, prefix)), ...(await networksOf(env, prefix))];
  if (left.length > 0) {
    throw new InfrastructureError(`Not all of cluster ${id} could be removed: ${left.join(", ")}`, {
      hint: "Look at it with `virsh list --all`, then run `pnpm gc` again.",
      cause: failure,
    });
  }
  return there;
}

/** What vagrant failed with, if it did: the prefix is then what removes the machines. */
async function destroyed(env: VagrantEnvironment): Promise<unknown> {
  try {
    await vagrant(["destroy", "--force", "--parallel"], env);
    return undefined;
  } catch (error) {
    return error;
  }
}

async function removeDomains(env: VagrantEnvironment, prefix: string): Promise<void> {
  for (const domain of await domainsOf(env, prefix)) {
    const running = (await virsh(env, ["domstate", domain])).trim() !== "shut off";
    if (running) await virsh(env, ["destroy", domain]);
    await virsh(env, ["undefine", domain, "--managed-save", "--snapshots-metadata"]);
  }
}

async function removeVolumes(env: VagrantEnvironment, prefix: string): Promise<void> {
  for (const pool of await poolsOf(env)) {
    for (const volume of await volumesOf(env, pool, prefix)) {
      await virsh(env, ["vol-delete", "--pool", pool, volume]);
    }
  }
}

async function removeNetworks(env: VagrantEnvironment, prefix: string): Promise<void> {
  const networks = await networksOf(env, prefix);
  const active = new Set((await virsh(env, ["net-list", "--name"])).split("\n").map((line) => line.trim()));
  for (const network of networks) {
    if (active.has(network)) await virsh(env, ["net-destroy", network]);
    await virsh(env, ["net-undefine", network]);
  }
}
