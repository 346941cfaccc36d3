import { expect } from "vitest";
import { eventually, guards, nodes, readHeartbeats, sh, test, type SuiteMachine } from "../cluster/index.ts";

const addresses = nodes.map(({ address }) => address);

/** Milliseconds between two heartbeats; a kubelet makes the first one when it starts. */
const period = 10_000;

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
    const since = (name: string): number => started.get(name) ?? Number.NaN;
    const { renewed, pods } = await eventually(
      async () => ({
        renewed: (await readHeartbeats(cluster.kubectl)).renewed,
        pods: await cluster.workload.running(),
      }),
      {
        describe:
          "each kubelet has renewed its lease and then renewed it again, or started a pod of this run",
        deadline: Math.max(1000, first.readAt + 2 * period - performance.now()),
        until: (now) =>
          addresses.every((name) => {
            const last = now.renewed.get(name)?.getTime() ?? Number.NaN;
            // The first one after a start says nothing of the next.
            const again = Math.max(first.renewed.get(name)?.getTime() ?? 0, since(name) + period / 2);
            // Both times are whole seconds.
            const ran = now.pods.some(
              ({ machine, started: at }) => machine.address === name && at > since(name),
            );
            return last > again || (last >= since(name) && ran);
          }),
        show: (now) =>
          addresses
            .map((name) => `${name} at ${now.renewed.get(name)?.toISOString() ?? "no time"}`)
            .join("; "),
      },
    );
    expect([...renewed.keys()].toSorted(), "nodes with a lease").toEqual(addresses);
    for (const name of addresses) {
      const own = pods.filter(({ machine }) => machine.address === name);
      fact(`${name} renewed`, `${renewed.get(name)?.toISOString()}, started ${own.length} pods of this run`);
    }
  },
);

/** When the kubelet that runs was started, in milliseconds of its machine's clock, of whole seconds. */
async function kubeletStarted(node: SuiteMachine): Promise<number> {
  const { MainPID } = await node.unit("kubelet");
  expect(MainPID, `the kubelet's process on ${node.name}`).not.toBe("0");
  const { stdout } = await node.run(sh`echo $(($(date +%s) - $(ps -o etimes= -p ${MainPID})))`);
  return Number(stdout) * 1000;
}
