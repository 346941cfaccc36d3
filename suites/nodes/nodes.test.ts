import { z } from "zod";
import {
  eventually,
  expect,
  expectFields,
  expectList,
  guards,
  listOf,
  nodes as machines,
  profile,
  shown,
  test,
  type Cluster,
  sh,
} from "../cluster/index.ts";
import { configurationOf } from "./configuration.ts";
import { cordonedNodes } from "./cordoned.ts";

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

test(
  "exactly the guide's nodes are there, Ready, and under no pressure",
  { meta: guards("nodes", "ready") },
  async ({ cluster, fact }) => {
    const nodes = await nodesOf(cluster);
    const names = nodes.map(([name]) => name);
    expectList("registered nodes", names, addresses);
    const conditions = await eventually(async () => conditionsOf(await nodesOf(cluster)), {
      describe: "all nodes are Ready",
      deadline: 20_000,
      until: (found) => Object.values(found).every(({ Ready }) => Ready === "True"),
      show: (found) =>
        Object.entries(found)
          .map(([name, { Ready }]) => `${name} is Ready: ${shown(Ready)}`)
          .join("; "),
    });
    const wanted = { Ready: "True", MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False" };
    for (const name of addresses) {
      const found = conditions[name] ?? {};
      expectFields(`node ${name}`, found, wanted);
      expectList(`conditions of node ${name}`, Object.keys(found).toSorted(), Object.keys(wanted).toSorted());
    }
    fact("nodes", addresses.join(", "));
  },
);

test("no node is cordoned", { meta: guards("nodes", "cordon") }, async ({ cluster }) => {
  expectList("cordoned nodes", await cordonedNodes(cluster), []);
});

test(
  "each node has the versions of the artifact set and the address of its machine",
  { meta: guards("nodes", "versions") },
  async ({ cluster, fact }) => {
    const nodes = await nodesOf(cluster);
    const names = nodes.map(([name]) => name);
    expectList("nodes that say what they are", names, addresses);
    const version = `v${cluster.versions.kubernetes}`;
    for (const [name, { nodeInfo, addresses: own }] of nodes) {
      expectFields(`node ${name}`, nodeInfo, { kubeletVersion: version, kubeProxyVersion: version });
      const known = own.map(({ type, address }) => `${type} ${address}`);
      for (const wanted of [`InternalIP ${name}`, `Hostname ${name}`])
        expect(known, `node ${name} has the addresses ${shown(known)}, not ${wanted}`).toContain(wanted);
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
    const reported = nodes.map(([name, { nodeInfo }]) => `${name} ${nodeInfo.containerRuntimeVersion}`);
    const found = cluster.nodes.map(({ address }, index) => `${address} docker://${docker[index]?.trim()}`);
    expectList("container runtimes that nodes report", reported, found);
    fact("runtime", found.join(", "));
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
    const wanted = cluster.nodes.flatMap(({ name }) =>
      units.map(([unit, restart]) => `${name} ${unit} active enabled ${restart}`),
    );
    expectList("units of the nodes", found, wanted);
  },
);

test(
  "each kubelet runs with the configuration of the guide, and the apiserver reaches it",
  { meta: guards("nodes", "configuration") },
  async ({ cluster }) => {
    const found = await Promise.all(cluster.nodes.map(({ address }) => configurationOf(cluster, address)));
    for (const [index, { address }] of cluster.nodes.entries()) {
      expectFields(`the configuration with which the kubelet of ${address} runs`, found[index] ?? {}, {
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

test(
  "a login shell of each node finds kubectl",
  { meta: guards("nodes", "kubectl") },
  async ({ cluster }) => {
    for (const node of cluster.nodes) {
      const found = await node.inPath("kubectl");
      expect(found, `kubectl in the path of ${node.name}: ${shown(found)}, not ${programs.kubectl}`).toBe(
        programs.kubectl,
      );
    }
  },
);
