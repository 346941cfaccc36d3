import { readFile } from "node:fs/promises";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { describeWait, NotYet, often, type WaitResult, waitFor } from "../../../waits/wait.ts";
import type { MachineSpec, RunningMachine } from "../../machine.ts";
import { assertRebooted } from "../../boot.ts";
import { answers, boot, readConsole } from "./boot.ts";
import { createCgroup, removeCgroup } from "../host/kernel/cgroups.ts";
import { type Cluster, endpointOf, record } from "../cluster.ts";
import { tailOf } from "../../../host/exec.ts";
import { gatewayOf, type MachineNames, machineNames } from "../../names.ts";
import { MachineNetwork } from "./network.ts";
import { isAlive, type ProcessIdentity } from "../../../host/processes/identity.ts";
import { firstChild, signal } from "../../../host/processes/processes.ts";

// systemd(1): SIGRTMIN+5 reboots; SIGRTMIN is 34 with glibc.
const restart = 39;

/** Starts and stops one machine of a cluster, which its nspawn runs. */
export class NspawnMachine {
  readonly #cluster: Cluster;
  readonly #spec: MachineSpec;
  readonly #names: MachineNames;
  readonly #network: MachineNetwork;

  constructor(cluster: Cluster, spec: MachineSpec) {
    this.#cluster = cluster;
    this.#spec = spec;
    this.#names = machineNames(cluster.spec.id, spec.name);
    this.#network = new MachineNetwork(cluster.spec.id, spec.name, cluster.anchor);
  }

  /** Boots the machine, whose network and cgroup are fresh, and waits until SSH answers. */
  async boot(context: Context): Promise<ProcessIdentity> {
    context.signal.throwIfAborted();
    const nspawn = await boot(this.#cluster, this.#names);
    await record(this.#cluster.spec.id, [{ kind: "process", of: this.#spec.name, ...nspawn }]);
    await answers(nspawn, this.#names, context);
    return nspawn;
  }

  running(nspawn: ProcessIdentity): RunningMachine {
    const spec = this.#spec;
    return {
      spec,
      endpoint: endpointOf(this.#cluster, spec.name),
      cutPower: async (context) => {
        await this.#switchOff(nspawn, await initOf(spec.name, nspawn), context);
        return { spec, start: async (next) => this.running(await this.#startAgain(next)) };
      },
      reboot: async (context) => {
        const before = await bootId(spec.name, nspawn);
        signal(await initOf(spec.name, nspawn), restart);
        return this.#returned(nspawn, before, context);
      },
      returned: (before, context) => this.#returned(nspawn, before, context),
      cutLink: (context) => this.#network.setLink("down", context),
      healLink: (context) => this.#network.setLink("up", context),
    };
  }

  /** Starts the machine, which another process has switched off, or was about to, and that is gone. */
  async powerOn(nspawn: ProcessIdentity | undefined, context: Context): Promise<void> {
    const init = nspawn && (await isAlive(nspawn)) ? await firstChild(nspawn.pid) : undefined;
    if (nspawn && init !== undefined) await this.#switchOff(nspawn, init, context);
    await this.#startAgain(context);
  }

  /** Kills the init: the kernel takes all other processes of the machine with it. */
  async #switchOff(nspawn: ProcessIdentity, init: number, context: Context): Promise<void> {
    signal(init, "SIGKILL");
    const running = await ended(nspawn, context);
    if (running) await removeCgroup(this.#cluster.cgroups, this.#names.cgroup, context);
  }

  /** Starts the machine that goes down to reboot: that ends its nspawn. */
  async #returned(nspawn: ProcessIdentity, before: string, context: Context): Promise<RunningMachine> {
    const { machine, console } = this.#names;
    const running = await ended(nspawn, context);
    if (running) {
      throw new InfrastructureError(`${machine} does not shut down (${describeWait(running)})`, {
        machine,
        outputTail: tailOf(await readConsole(console)),
        hint: "The console says what it waits for.",
      });
    }
    const next = await this.#startAgain(context);
    assertRebooted(machine, before, await bootId(machine, next));
    return this.running(next);
  }

  /** Starts the machine, which is off; its cgroups and its network are as new, its cable as it was. */
  async #startAgain(context: Context): Promise<ProcessIdentity> {
    const { spec, cgroups } = this.#cluster;
    const linked = await this.#network.isLinked(context);
    await removeCgroup(cgroups, this.#names.cgroup, context);
    await this.#network.remove(context);
    await createCgroup(cgroups, this.#names.cgroup);
    await this.#network.create(this.#spec.address, gatewayOf(spec.machines), context);
    if (!linked) await this.#network.setLink("down", context);
    return this.boot(context);
  }
}

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
