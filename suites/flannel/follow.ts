import ipaddr from "ipaddr.js";
import {
  type Cluster,
  eventually,
  flannel,
  lacking,
  nobody,
  profile,
  sh,
  slowness,
  type SuiteMachine,
} from "../cluster/index.ts";
import { firstAddresses, leasesOf } from "./leases.ts";

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

/** Milliseconds after which a route that flanneld has to remove is one that it does not know of. */
const forgotten = 2000 * slowness;

/** That of a node which nobody is. */
const vtepMac = "02:00:c0:00:02:01";

/** What a node has of a subnet, empty if nothing, and the process of its flanneld. */
type Followed = { readonly process: string; readonly entries: readonly string[] };

async function followedOn(node: SuiteMachine, subnet: string): Promise<Followed> {
  const shown = await node.succeed(
    sh`systemctl show --property=MainPID flanneld; ip route show ${subnet}; ip neigh show dev flannel.1 nud permanent`,
  );
  const lines = shown.split("\n").map((line) => line.trim());
  return {
    process: lines.find((line) => line.startsWith("MainPID=")) ?? "",
    entries: [
      ...lines.filter((line) => line.startsWith(`${subnet} `)),
      ...lines.filter((line) => line.includes(vtepMac)),
    ],
  };
}

/**
 * Registers a subnet for a node that nobody is, waits until flanneld of some nodes has a route and a neighbour for it, and takes it
 * back, which flanneld has to follow, too; gives the subnet. No packet goes there: nobody has an address of it. What stays is taken away
 * here if flanneld began anew meanwhile: it removes no route whose subnet went while it was not there (flannel's subnet/watch.go
 * compares with what this process has seen).
 */
export async function subnetFollowed(
  cluster: Cluster,
  nodes: readonly SuiteMachine[],
  limits: { readonly deadline: number; readonly interval: number },
): Promise<string> {
  const { etcd } = cluster;
  const leased = async (): Promise<string[]> => (await leasesOf(cluster)).map((lease) => lease.subnet);
  const subnet =
    freeSubnet(profile.networks.pods, await leased()) ??
    lacking(`there is no free subnet in ${profile.networks.pods}`);
  const key = `${flannel.registry}/subnets/${subnet.replace("/", "-")}`;
  const lease = { PublicIP: nobody, BackendType: "vxlan", BackendData: { VtepMAC: vtepMac } };
  const look = (): Promise<Followed[]> => Promise.all(nodes.map((node) => followedOn(node, subnet)));
  const show = (all: readonly Followed[]): string =>
    all
      .map(({ entries }, index) => `${nodes[index]?.name} has ${entries.join(" and ") || "nothing"}`)
      .join(", ");
  const names = nodes.map(({ name }) => name).join(" and ");
  const before = await look();
  // What is left in etcd is held against the guide by whoever compares the subnets.
  const takenBack = async (): Promise<string[]> => {
    await etcd.v2(`rm ${key}`).catch(() => undefined);
    return leased();
  };
  try {
    // A run that is cut short leaves it for as long, unless the next one is sooner there.
    await etcd.v2(`set --ttl 300 ${key} '${JSON.stringify(lease)}'`);
    await eventually(look, {
      ...limits,
      describe: `flanneld of ${names} leads to ${subnet} by a route and a neighbour`,
      until: (all) => all.every(({ entries }) => entries.length === 2),
      show,
    });
  } finally {
    await eventually(takenBack, {
      describe: `etcd has ${subnet} no more`,
      deadline: 30_000,
      until: (found) => !found.includes(subnet),
    });
  }
  const takenAway = performance.now();
  const isForgotten = (): boolean => performance.now() - takenAway > forgotten;
  const left = await eventually(look, {
    ...limits,
    describe: `flanneld of ${names} does not lead to ${subnet} any more`,
    until: (all) =>
      all.every(
        ({ entries, process }, index) =>
          entries.length === 0 || (process !== before[index]?.process && isForgotten()),
      ),
    show,
  });
  const { flannel: gateway } = firstAddresses(subnet);
  for (const [index, { entries }] of left.entries()) {
    if (entries.length > 0)
      await nodes[index]?.run(
        sh`ip route del ${subnet}; ip neigh del ${gateway} dev flannel.1; bridge fdb del ${vtepMac} dev flannel.1 dst ${nobody}`,
      );
  }
  return subnet;
}
