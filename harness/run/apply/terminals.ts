import { allOrClose } from "../../waits/all-or-close.ts";
import type { Terminal } from "./apply.ts";
import type { ClusterState } from "../cluster/state.ts";
import type { OpenCluster } from "../cluster/open.ts";

/** Where each machine's shell stands: its folder, variables and functions. */
type Places = ClusterState["places"];

/** One kept shell a machine, as the guide's reader has them. */
export class Terminals {
  readonly #all: Map<string, Terminal>;
  readonly #cluster: OpenCluster;

  private constructor(all: Map<string, Terminal>, cluster: OpenCluster) {
    this.#all = all;
    this.#cluster = cluster;
  }

  get all(): ReadonlyMap<string, Terminal> {
    return this.#all;
  }

  /** Opens a shell on each machine, where the one before it was left. */
  static async open(cluster: OpenCluster, places: Places): Promise<Terminals> {
    const open = async (name: string): Promise<[string, Terminal]> => {
      const connection = cluster.connection(name);
      return [name, { connection, shell: await connection.shell(places[name]) }];
    };
    const opened = await allOrClose(
      cluster.machines.map(({ name }) => open(name)),
      { close: ([, { shell }]) => shell.close() },
    );
    return new Terminals(new Map(opened), cluster);
  }

  async reopen(name: string): Promise<Terminal> {
    const connection = this.#cluster.connection(name);
    const terminal = { connection, shell: await connection.shell() };
    this.#all.set(name, terminal);
    return terminal;
  }

  places(): Places {
    return Object.fromEntries([...this.all].map(([name, { shell }]) => [name, shell.state()]));
  }

  /** Closes all shells; one that is gone already does not matter. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.all.values()].map(({ shell }) => shell.close()));
  }
}
