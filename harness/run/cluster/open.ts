import { allOrClose } from "../../all-or-close.ts";
import type { Context } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { provider as providerNamed } from "../../machines/index.ts";
import { connect } from "../../machines/ssh/connect.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import type { MachineSpec, RunningCluster } from "../../machines/machine.ts";
import { type ClusterState, loadClusterState } from "./state.ts";

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
export async function openCluster(id: string, context: Context): Promise<OpenCluster> {
  const state = await loadClusterState(id);
  const running = state && (await providerNamed(state.settings).open(id, context));
  if (!state || !running) {
    throw new UsageError(`There is no running cluster ${id}`, {
      hint: "`pnpm run up` brings one up; `pnpm status` lists those that run.",
    });
  }
  return openRunning(running, state, context);
}

/** Connects to all machines of a running cluster at once; the connections are bound to the context. */
export async function openRunning(
  running: RunningCluster,
  state: ClusterState,
  context: Context,
): Promise<OpenCluster> {
  const connections = new Map(
    await allOrClose(
      running.machines.map(async ({ spec, endpoint }): Promise<[string, Connection]> => [
        spec.name,
        await connect(endpoint, context),
      ]),
      { close: ([, connection]) => connection.close() },
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
