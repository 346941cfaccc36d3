import { expect } from "vitest";
import { eventually, guards, nodes, readHeartbeats, sh, test, type SuiteMachine } from "../cluster/index.ts";

const addresses = nodes.map(({ address }) => address);

/** Milliseconds between two heartbeats; a kubelet makes the first one when it starts. */
const period = 10_000;

test(
  "the heartbeat of each node advances",
  { meta: guards("nodes", "heartbeat") },
  async ({ cluster, fact }) => {
    const first = await cluster.firstHeartbeats();
    const started = new Map(
      await Promise.all(
        cluster.nodes.map(async (node) => [node.address, await kubeletStarted(node)] as const),
      ),
    );
    // The first one after a start says nothing of the next.
    const before = (name: string): number =>
      Math.max(first.renewed.get(name)?.getTime() ?? 0, (started.get(name) ?? Number.NaN) + period / 2);
    const advance = (now: ReadonlyMap<string, Date>): [string, number][] =>
      addresses.map((name) => [name, (now.get(name)?.getTime() ?? 0) - before(name)]);
    const { renewed } = await eventually(() => readHeartbeats(cluster.kubectl), {
      describe: "each kubelet has renewed its lease since the suites began",
      deadline: Math.max(1000, first.readAt + 2 * period - performance.now()),
      until: (now) => advance(now.renewed).every(([, ms]) => ms > 0),
      show: (now) =>
        addresses
          .map(
            (name) =>
              `${name} at ${now.renewed.get(name)?.toISOString() ?? "no time"}, after ${shownTime(before(name))}`,
          )
          .join("; "),
    });
    expect([...renewed.keys()].toSorted(), "nodes with a lease").toEqual(addresses);
    for (const name of addresses)
      fact(
        `${name} renewed`,
        `${renewed.get(name)?.toISOString()}, before ${shownTime(first.renewed.get(name)?.getTime())}`,
      );
  },
);

const shownTime = (ms = Number.NaN): string => (Number.isNaN(ms) ? "none" : new Date(ms).toISOString());

/** When the kubelet that runs was started, in milliseconds of its machine's clock; NaN if none runs. */
async function kubeletStarted(node: SuiteMachine): Promise<number> {
  const { MainPID } = await node.unit("kubelet");
  const { stdout } = await node.run(sh`echo $(($(date +%s) - $(ps -o etimes= -p ${MainPID})))`);
  return MainPID === "0" ? Number.NaN : Number(stdout) * 1000;
}
