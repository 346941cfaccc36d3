import { allOrClose } from "../../waits/all-or-close.ts";
import type { Context } from "../../context.ts";
import { NotPossibleHere, UsageError } from "../../errors.ts";
import { allEnded } from "../../host/exec.ts";
import { suggestFrom } from "../../input/suggest.ts";
import { noCluster, provider as providerNamed } from "../../machines/index.ts";
import { connect } from "../../machines/ssh/connect.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { LastingConnection } from "../../machines/ssh/lasting-connection.ts";
import type { MachineSpec, RunningCluster, RunningMachine, StoppedMachine } from "../../machines/machine.ts";
import { backFrom } from "./boots.ts";
import { type ClusterState, loadClusterState } from "./state.ts";

/** How machines are booted anew: they are told to, or they lose their power and get it back. */
export type BootKind = "reboot" | "power cut";

/** A cluster that is up, with a connection to each machine. */
export type OpenCluster = {
  readonly id: string;
  readonly machines: readonly MachineSpec[];
  readonly versions: ClusterState["versions"];
  /** As it was opened. */
  readonly running: RunningCluster;
  readonly state: ClusterState;
  /** Whether the power of its machines can be cut. */
  readonly cutsPower: boolean;
  /** One that lasts over boots. UsageError if the cluster has no such machine. */
  connection(machine: string): Connection;
  /**
   * Boots machines anew, all at once; their connections go on. NotPossibleHere if their power cannot be cut, GuideFailure if one
   * booted short of where anybody can log in.
   */
  boot(machines: readonly string[], how: BootKind): Promise<void>;
  /** Cuts the power of machines; what is returned gives it back, and their connections go on. NotPossibleHere as of `boot`. */
  powerOff(machines: readonly string[]): Promise<() => Promise<void>>;
  /** Takes a machine off the cluster's network; what is returned puts it back. SSH goes on all the while. */
  cutLink(machine: string): Promise<() => Promise<void>>;
  /** For a machine that was told to reboot from within: once it is back, with another boot id than before, its connection goes on. */
  returned(machine: string, before: string): Promise<void>;
  /** Connects anew to all but those that are away, for another process has booted machines. */
  renew(away: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
};

/** Opens a cluster that `pnpm run up` or `pnpm e2e --keep` left running; UsageError if there is none. */
export async function openCluster(id: string, context: Context): Promise<OpenCluster> {
  const state = await loadClusterState(id);
  if (!state) throw await notRunning(id);
  return openRunning(await reopened(state, context), state, context);
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
  const goOn = async (machine: RunningMachine): Promise<void> => {
    machines.set(machine.spec.name, machine);
    await find(connections, machine.spec.name).renew(await connect(machine.endpoint, context));
  };
  const powerOff = async (names: readonly string[]): Promise<() => Promise<void>> => {
    const off = await withoutPower(
      names.map((name) => find(machines, name)),
      context,
    );
    return async () => {
      const booted = await allEnded(
        off.map((machine) => backFrom(machine.spec.name, machine.start(context))),
      );
      await allEnded(booted.map(goOn));
    };
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
      const booted = await allEnded(
        all.map((machine) => backFrom(machine.spec.name, machine.reboot(context))),
      );
      await allEnded(booted.map(goOn));
    },
    powerOff,
    async cutLink(name) {
      const machine = find(machines, name);
      await machine.cutLink(context);
      return () => machine.healLink(context);
    },
    async returned(machine, before) {
      await goOn(await backFrom(machine, find(machines, machine).returned(before, context)));
    },
    async renew(away) {
      const there = (await reopened(state, context)).machines.filter(({ spec }) => !away.has(spec.name));
      await allEnded(there.map(goOn));
    },
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
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
