import { readFile } from "node:fs/promises";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { describeWait, NotYet, often, type Waited, waitFor } from "../../../wait.ts";
import type { MachineSpec, RunningMachine, StoppedMachine } from "../../machine.ts";
import { answers, boot, readConsole } from "./boot.ts";
import { createCgroup, removeCgroup } from "../host/kernel/cgroups.ts";
import { type Cluster, endpointOf } from "../cluster.ts";
import { tailOf } from "../../../host/exec.ts";
import { record } from "../ledger.ts";
import { bridgeOf, machineNames } from "../../names.ts";
import { createMachineNetwork, isLinked, removeMachineNetwork, setLink } from "./network.ts";
import { isAlive, type ProcessIdentity } from "../../../host/processes/identity.ts";
import { firstChild, signal } from "../../../host/processes/processes.ts";

// systemd(1): SIGRTMIN+4 powers off, SIGRTMIN+5 reboots; SIGRTMIN is 34 with glibc.
const powerOff = 38;
const restart = 39;

/** Boots a machine whose network and cgroup are fresh, and waits until SSH answers. */
export async function bootMachine(
  cluster: Cluster,
  spec: MachineSpec,
  context: Context,
): Promise<ProcessIdentity> {
  context.signal.throwIfAborted();
  const names = machineNames(cluster.spec.id, spec.name);
  const { holder, cgroups } = cluster;
  const { artifacts, packages } = cluster.spec;
  const nspawn = await boot({ spec, names, holder, cgroups, artifacts, ...(packages && { packages }) });
  await record(cluster.spec.id, [{ kind: "process", of: spec.name, ...nspawn }]);
  await answers(nspawn, names, context);
  return nspawn;
}

/** A machine that answers SSH, by its nspawn. */
export function runningMachine(cluster: Cluster, spec: MachineSpec, nspawn: ProcessIdentity): RunningMachine {
  const names = machineNames(cluster.spec.id, spec.name);
  const link = (state: "up" | "down", context: Context): Promise<void> =>
    setLink(cluster.holder, cluster.names, names, state, context);
  return {
    spec,
    endpoint: endpointOf(cluster, spec.name),
    stop: (context) => stop(cluster, spec, nspawn, context),
    reboot: (context) => reboot(cluster, spec, nspawn, context),
    cutLink: (context) => link("down", context),
    healLink: (context) => link("up", context),
    console: () => readConsole(names.console),
  };
}

async function stop(
  cluster: Cluster,
  spec: MachineSpec,
  nspawn: ProcessIdentity,
  context: Context,
): Promise<StoppedMachine> {
  const { machine, cgroup } = machineNames(cluster.spec.id, spec.name);
  const running = await shutDown(machine, nspawn, powerOff, context);
  if (running) await removeCgroup(cluster.cgroups, cgroup, context);
  return {
    spec,
    start: async (next) => runningMachine(cluster, spec, await startAgain(cluster, spec, next)),
  };
}

async function reboot(
  cluster: Cluster,
  spec: MachineSpec,
  nspawn: ProcessIdentity,
  context: Context,
): Promise<RunningMachine> {
  const { name: machine } = spec;
  const before = await bootId(machine, nspawn);
  const running = await shutDown(machine, nspawn, restart, context);
  if (running) {
    throw new InfrastructureError(`${machine} does not shut down (${describeWait(running)})`, {
      machine,
      outputTail: tailOf(await readConsole(machineNames(cluster.spec.id, machine).console)),
      hint: "The console says what it waits for.",
    });
  }
  const next = await startAgain(cluster, spec, context);
  if ((await bootId(machine, next)) === before) {
    throw new InfrastructureError(`${machine} was to reboot, but its boot id is still ${before}`, {
      machine,
    });
  }
  return runningMachine(cluster, spec, next);
}

/** Starts a machine that is off; its cgroups and its network are as new, its cable as it was. */
async function startAgain(cluster: Cluster, spec: MachineSpec, context: Context): Promise<ProcessIdentity> {
  const { holder, cgroups, names: clusterNames } = cluster;
  const names = machineNames(cluster.spec.id, spec.name);
  const linked = await isLinked(holder, clusterNames, names, context);
  await removeCgroup(cgroups, names.cgroup, context);
  await removeMachineNetwork(holder, clusterNames, names, context);
  await createCgroup(cgroups, names.cgroup);
  await createMachineNetwork(holder, clusterNames, names, spec, bridgeOf(cluster.spec.machines), context);
  if (!linked) await setLink(holder, clusterNames, names, "down", context);
  return bootMachine(cluster, spec, context);
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

/** Signals the machine's init and waits for the end of nspawn; how long, if it takes too long. */
async function shutDown(
  machine: string,
  nspawn: ProcessIdentity,
  how: number,
  { signal: abort, deadlines }: Context,
): Promise<Waited | undefined> {
  signal(await initOf(machine, nspawn), how);
  let late: Waited | undefined;
  try {
    await waitFor(
      async () => {
        if (await isAlive(nspawn)) throw new NotYet("running");
      },
      {
        deadline: deadlines.for("shutdown"),
        interval: often,
        signal: abort,
        late: (waited) => new NotYet((late = waited).last),
      },
    );
  } catch (error) {
    if (!late) throw error;
  }
  return late;
}
