import { allOrClose } from "../../waits/all-or-close.ts";
import type { Context } from "../../context.ts";
import {
  GuideFailure,
  InfrastructureError,
  NotPossibleHere,
  toHarnessError,
  UsageError,
} from "../../errors.ts";
import { allEnded } from "../../host/exec.ts";
import { suggestFrom } from "../../input/suggest.ts";
import { noCluster, provider as providerNamed } from "../../machines/index.ts";
import { connect } from "../../machines/ssh/connect.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { LastingConnection } from "../../machines/ssh/lasting-connection.ts";
import type { MachineSpec, RunningCluster, RunningMachine, StoppedMachine } from "../../machines/machine.ts";
import { backFrom } from "./boots.ts";
import {
  type ClusterState,
  leftTaken,
  loadClusterState,
  markReturned,
  markTaken,
  type Taken,
} from "./state.ts";

/** How machines are booted anew: they are told to, or they lose their power and get it back. */
export type BootKind = "reboot" | "power cut";

/** A cluster that is up, with a connection to each machine. */
export type OpenCluster = {
  readonly id: string;
  readonly machines: readonly MachineSpec[];
  readonly versions: ClusterState["versions"];
  readonly running: RunningCluster;
  readonly state: ClusterState;
  readonly cutsPower: boolean;
  /** One that lasts over boots. UsageError if the cluster has no such machine. */
  connection(machine: string): Connection;
  /** Boots machines anew, all at once. NotPossibleHere if their power cannot be cut, GuideFailure if one booted short. */
  boot(machines: readonly string[], how: BootKind): Promise<void>;
  /** Cuts the power of machines; what is returned gives it back, and their connections go on. NotPossibleHere as of `boot`. */
  powerOff(machines: readonly string[]): Promise<() => Promise<void>>;
  /** Takes a machine off the cluster's network; what is returned puts it back. SSH goes on all the while. */
  cutLink(machine: string): Promise<() => Promise<void>>;
  /** For a machine that was told to reboot from within: once it is back, with another boot id than before, its connection goes on. */
  returned(machine: string, before: string): Promise<void>;
  /** Connects anew to all but those that are away, for another process has booted machines. */
  renew(away: ReadonlySet<string>, context?: Context): Promise<void>;
  close(): Promise<void>;
};

/** Opens a cluster that runs, once what ended processes took of it is given back, and told. UsageError if there is none. */
export async function openCluster(
  id: string,
  context: Context,
  tell: (note: string) => void = () => undefined,
): Promise<OpenCluster> {
  const state = await loadClusterState(id);
  if (!state) throw await notRunning(id);
  for (const note of await giveBack(state, context)) tell(note);
  return openRunning(await reopened(state, context), state, context);
}

/** What is wrong with a machine of which something was taken away. */
export const withoutTaken = ({ what, machine }: Taken): string =>
  what === "power" ? `${machine} is without power` : `The link of ${machine} is cut`;

/** Gives back what ended processes had taken away, power before links, and says what. InfrastructureError if that fails. */
export async function giveBack({ id, settings }: ClusterState, context: Context): Promise<string[]> {
  const left = await leftTaken(id);
  const of = providerNamed(settings);
  const given = async (what: Taken["what"], give: (machine: string) => Promise<unknown>): Promise<string[]> =>
    allEnded(
      left
        .filter((one) => one.what === what)
        .map(async (one) => {
          try {
            await give(one.machine);
          } catch (thrown) {
            context.signal.throwIfAborted();
            throw notGivenBack(id, one, thrown);
          }
          await markReturned(id, [one]);
          const was = withoutTaken(one).replace(" is ", " was ");
          return `${was}: a fault was not undone when the run of suites ended. It was undone now.`;
        }),
    );
  const powered = await given("power", async (machine) => of.powerOn?.(id, machine, context));
  const linked = await given("link", async (name) => {
    const running = await of.open(id, context);
    await running?.machines.find(({ spec }) => spec.name === name)?.healLink(context);
  });
  return [...powered, ...linked];
}

function notGivenBack(id: string, taken: Taken, thrown: unknown): InfrastructureError {
  const { message, details } = toHarnessError(thrown);
  return new InfrastructureError(
    `${withoutTaken(taken)}: a fault was not undone when the run of suites ended, and cannot be undone now: ${message}`,
    {
      ...details,
      machine: taken.machine,
      hint: `\`pnpm down --cluster ${id}\` removes the cluster; then bring it up again.`,
      cause: thrown,
    },
  );
}

/** Nobody has left a cluster of this name running. */
export const notRunning = (id: string): Promise<UsageError> =>
  noCluster(
    id,
    `There is no running cluster ${id}`,
    "`pnpm e2e --keep` leaves one with the guide applied, `pnpm run up` one without; `pnpm status` lists those that run.",
  );

/** The error for a machine that a cluster does not have. */
export const noMachine = (name: string, names: readonly string[]): UsageError =>
  new UsageError(`The cluster has no machine ${name}`, {
    hint: suggestFrom(name, names, `Machines: ${names.join(", ")}.`),
  });

async function reopened({ id, settings }: ClusterState, context: Context): Promise<RunningCluster> {
  const running = await providerNamed(settings).open(id, context);
  if (running) return running;
  throw await notRunning(id);
}

const power = (machine: string): Taken => ({ what: "power", machine });

/** Connects to all machines of a running cluster at once; the connections are bound to the context. */
export async function openRunning(
  running: RunningCluster,
  state: ClusterState,
  context: Context,
): Promise<OpenCluster> {
  const connections = new Map(
    await allOrClose(
      running.machines.map(async ({ spec, endpoint }): Promise<[string, LastingConnection]> => [
        spec.name,
        new LastingConnection(await connect(endpoint, context)),
      ]),
      { close: ([, connection]) => connection.close() },
    ),
  );
  const machines = new Map(running.machines.map((machine) => [machine.spec.name, machine]));
  const goOn = async (machine: RunningMachine, within = context): Promise<void> => {
    machines.set(machine.spec.name, machine);
    await find(connections, machine.spec.name).renew(await connect(machine.endpoint, within));
  };
  const comeBack = async <M extends { readonly spec: MachineSpec }>(
    all: readonly M[],
    boot: (machine: M) => Promise<RunningMachine>,
  ): Promise<void> => {
    const booted = all.map((one) => {
      const { name } = one.spec;
      return returning(state.id, power(name), () => backFrom(name, boot(one)));
    });
    await allEnded((await allEnded(booted)).map((machine) => goOn(machine)));
  };
  const powerOff = async (names: readonly string[]): Promise<() => Promise<void>> => {
    const all = names.map((name) => find(machines, name));
    await markTaken(state.id, names.map(power));
    const off = await withoutPower(all, context);
    return () => comeBack(off, (machine) => machine.start(context));
  };
  return {
    id: state.id,
    machines: running.spec.machines,
    versions: state.versions,
    running,
    state,
    cutsPower: running.machines.every((machine) => "cutPower" in machine),
    connection: (machine) => find(connections, machine),
    async boot(names, how) {
      if (how === "power cut") return (await powerOff(names))();
      const all = names.map((name) => find(machines, name));
      // Between its two boots a machine may be off, and be so for good if whoever starts it is ended.
      await markTaken(state.id, names.map(power));
      await comeBack(all, (machine) => machine.reboot(context));
    },
    powerOff,
    async cutLink(name) {
      const machine = find(machines, name);
      const taken: Taken = { what: "link", machine: name };
      await markTaken(state.id, [taken]);
      await machine.cutLink(context);
      return () => returning(state.id, taken, () => machine.healLink(context));
    },
    async returned(machine, before) {
      await goOn(await backFrom(machine, find(machines, machine).returned(before, context)));
    },
    async renew(away, within = context) {
      const there = (await reopened(state, within)).machines.filter(({ spec }) => !away.has(spec.name));
      await allEnded(there.map((machine) => goOn(machine, within)));
    },
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}

/** Gives back what was taken away. A machine that boots short of where anybody can log in has its power all the same. */
async function returning<T>(id: string, taken: Taken, give: () => Promise<T>): Promise<T> {
  try {
    const given = await give();
    await markReturned(id, [taken]);
    return given;
  } catch (thrown) {
    if (thrown instanceof GuideFailure) await markReturned(id, [taken]);
    throw thrown;
  }
}

function find<T>(all: ReadonlyMap<string, T>, machine: string): T {
  const found = all.get(machine);
  if (found !== undefined) return found;
  throw noMachine(machine, [...all.keys()]);
}

/** Cuts the power of machines, of all before one gets it back. */
const withoutPower = (machines: readonly RunningMachine[], context: Context): Promise<StoppedMachine[]> =>
  allEnded(
    machines.map(async (machine) => {
      const off = await machine.cutPower?.(context);
      if (off) return off;
      throw new NotPossibleHere(`Nobody can cut the power of ${machine.spec.name} from here`, {
        machine: machine.spec.name,
        hint: "Use machines of the provider nspawn or vagrant.",
      });
    }),
  );
