import type { Context } from "../../context.ts";
import { InfrastructureError } from "../../errors.ts";
import { removeClusterFolder } from "../ledger/folder.ts";
import { endRemoval } from "../ledger/ledger.ts";
import { assertId } from "../../choices.ts";
import { readDefinition, readLedger, vagrantNames } from "./cluster.ts";
import { isOver } from "./libvirt/sessions.ts";
import type { VagrantEnvironment } from "./command/settings.ts";
import { vagrant } from "./command/vagrant.ts";
import { listed, virsh, volumesOf } from "./libvirt/virsh.ts";

/**
 * Removes a cluster by its ledger and its own prefix; gives what was there. Vagrant goes first, for it has records of
 * its own to clear; what a crashed vagrant never knew of goes by the prefix, which no other machine has. Can be
 * repeated; the ledger goes last. InfrastructureError if something cannot be removed, or lines of the ledger are damaged.
 */
export async function tearDown(id: string, context: Context): Promise<string[]> {
  assertId(id);
  const { state, ledger: path } = vagrantNames(id);
  const { items, damaged } = await readLedger(id);
  const env =
    items.findLast((entry) => entry.kind === "vagrant")?.env ??
    (damaged.length > 0 ? (await readDefinition(id).catch(() => undefined))?.env : undefined);
  const removed = env && !(await isOver(env)) ? await removeMachines(id, env, context) : [];
  const ledger = { path, folder: state, damaged };
  await endRemoval(id, ledger, removed, () => removeClusterFolder(state));
  return removed;
}

async function removeMachines(id: string, env: VagrantEnvironment, context: Context): Promise<string[]> {
  const { prefix } = vagrantNames(id);
  const there = [
    ...(await listed("domains", env, context, prefix)).map((name) => `machine ${name}`),
    ...(await listed("networks", env, context, prefix)).map((name) => `network ${name}`),
  ];
  // What it failed with, if it did: the prefix is then what removes the machines.
  const failure = await vagrant(["destroy", "--force", "--parallel"], env, context).then(
    () => undefined,
    (error: unknown) => error,
  );
  await removeDomains(env, prefix, context);
  await removeVolumes(env, prefix, context);
  await removeNetworks(env, prefix, context);
  const left = [
    ...(await listed("domains", env, context, prefix)),
    ...(await listed("networks", env, context, prefix)),
  ];
  if (left.length > 0) {
    throw new InfrastructureError(`Not all of cluster ${id} could be removed: ${left.join(", ")}`, {
      hint: "Look at it with `virsh list --all`, then run `pnpm gc` again.",
      cause: failure,
    });
  }
  return there;
}

async function removeDomains(env: VagrantEnvironment, prefix: string, context: Context): Promise<void> {
  for (const domain of await listed("domains", env, context, prefix)) {
    const running = (await virsh(env, ["domstate", domain], context)).trim() !== "shut off";
    if (running) await virsh(env, ["destroy", domain], context);
    await virsh(env, ["undefine", domain, "--managed-save", "--snapshots-metadata"], context);
  }
}

async function removeVolumes(env: VagrantEnvironment, prefix: string, context: Context): Promise<void> {
  for (const pool of await listed("pools", env, context)) {
    for (const volume of await volumesOf(env, pool, prefix, context)) {
      await virsh(env, ["vol-delete", "--pool", pool, volume], context);
    }
  }
}

async function removeNetworks(env: VagrantEnvironment, prefix: string, context: Context): Promise<void> {
  const networks = await listed("networks", env, context, prefix);
  const active = await listed("active networks", env, context);
  for (const network of networks) {
    if (active.includes(network)) await virsh(env, ["net-destroy", network], context);
    await virsh(env, ["net-undefine", network], context);
  }
}
