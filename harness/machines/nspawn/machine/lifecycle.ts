import { readFile } from "node:fs/promises";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { describeWait, NotYet, often, type WaitResult, waitFor } from "../../../waits/wait.ts";
import type { MachineSpec, RunningMachine, StoppedMachine } from "../../machine.ts";
import { assertRebooted } from "../../boot.ts";
import { answers, boot, readConsole } from "./boot.ts";
import { createCgroup, removeCgroup } from "../host/kernel/cgroups.ts";
import { type Cluster, endpointOf } from "../cluster.ts";
import { tailOf } from "../../../host/exec.ts";
import { record } from "../ledger.ts";
import { bridgeOf, machineNames } from "../../names.ts";
import { MachineNetwork } from "./network.ts";
import { isAlive, type ProcessIdentity } from "../../../host/processes/identity.ts";
import { firstChild, signal } from "../../../host/processes/processes.ts";

// systemd(1): SIGRTMIN+5 reboots; SIGRTMIN is 34 with glibc.
const restart = 39;
/** To its init: the kernel takes all other processes of the machine with it. */
const kill = 9;

/** Boots a machine whose network and cgroup are fresh, and waits until SSH answers. */
export async function bootMachine(
  cluster: Cluster,
  spec: MachineSpec,
  context: Context,
): Promise<ProcessIdentity> {
  context.signal.throwIfAborted();
  const names = machineNames(cluster.spec.id, spec.name);
  const { anchor, cgroups } = cluster;
  const { artifacts, packages } = cluster.spec;
  const nspawn = await boot({ spec, names, anchor, cgroups, artifacts, ...(packages && { packages }) });
  await record(cluster.spec.id, [{ kind: "process", of: spec.name, ...nspawn }]);
  await answers(nspawn, names, context);
  return nspawn;
}

const networkOf = ({ spec: { id }, anchor }: Cluster, { name }: MachineSpec): MachineNetwork =>
  new MachineNetwork(id, name, anchor);

/** A machine that answers SSH, by its nspawn. */
export function runningMachine(cluster: Cluster, spec: MachineSpec, nspawn: ProcessIdentity): RunningMachine {
  const network = networkOf(cluster, spec);
  return {
    spec,
    endpoint: endpointOf(cluster, spec.name),
    cutPower: (context) => cutPower(cluster, spec, nspawn, context),
    async reboot(context) {
      const before = await bootId(spec.name, nspawn);
      signal(await initOf(spec.name, nspawn), restart);
      return returned(cluster, spec, nspawn, before, context);
    },
    returned: (before, context) => returned(cluster, spec, nspawn, before, context),
    cutLink: (context) => network.setLink("down", context),
    healLink: (context) => network.setLink("up", context),
  };
}

async function cutPower(
  cluster: Cluster,
  spec: MachineSpec,
  nspawn: ProcessIdentity,
  context: Context,
): Promise<StoppedMachine> {
  const { machine } = machineNames(cluster.spec.id, spec.name);
  await switchOff(cluster, spec, nspawn, await initOf(machine, nspawn), context);
  return {
    spec,
    start: async (next) => runningMachine(cluster, spec, await startAgain(cluster, spec, next)),
  };
}

async function switchOff(
  cluster: Cluster,
  spec: MachineSpec,
  nspawn: ProcessIdentity,
  init: number,
  context: Context,
): Promise<void> {
  signal(init, kill);
  const running = await ended(nspawn, context);
  if (running) await removeCgroup(cluster.cgroups, machineNames(cluster.spec.id, spec.name).cgroup, context);
}

/** Starts a machine that another process has switched off, or was about to, and that is gone. */
export async function powerOn(
  cluster: Cluster,
  spec: MachineSpec,
  nspawn: ProcessIdentity | undefined,
  context: Context,
): Promise<void> {
  const init = nspawn && (await isAlive(nspawn)) ? await firstChild(nspawn.pid) : undefined;
  if (nspawn && init !== undefined) await switchOff(cluster, spec, nspawn, init, context);
  await startAgain(cluster, spec, context);
}

/** Starts a machine that goes down to reboot: that ends its nspawn. */
async function returned(
  cluster: Cluster,
  spec: MachineSpec,
  nspawn: ProcessIdentity,
  before: string,
  context: Context,
): Promise<RunningMachine> {
  const { name: machine } = spec;
  const running = await ended(nspawn, context);
  if (running) {
    throw new InfrastructureError(`${machine} does not shut down (${describeWait(running)})`, {
      machine,
      outputTail: tailOf(await readConsole(machineNames(cluster.spec.id, machine).console)),
      hint: "The console says what it waits for.",
    });
  }
  const next = await startAgain(cluster, spec, context);
  assertRebooted(machine, before, await bootId(machine, next));
  return runningMachine(cluster, spec, next);
}

/** Starts a machine that is off; its cgroups and its network are as new, its cable as it was. */
async function startAgain(cluster: Cluster, spec: MachineSpec, context: Context): Promise<ProcessIdentity> {
  const { cgroup } = machineNames(cluster.spec.id, spec.name);
  const network = networkOf(cluster, spec);
  const linked = await network.isLinked(context);
  await removeCgroup(cluster.cgroups, cgroup, context);
  await network.remove(context);
  await createCgroup(cluster.cgroups, cgroup);
  await network.create(spec.address, bridgeOf(cluster.spec.machines), context);
  if (!linked) await network.setLink("down", context);
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

/** Waits for the end of nspawn; how long, if it takes too long. */
async function ended(
  nspawn: ProcessIdentity,
  { signal: abort, deadlines }: Context,
): Promise<WaitResult | undefined> {
  let late: WaitResult | undefined;
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
