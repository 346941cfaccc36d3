import {
  eventually,
  expectList,
  guards,
  nodes,
  readHeartbeats,
  test,
  type Cluster,
  type Pod,
} from "../cluster/index.ts";
import { kubeletStarted, period, timeFor } from "./kubelet-start.ts";

const addresses = nodes.map(({ address }) => address);

test(
  "the kubelet of each node keeps in touch with the apiserver",
  { meta: guards("nodes", "heartbeat") },
  async ({ cluster, fact }) => {
    const first = await cluster.firstHeartbeats();
    const started = new Map(
      await Promise.all(
        cluster.nodes.map(async (node) => [node.address, await kubeletStarted(node)] as const),
      ),
    );
    const seen = await Promise.all(
      addresses.map((address) => {
        const since = started.get(address) ?? Number.NaN;
        // The first one after a start says nothing of the next.
        const again = Math.max(first.renewed.get(address)?.getTime() ?? 0, since + period / 2);
        return eventually(async () => heartbeatOf(cluster, address), {
          describe: `${address} renews its lease twice since its kubelet was started, or once and starts a pod`,
          deadline: timeFor(first.readAt, performance.now()),
          until: ({ renewed, pods }) =>
            // Both times are whole seconds.
            renewed > again || (renewed >= since && pods.some((pod) => pod.started > since)),
          show: ({ renewed, pods }) =>
            `renewed at ${timeOf(renewed)}, started at ${timeOf(since)}, ${pods.length} pods of this run`,
        });
      }),
    );
    for (const [index, { renewed, pods }] of seen.entries()) {
      fact(`${addresses[index]} renewed`, `${timeOf(renewed)}, started ${pods.length} pods of this run`);
    }
    const leases = [...(await readHeartbeats(cluster.kubectl)).renewed.keys()];
    expectList("nodes with a lease", leases.toSorted(), addresses);
  },
);

type Heartbeat = { readonly renewed: number; readonly pods: readonly Pod[] };

/** When a node's lease was last renewed, and the pods of this run that it has started. */
async function heartbeatOf({ kubectl, workload }: Cluster, address: string): Promise<Heartbeat> {
  const [{ renewed }, pods] = await Promise.all([readHeartbeats(kubectl), workload.running()]);
  return {
    renewed: renewed.get(address)?.getTime() ?? Number.NaN,
    pods: pods.filter(({ machine }) => machine.address === address),
  };
}

/** Milliseconds as the time of a machine's clock. */
const timeOf = (milliseconds: number): string =>
  Number.isNaN(milliseconds) ? "no time" : new Date(milliseconds).toISOString().slice(11, 19);
