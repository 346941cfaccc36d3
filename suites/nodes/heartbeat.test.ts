import { expect } from "vitest";
import { eventually, nodes, readHeartbeats, test } from "../cluster/index.ts";

const addresses = nodes.map(({ address }) => address);

/** Twice the 10 s between two heartbeats. */
const patience = 20_000;

test("the heartbeat of each node advances", { meta: { sections: ["3.2.9"] } }, async ({ cluster, fact }) => {
  const first = await cluster.firstHeartbeats();
  // A kubelet that has just started makes its lease only at its first heartbeat.
  const advance = (now: ReadonlyMap<string, Date>): [string, number][] =>
    addresses.map((name) => [
      name,
      (now.get(name)?.getTime() ?? 0) - (first.renewed.get(name)?.getTime() ?? 0),
    ]);
  const { renewed } = await eventually(() => readHeartbeats(cluster.kubectl), {
    describe: "each kubelet has renewed its lease since the suites began",
    deadline: Math.max(1000, first.readAt + patience - performance.now()),
    interval: 500,
    until: (now) => advance(now.renewed).every(([, ms]) => ms > 0),
    show: (now) =>
      advance(now.renewed)
        .map(([name, ms]) => `${name} by ${ms} ms`)
        .join(", "),
  });
  expect([...renewed.keys()].toSorted(), "nodes with a lease").toEqual(addresses);
  for (const [name, ms] of advance(renewed))
    fact(`${name} advanced by ms`, first.renewed.has(name) ? ms : "it was the first");
});
