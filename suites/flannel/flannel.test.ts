import { z } from "zod";
import {
  expect,
  expectFields,
  expectList,
  flannel,
  guards,
  profile,
  shapedJson,
  shown,
  test,
  tunnelMtu,
  type SuiteMachine,
  sh,
} from "../cluster/index.ts";
import { subnetFollowed } from "./follow.ts";
import { firstAddresses, leaseOf, leasesOf, lies } from "./leases.ts";

const { pods: network } = profile.networks;
const { dockerOptions, registry } = flannel;
test(
  "etcd holds the network's configuration and one lease a node, distinct and inside the network",
  { meta: guards("flannel", "leases") },
  async ({ cluster, fact }) => {
    const [config, leases] = await Promise.all([
      cluster.etcd.v2(`get ${registry}/config`),
      leasesOf(cluster),
    ]);
    const seen = shapedJson(z.unknown(), config, "The network in etcd");
    expect(seen, `${registry}/config in etcd is ${shown(seen)}`).toEqual({
      Network: network,
      Backend: { Type: "vxlan" },
    });
    const backends = leases.map(({ publicIp, backend }) => `${publicIp} by ${backend}`);
    const nodes = cluster.nodes.map(({ address }) => `${address} by vxlan`);
    expectList("leases of flannel", backends, nodes);
    const subnets = leases.map(({ subnet }) => subnet);
    expect(new Set(subnets).size, `two leases have one subnet: ${subnets.join(", ")}`).toBe(subnets.length);
    const outside = subnets.filter((subnet) => !lies(subnet, network));
    expectList(`subnets outside of ${network}`, outside, []);
    fact("subnets", subnets.join(", "));
  },
);

test(
  "flanneld is active, enabled and started again if it fails, on every node",
  { meta: guards("flannel", "unit") },
  async ({ cluster }) => {
    const units = await Promise.all(cluster.nodes.map((node) => node.unit("flanneld")));
    const wanted = { ActiveState: "active", UnitFileState: "enabled", Restart: "on-failure" };
    for (const [index, unit] of units.entries()) {
      expectFields(`flanneld's unit on ${cluster.nodes[index]?.name}`, unit, wanted);
    }
  },
);

test(
  "flannel.1 has the lease's address and VTEP MAC, and room for the tunnel's headers",
  { meta: guards("flannel", "tunnel") },
  async ({ cluster, fact }) => {
    const leases = await leasesOf(cluster);
    const found = await Promise.all(cluster.nodes.map((node) => linkOf(node, "flannel.1")));
    const details = await Promise.all(
      cluster.nodes.map((node) => node.succeed(sh`ip -d link show dev flannel.1`)),
    );
    const sizes = await Promise.all(cluster.nodes.map(tunnelMtu));
    for (const [index, node] of cluster.nodes.entries()) {
      const { subnet, vtepMac } = leaseOf(node, leases);
      const { flannel: own } = firstAddresses(subnet);
      const wanted = { address: `${own}/32`, mac: vtepMac, mtu: String(sizes[index]) };
      expectFields(`flannel.1 of ${node.name}`, found[index] ?? {}, wanted);
      const detail = details[index] ?? "";
      expect(
        detail,
        `flannel.1 of ${node.name} is another tunnel: ${detail.replaceAll(/\s+/g, " ")}`,
      ).toMatch(
        new RegExp(
          `vxlan id 1 local ${node.address.replaceAll(".", "\\.")} dev \\S+ .*dstport 8472 nolearning`,
        ),
      );
    }
    fact("VTEP MACs", leases.map(({ vtepMac }) => vtepMac).join(", "));
  },
);

test(
  "docker0 has the first address of the node's subnet, and flannel.1's MTU",
  { meta: guards("flannel", "bridge") },
  async ({ cluster }) => {
    // Until a pod hangs on it, a bridge has an MTU of 1500.
    const [leases] = await Promise.all([leasesOf(cluster), cluster.workload.ready()]);
    const found = await Promise.all(cluster.nodes.map((node) => linkOf(node, "docker0")));
    const sizes = await Promise.all(cluster.nodes.map(tunnelMtu));
    for (const [index, node] of cluster.nodes.entries()) {
      const { docker, prefix } = firstAddresses(leaseOf(node, leases).subnet);
      const wanted = { address: `${docker}/${prefix}`, mtu: String(sizes[index]) };
      expectFields(`docker0 of ${node.name}`, found[index] ?? {}, wanted);
    }
  },
);

test(
  "each node has a route, a neighbour and a forwarding entry to every other's subnet, and no further ones",
  { meta: guards("flannel", "routes") },
  async ({ cluster }) => {
    const leases = await leasesOf(cluster);
    for (const node of cluster.nodes) {
      const others = cluster.nodes.filter((other) => other !== node).map(({ address }) => address);
      const ways = leases
        .filter(({ publicIp }) => others.includes(publicIp))
        .map(({ subnet, publicIp, vtepMac }) => ({
          route: `${subnet} via ${firstAddresses(subnet).flannel} onlink`,
          neighbour: `${firstAddresses(subnet).flannel} lladdr ${vtepMac} PERMANENT`,
          forwarding: `${vtepMac} dst ${publicIp} self permanent`,
        }));
      expect(ways.length, `${ways.length} leases of the ${others.length} nodes beside ${node.name}`).toBe(
        others.length,
      );
      const [routes, neighbours, forwarding] = await Promise.all([
        linesOf(node, sh`ip route show dev flannel.1`),
        linesOf(node, sh`ip neigh show dev flannel.1 nud permanent`),
        linesOf(node, sh`bridge fdb show dev flannel.1`),
      ]);
      // Where nodes boot at once, flanneld may learn of the address that another had before, and keeps its entry.
      const isOld = (entry: string): boolean =>
        others.some((address) => entry.endsWith(` dst ${address} self permanent`)) &&
        ways.every((way) => way.forwarding !== entry);
      const known = forwarding.filter((entry) => !isOld(entry));
      const seen = {
        routes: routes.toSorted(),
        neighbours: neighbours.toSorted(),
        forwarding: known.toSorted(),
      };
      expectFields(`${node.name} on its way to the others`, seen, {
        routes: ways.map(({ route }) => route).toSorted(),
        neighbours: ways.map(({ neighbour }) => neighbour).toSorted(),
        forwarding: ways.map((way) => way.forwarding).toSorted(),
      });
    }
  },
);

test(
  "Docker was started with the options that mk-docker-opts makes of the lease",
  { meta: guards("flannel", "dockerOptions") },
  async ({ cluster, fact }) => {
    const leases = await leasesOf(cluster);
    const found = await Promise.all(
      cluster.nodes.map(async (node) => {
        const { MainPID } = await node.unit("docker");
        const [environment, commandLine] = await Promise.all([
          node.succeed(sh`grep ^DOCKER_NETWORK_OPTIONS= ${dockerOptions}`),
          node.succeed(sh`tr '\0' ' ' < /proc/${MainPID}/cmdline`),
        ]);
        const mtu = await tunnelMtu(node);
        return { environment: environment.trim(), commandLine: commandLine.trim(), mtu };
      }),
    );
    for (const [index, node] of cluster.nodes.entries()) {
      const { docker, prefix } = firstAddresses(leaseOf(node, leases).subnet);
      const { environment = "", commandLine = "", mtu } = found[index] ?? {};
      const options = `--bip=${docker}/${prefix} --ip-masq=false --mtu=${mtu}`;
      expect(environment, `${dockerOptions} of ${node.name} has ${environment}, not ${options}`).toBe(
        `DOCKER_NETWORK_OPTIONS=" ${options}"`,
      );
      expect(commandLine, `Docker of ${node.name} runs without ${options}: ${commandLine}`).toContain(
        options,
      );
      fact(`options of ${node.name}`, options);
    }
  },
);

test(
  "flanneld of each node follows etcd: a subnet that is registered there, and that it is gone again",
  { meta: guards("flannel", "follows") },
  async ({ cluster, fact }) => {
    const { nodes } = cluster;
    const subnet = await subnetFollowed(cluster, nodes, { deadline: 15_000, interval: 100 });
    fact("followed", `${subnet} on ${nodes.map(({ name }) => name).join(", ")}`);
  },
);

type Link = { address: string; mac: string; mtu: string };

/** An interface's IPv4 address with its prefix, hardware address and MTU. */
async function linkOf(node: SuiteMachine, device: string): Promise<Link> {
  const [address = "", mac = "", size = ""] = await linesOf(
    node,
    sh`ip -4 -o addr show dev ${device} | awk '{print $4}'; cat /sys/class/net/${device}/{address,mtu}`,
  );
  return { address, mac, mtu: size };
}

/** A command's output, line by line, with single blanks. */
const linesOf = async (node: SuiteMachine, command: string): Promise<string[]> =>
  (await node.succeed(command))
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .filter((line) => line !== "");
