import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { isErrno } from "../../../host/errno.ts";
import { host, hostWithMounts } from "../../../host/exec.ts";
import { isAlive, type ProcessIdentity } from "../../../host/processes/identity.ts";
import { firstChild, processesWith, signal } from "../../../host/processes/processes.ts";
import type { MachineFault } from "../../machine.ts";
import { clusterNames, machineNames } from "../../names.ts";
import { processOf, readLedger } from "../cluster.ts";
import { requirePool } from "../image/rootfs.ts";
import { MachineNetwork } from "../machine/network.ts";
import { hierarchies, members } from "./kernel/cgroups.ts";
import { anchorName } from "./namespace-anchor.ts";
import { poolOptions } from "./pool.ts";

export async function injectFault(
  id: string,
  machine: string,
  fault: MachineFault,
  context: Context,
): Promise<void> {
  const { items } = await readLedger(id);
  const living = async (of: string): Promise<ProcessIdentity> => {
    const process = processOf(items, of);
    if (process && (await isAlive(process))) return process;
    throw new InfrastructureError(`${machine} of cluster ${id} does not run`, { machine });
  };
  const nspawn = await living(machine);
  const init = await firstChild(nspawn.pid);
  if (init === undefined) throw new InfrastructureError(`${machine} has no init yet`, { machine });
  try {
    if (fault === "machine killed") signal(init, "SIGKILL");
    else if (fault === "link cut")
      await new MachineNetwork(id, machine, await living(anchorName)).setLink("down", context);
    else await host("nsenter", [`--target=${init}`, "--all", "--", "sh", "-c", stopSshd], context);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}

const stopSshd = "systemctl stop guide-ssh.socket; systemctl kill --signal=KILL 'guide-ssh@*'";

/** What the host has of a cluster with these machines, looked for by its names and not by its ledger; empty if nothing. */
export async function leftOf(id: string, machines: readonly string[], context: Context): Promise<string[]> {
  const names = clusterNames(id);
  const cgroups = await hierarchies();
  const paths = [
    names.runtime,
    names.state,
    ...machines.map((machine) => machineNames(id, machine).propagate),
    ...cgroups.map(({ path }) => join(path, names.cgroup)),
  ];
  return [
    ...paths.filter((path) => existsSync(path)),
    ...(await members(cgroups, names.cgroup)).map((pid) => `process ${pid} in the cgroup`),
    ...(await mentions("cmdline", `${names.cgroup}.`)),
    // Of suites that outlived their run.
    ...(await mentions("environ", `GUIDE_CLUSTER=${id}\0`)),
    // A mount in any process's namespace would hold network namespaces and the pool.
    ...(await mentions("mountinfo", `${names.runtime}/`)),
    ...(await subvolumes(id, context)),
    ...(await loopDevices(
      cgroups.map(({ path }) => path),
      context,
    )),
  ];
}

const mentions = async (file: string, text: string): Promise<string[]> =>
  (await processesWith(file, text)).map((pid) => `/proc/${pid}/${file} mentions ${text}`);

async function subvolumes(id: string, context: Context): Promise<string[]> {
  const list = 'flock "$1.lock" mount -o "$2" "$1" /mnt && ls /mnt/machines; umount /mnt';
  const names = await hostWithMounts(["sh", "-c", list, "sh", await requirePool(), poolOptions], context);
  return names.split("\n").filter((name) => name.startsWith(`${id}.`));
}

/** Loop devices of the pool, unless another cluster uses them. */
async function loopDevices(hierarchyPaths: readonly string[], context: Context): Promise<string[]> {
  const inUse = await Promise.all(
    hierarchyPaths.map(async (path) => (await readdir(path)).some((name) => name.startsWith("k8s-guide."))),
  );
  if (inUse.includes(true)) return [];
  return (await host("losetup", ["-j", await requirePool()], context)).split("\n").filter(Boolean);
}
