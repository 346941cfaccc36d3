import { expect } from "vitest";
import { eventually, readHeartbeats, test } from "../cluster/index.ts";
import { addresses } from "./addresses.ts";

/** Twice the 10 s between two of them. */
const deadline = 20_000;

test("the heartbeat of each node advances", { meta: { sections: ["3.2.9"] } }, async ({ cluster, fact }) => {
  const first = await cluster.firstHeartbeats();
  expect([...first.keys()].toSorted(), "nodes with a lease").toEqual(addresses);
  const advance = (now: ReadonlyMap<string, Date>): [string, number][] =>
    [...first].map(([name, then]) => [name, (now.get(name)?.getTime() ?? 0) - then.getTime()]);
  const seen = await eventually(() => readHeartbeats(cluster.kubectl), {
    describe: "each kubelet renewed its lease",
    deadline,
    interval: 500,
    until: (now) => advance(now).every(([, ms]) => ms > 0),
    show: (now) =>
      advance(now)
        .map(([name, ms]) => `${name} by ${ms} ms`)
        .join(", "),
  });
  for (const [name, ms] of advance(seen)) fact(`${name} advanced by ms`, ms);
});
