import { expect } from "vitest";
import { z } from "zod";
import { eventually, listOf, nodes as machines, test, type Cluster } from "../cluster/index.ts";

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
  const { items } = await kubectl.json(listOf(nodeSchema), "get nodes");
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
  { meta: { sections: ["3.2.5", "3.2.6", "3.2.9", "4.2.6"] } },
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

test(
  "each node has the versions of the artifact set and the address of its machine",
  { meta: { sections: ["3.2.1", "3.2.6"] } },
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
  { meta: { sections: ["3.1"] } },
  async ({ cluster, fact }) => {
    const [nodes, ...docker] = await Promise.all([
      nodesOf(cluster),
      ...cluster.nodes.map((node) => node.succeed("docker version --format '{{.Server.Version}}'")),
    ]);
    const reported = nodes.map(([name, { nodeInfo }]) => [name, nodeInfo.containerRuntimeVersion]);
    const found = cluster.nodes.map(({ address }, index) => [address, `docker://${docker[index]?.trim()}`]);
    expect(reported).toEqual(found);
    fact("runtime", found.map(([, runtime]) => runtime).join(", "));
  },
);

test(
  "docker and kubelet are active and enabled",
  { meta: { sections: ["3.1", "3.2.9"] } },
  async ({ cluster }) => {
    const units = await Promise.all(
      cluster.nodes.flatMap((node) =>
        ["docker", "kubelet"].map(async (name) => {
          const { ActiveState, UnitFileState } = await node.unit(name);
          return `${node.name} ${name} ${ActiveState} ${UnitFileState}`;
        }),
      ),
    );
    expect(units).toEqual(
      cluster.nodes.flatMap(({ name }) =>
        ["docker", "kubelet"].map((unit) => `${name} ${unit} active enabled`),
      ),
    );
  },
);
