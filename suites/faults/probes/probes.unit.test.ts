import { expect, test } from "vitest";
import { type Cluster, nodes } from "../../cluster/index.ts";
import type { LastSeenPods } from "../last-seen-pods.ts";
import { machineOf } from "../../cluster/testing.ts";
import { endpointsFollowed } from "./api-probes.ts";
import type { Counter } from "./counter.ts";
import { notices, probesOf } from "./probes.ts";

test("a node that has no backend, only a client, is noticed to lose its pods", async () => {
  const items = [{ metadata: { name: "client-b" } }];
  const kubectl = { get: async () => ({ items }) };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const cluster = { kubectl, nodes, workload: { namespace: "suites" } } as unknown as Cluster;
  // oxlint-disable-next-line no-unsafe-type-assertion -- the same
  const lastSeen = { on: () => [{ name: "client-b", app: "client" }] } as unknown as LastSeenPods;
  // oxlint-disable-next-line no-unsafe-type-assertion -- the same
  const counter = {} as Counter;
  const probes = probesOf(cluster, { lastSeen, counter, node: machineOf(() => undefined), subnets: false });
  const kept = probes.find(({ name }) => name === notices.kept(nodes[0]?.name ?? ""));
  expect(await kept?.ask()).toBe("");
  items.pop();
  expect(await kept?.ask()).toBe("client-b was replaced");
});

test.each([
  [["client-b"], ["client-b", "nobody"]],
  [
    ["backend-a", "client-b"],
    ["backend-a", "client-b"],
  ],
])(
  "with %j on a node, its Service leads to both at each look: what stays as it was does not follow",
  async (names, led) => {
    const pods = names.map((name) => ({ name, ip: name }));
    const put: string[] = [];
    const replace = async (
      _: unknown,
      __: string,
      { subsets }: { subsets: { addresses: { ip: string }[] }[] },
    ) => void put.push(subsets[0]?.addresses[0]?.ip ?? "nobody");
    const node = machineOf(() => ({ stdout: put.at(-1)?.replace("nobody", "") ?? "" }));
    const lastSeen = { on: () => pods, changing: { ip: "10.254.9.9", port: 80 } };
    const cluster = { kubectl: { replace }, workload: { namespace: "suites" } };
    // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of both
    const ask = endpointsFollowed(cluster as unknown as Cluster, lastSeen as unknown as LastSeenPods, node);
    expect(await ask()).toBe("");
    expect(await ask()).toBe("");
    expect(put).toEqual([...led, ...led]);
  },
);
