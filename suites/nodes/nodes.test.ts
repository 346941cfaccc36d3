import { expect } from "vitest";
import { z } from "zod";
import {
  eventually,
  guards,
  listOf,
  nodes as machines,
  profile,
  test,
  type Cluster,
  sh,
} from "../cluster/index.ts";

const { networks, ports, programs } = profile;

/** By these the nodes are registered. */
const addresses = machines.map(({ address }) => address);

const nodeSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({
    // Absent in a node that no kubelet registered.
    addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    nodeInfo: z.object({
      kubeletVersion: z.string(),
      kubeProxyVersion: z.string(),
      containerRuntimeVersion: z.string(),
    }),
  }),
});

type Node = z.infer<typeof nodeSchema>;

/** The registered nodes by their names, in order. */
async function nodesOf({ kubectl }: Cluster): Promise<[string, Node["status"]][]> {
  const { items } = await kubectl.get(listOf(nodeSchema), "/api/v1/nodes");
  return items
    .map(({ metadata, status }): [string, Node["status"]] => [metadata.name, status])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Conditions by type, of each node. */
const conditionsOf = (nodes: readonly [string, Node["status"]][]): Record<string, Record<string, string>> =>
  Object.fromEntries(
    nodes.map(([name, { conditions }]) => [
      name,
      Object.fromEntries(conditions.map(({ type, status }) => [type, status])),
    ]),
  );

const each = <T>(value: T): Record<string, T> =>
  Object.fromEntries(addresses.map((address) => [address, value]));

test(
  "exactly the guide's nodes are there, Ready, and under no pressure",
  { meta: guards("nodes", "ready") },
  async ({ cluster, fact }) => {
    const nodes = await nodesOf(cluster);
    expect(nodes.map(([name]) => name)).toEqual(addresses);
    const conditions = await eventually(async () => conditionsOf(await nodesOf(cluster)), {
      describe: "all nodes are Ready",
      deadline: 20_000,
      until: (found) => Object.values(found).every(({ Ready }) => Ready === "True"),
    });
    const wanted = { Ready: "True", MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False" };
    expect(conditions).toEqual(each(wanted));
    fact("nodes", addresses.join(", "));
  },
);

const cordonSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ unschedulable: z.boolean().default(false) }),
});

test("no node is cordoned", { meta: guards("nodes", "cordon") }, async ({ cluster: { kubectl } }) => {
  const { items } = await kubectl.get(listOf(cordonSchema), "/api/v1/nodes");
  expect(items.filter(({ spec }) => spec.unschedulable).map(({ metadata }) => metadata.name)).toEqual([]);
});

test(
  "each node has the versions of the artifact set and the address of its machine",
  { meta: guards("nodes", "versions") },
  async ({ cluster, fact }) => {
    const nodes = await nodesOf(cluster);
    const version = `v${cluster.versions.kubernetes}`;
    for (const [name, { nodeInfo, addresses: own }] of nodes) {
      expect(nodeInfo, `node ${name}`).toMatchObject({ kubeletVersion: version, kubeProxyVersion: version });
      expect(own, `node ${name}`).toEqual(
        expect.arrayContaining([
          { type: "InternalIP", address: name },
          { type: "Hostname", address: name },
        ]),
      );
    }
    fact("version", version);
  },
);

test(
  "the container runtime that each node reports is the Docker of its machine",
  { meta: guards("nodes", "runtime") },
  async ({ cluster, fact }) => {
    const [nodes, ...docker] = await Promise.all([
      nodesOf(cluster),
      ...cluster.nodes.map((node) => node.succeed(sh`docker version --format '{{.Server.Version}}'`)),
    ]);
    const reported = nodes.map(([name, { nodeInfo }]) => [name, nodeInfo.containerRuntimeVersion]);
    const found = cluster.nodes.map(({ address }, index) => [address, `docker://${docker[index]?.trim()}`]);
    expect(reported).toEqual(found);
    fact("runtime", found.map(([, runtime]) => runtime).join(", "));
  },
);

/** Units of a node, and when systemd starts them again. */
const units = [
  ["docker", "always"],
  ["kubelet", "on-failure"],
] as const;

test(
  "docker and kubelet are active, enabled and started again if they fail",
  { meta: guards("nodes", "units") },
  async ({ cluster }) => {
    const found = await Promise.all(
      cluster.nodes.flatMap((node) =>
        units.map(async ([name]) => {
          const { ActiveState, UnitFileState, Restart } = await node.unit(name);
          return `${node.name} ${name} ${ActiveState} ${UnitFileState} ${Restart}`;
        }),
      ),
    );
    expect(found).toEqual(
      cluster.nodes.flatMap(({ name }) =>
        units.map(([unit, restart]) => `${name} ${unit} active enabled ${restart}`),
      ),
    );
  },
);

test(
  "each kubelet runs with the configuration of the guide, and the apiserver reaches it",
  { meta: guards("nodes", "configuration") },
  async ({ cluster }) => {
    const found = await Promise.all(
      cluster.nodes.map(({ address }) =>
        cluster.kubectl.get(configuration, `/api/v1/nodes/${address}/proxy/configz`),
      ),
    );
    for (const [index, { address }] of cluster.nodes.entries()) {
      expect(found[index]?.kubeletconfig, `the kubelet of ${address}`).toMatchObject({
        address,
        port: ports.kubelet,
        readOnlyPort: ports.kubeletReadOnly,
        clusterDNS: [networks.dns],
        clusterDomain: networks.domain,
        failSwapOn: false,
      });
    }
  },
);

const configuration = z.object({ kubeletconfig: z.looseObject({}) });

test(
  "a login shell of each node finds kubectl",
  { meta: guards("nodes", "kubectl") },
  async ({ cluster }) => {
    const found = await Promise.all(cluster.nodes.map((node) => node.inPath("kubectl")));
    expect(found).toEqual(cluster.nodes.map(() => programs.kubectl));
  },
);
