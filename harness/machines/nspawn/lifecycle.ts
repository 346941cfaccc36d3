import { readFile } from "node:fs/promises";
import { InfrastructureError } from "../../errors.ts";
import type { MachineSpec, RunningMachine, StoppedMachine } from "../machine.ts";
import { answers, boot, readConsole } from "./boot.ts";
import { createCgroup, removeCgroup } from "./cgroups.ts";
import { type Cluster, endpointOf } from "./cluster.ts";
import { tailOf, until } from "./host.ts";
import { record } from "./ledger.ts";
import { fabricOf, machineNames } from "./names.ts";
import { createMachineNetwork, isLinked, removeMachineNetwork, setLink } from "./network.ts";
import { isAlive, type ProcessIdentity } from "../../process-identity.ts";
import { firstChild, signal } from "./processes.ts";

// systemd(1): SIGRTMIN+4 powers off, SIGRTMIN+5 reboots; SIGRTMIN is 34 with glibc.
const powerOff = 38;
const restart = 39;

/** A clean way down for Docker and the kubelet included. */
const shutdownDeadline = 60_000;

/** Boots a machine whose network and cgroup are fresh, and waits until SSH answers. */
export async function bootMachine(cluster: Cluster, spec: MachineSpec): Promise<ProcessIdentity> {
  const names = machineNames(cluster.spec.id, spec.name);
  const { holder, cgroups } = cluster;
  const nspawn = await boot({ spec, names, holder, cgroups, artifacts: cluster.spec.artifacts });
  await record(cluster.spec.id, [{ kind: "process", of: spec.name, ...nspawn }]);
  await answers(nspawn, names);
  return nspawn;
}

/** A machine that answers SSH, by its nspawn. */
export function runningMachine(cluster: Cluster, spec: MachineSpec, nspawn: ProcessIdentity): RunningMachine {
  const names = machineNames(cluster.spec.id, spec.name);
  const link = (state: "up" | "down"): Promise<void> => setLink(cluster.holder, cluster.names, names, state);
  return {
    spec,
    endpoint: endpointOf(cluster, spec.name),
    stop: () => stop(cluster, spec, nspawn),
    reboot: () => reboot(cluster, spec, nspawn),
    cutLink: () => link("down"),
    healLink: () => link("up"),
    console: () => readConsole(names.console),
  };
}

async function stop(cluster: Cluster, spec: MachineSpec, nspawn: ProcessIdentity): Promise<StoppedMachine> {
  const { machine, cgroup } = machineNames(cluster.spec.id, spec.name);
  if (!(await shutDown(machine, nspawn, powerOff))) await removeCgroup(cluster.cgroups, cgroup);
  return {
    spec,
    start: async () => runningMachine(cluster, spec, await startAgain(cluster, spec)),
  };
}

async function reboot(cluster: Cluster, spec: MachineSpec, nspawn: ProcessIdentity): Promise<RunningMachine> {
  const { name: machine } = spec;
  const before = await bootId(machine, nspawn);
  if (!(await shutDown(machine, nspawn, restart))) {
    throw new InfrastructureError(`${machine} did not shut down within ${shutdownDeadline / 1000} s`, {
      machine,
      outputTail: tailOf(await readConsole(machineNames(cluster.spec.id, machine).console)),
      hint: "The console says what it waits for.",
    });
  }
  const next = await startAgain(cluster, spec);
  if ((await bootId(machine, next)) === before) {
    throw new InfrastructureError(`${machine} was to reboot, but its boot id is still ${before}`, {
      machine,
    });
  }
  return runningMachine(cluster, spec, next);
}

/** Starts a machine that is off; its cgroups and its network are as new, its cable as it was. */
async function startAgain(cluster: Cluster, spec: MachineSpec): Promise<ProcessIdentity> {
  const { holder, cgroups, names: clusterNames } = cluster;
  const names = machineNames(cluster.spec.id, spec.name);
  const linked = await isLinked(holder, clusterNames, names);
  await removeCgroup(cgroups, names.cgroup);
  await removeMachineNetwork(holder, clusterNames, names);
  await createCgroup(cgroups, names.cgroup);
  await createMachineNetwork(holder, clusterNames, names, spec, fabricOf(cluster.spec.machines));
  if (!linked) await setLink(holder, clusterNames, names, "down");
  return bootMachine(cluster, spec);
}

/** The init of a machine, as the host numbers it. */
async function initOf(machine: string, nspawn: ProcessIdentity): Promise<number> {
  const init = (await isAlive(nspawn)) ? await firstChild(nspawn.pid) : undefined;
  if (init !== undefined) return init;
  throw new InfrastructureError(`${machine} does not run`, {
    machine,
    hint: "It was stopped or rebooted elsewhere, or it crashed: its console tells.",
  });
}

/** nspawn gives each boot of a machine an id of its own, in the place of the kernel's. */
async function bootId(machine: string, nspawn: ProcessIdentity): Promise<string> {
  const init = await initOf(machine, nspawn);
  return (await readFile(`/proc/${init}/root/proc/sys/kernel/random/boot_id`, "utf8")).trim();
}

/** Signals the machine's init and waits for the end of nspawn; false if it takes too long. */
async function shutDown(machine: string, nspawn: ProcessIdentity, how: number): Promise<boolean> {
  signal(await initOf(machine, nspawn), how);
  const late = new Error();
  try {
    await until(async () => !(await isAlive(nspawn)) || "running", {
      deadline: shutdownDeadline,
      late: () => late,
    });
    return true;
  } catch (error) {
    if (error === late) return false;
    throw error;
  }
}
