import { allOrClose } from "../../waits/all-or-close.ts";
import type { Terminal } from "./apply.ts";
import type { ClusterState } from "../cluster/state.ts";
import type { OpenCluster } from "../cluster/open.ts";

/** Where each machine's shell stands: its folder, variables and functions. */
type Places = ClusterState["places"];

/** One kept shell a machine, as the guide's reader has them. */
export type Terminals = {
  readonly all: ReadonlyMap<string, Terminal>;
  /** Logs in anew on a machine that was booted. */
  reopen(name: string): Promise<Terminal>;
  places(): Places;
  /** Closes all shells; one that is gone already does not matter. */
  close(): Promise<void>;
};

/** Opens a shell on each machine, where the one before it was left. */
export async function openTerminals(cluster: OpenCluster, places: Places): Promise<Terminals> {
  const open = async (name: string, place?: Places[string]): Promise<[string, Terminal]> => {
    const connection = cluster.connection(name);
    return [name, { connection, shell: await connection.shell(place) }];
  };
  const opened = await allOrClose(
    cluster.machines.map(({ name }) => open(name, places[name])),
    { close: ([, { shell }]) => shell.close() },
  );
  const all = new Map(opened);
  return {
    all,
    async reopen(name) {
      const [, terminal] = await open(name);
      all.set(name, terminal);
      return terminal;
    },
    places: () =>
      Object.fromEntries(
        [...all].flatMap(([name, { shell }]) => {
          const state = shell.state();
          return state ? [[name, state]] : [];
        }),
      ),
    async close() {
      await Promise.allSettled([...all.values()].map(({ shell }) => shell.close()));
    },
  };
}
