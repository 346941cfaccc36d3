import ipaddr from "ipaddr.js";
import { type Cluster, eventually, flannel, profile, sh, type SuiteMachine } from "../../cluster/index.ts";
import { leasesOf } from "../../flannel/leases.ts";

/** The last /24 of a network that no lease lies in; undefined if there is none. */
export function freeSubnet(network: string, leased: readonly string[]): string | undefined {
  const [first, prefix] = ipaddr.IPv4.parseCIDR(network);
  const [a = 0, b = 0, c = 0] = first.octets;
  const all = Array.from({ length: 2 ** Math.max(0, 24 - prefix) }, (_, block) => {
    const number = a * 65_536 + b * 256 + c + block;
    return [number >> 16, (number >> 8) & 255, number & 255, 0].join(".");
  });
  const subnets = leased.map((cidr) => ipaddr.IPv4.parseCIDR(cidr));
  const free = all.findLast((block) => !subnets.some((subnet) => ipaddr.IPv4.parse(block).match(subnet)));
  return free === undefined ? undefined : `${free}/24`;
}

/**
 * Registers a subnet for a node that nobody is, looks whether flanneld leads to it, and takes it back, which flanneld has to follow,
 * too. No packet goes there: nobody has an address of it.
 */
export async function subnetFollowed(cluster: Cluster, node: SuiteMachine): Promise<string> {
  const { etcd } = cluster;
  const leased = async (): Promise<string[]> => (await leasesOf(cluster)).map(({ subnet }) => subnet);
  const subnet = freeSubnet(profile.networks.pods, await leased());
  if (subnet === undefined) return "there is no free subnet";
  const key = `${flannel.registry}/subnets/${subnet.replace("/", "-")}`;
  const lease = {
    PublicIP: "192.0.2.1",
    BackendType: "vxlan",
    BackendData: { VtepMAC: "02:00:c0:00:02:01" },
  };
  const routes = async (): Promise<string> => (await node.succeed(sh`ip route show ${subnet}`)).trim();
  // What is left in etcd is held against the guide by whoever compares the subnets.
  const takenBack = async (): Promise<string[]> => {
    await etcd.v2(`rm ${key}`).catch(() => undefined);
    return leased();
  };
  try {
    await etcd.v2(`set ${key} '${JSON.stringify(lease)}'`);
    await eventually(routes, {
      describe: `flanneld of ${node.name} leads to ${subnet}`,
      deadline: 60_000,
      interval: 200,
      until: (found) => found !== "",
      show: (found) => found || "no route",
    });
  } finally {
    await eventually(takenBack, {
      describe: `etcd has ${subnet} no more`,
      deadline: 30_000,
      until: (found) => !found.includes(subnet),
    });
  }
  await eventually(routes, {
    describe: `flanneld of ${node.name} does not lead to ${subnet} any more`,
    deadline: 60_000,
    interval: 200,
    until: (found) => found === "",
    show: (found) => found,
  });
  return "";
}
