import { UsageError } from "../errors.ts";
import { provider as providerNamed } from "../machines/index.ts";
import { connect } from "../machines/ssh/connect.ts";
import type { Connection } from "../machines/ssh/connection.ts";
import type { MachineSpec, RunningCluster } from "../machines/machine.ts";
import { type ClusterState, loadClusterState } from "./cluster-state.ts";

/** A cluster that is up, with a connection to each machine. */
export type OpenCluster = {
  readonly id: string;
  readonly machines: readonly MachineSpec[];
  readonly versions: ClusterState["versions"];
  readonly running: RunningCluster;
  readonly state: ClusterState;
  /** UsageError if the cluster has no such machine. */
  connection(machine: string): Connection;
  close(): Promise<void>;
};

/** Opens a cluster that `pnpm run up` or `pnpm e2e --keep` left running; UsageError if there is none. */
export async function openCluster(id: string): Promise<OpenCluster> {
  const state = await loadClusterState(id);
  const running = state && (await providerNamed(state.settings).open(id));
  if (!state || !running) {
    throw new UsageError(`There is no running cluster ${id}`, {
      hint: "`pnpm run up` brings one up; `pnpm status` lists those that run.",
    });
  }
  return openRunning(running, state);
}

/** Connects to all machines of a running cluster at once. */
export async function openRunning(running: RunningCluster, state: ClusterState): Promise<OpenCluster> {
  const connections = new Map(
    await Promise.all(
      running.machines.map(async (machine): Promise<[string, Connection]> => [
        machine.spec.name,
        await connect(machine.endpoint),
      ]),
    ),
  );
  return {
    id: state.id,
    machines: running.spec.machines,
    versions: state.versions,
    running,
    state,
    connection(machine) {
      const connection = connections.get(machine);
      if (connection) return connection;
      throw new UsageError(`The cluster has no machine ${machine}`, {
        hint: `Machines: ${[...connections.keys()].join(", ")}.`,
      });
    },
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}
