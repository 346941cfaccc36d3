import ipaddr from "ipaddr.js";
import {
  type Cluster,
  eventually,
  flannel,
  nobody,
  profile,
  sh,
  slowness,
  type SuiteMachine,
} from "../../cluster/index.ts";
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

/** Milliseconds after which a route that flanneld has to remove is one that it does not know of. */
const forgotten = 2000 * slowness;

/**
 * Registers a subnet for a node that nobody is, looks whether flanneld leads to it, and takes it back, which flanneld has to follow,
 * too. No packet goes there: nobody has an address of it. A route is taken away here if flanneld began anew meanwhile: it removes none
 * whose subnet went while it was not there (flannel's subnet/watch.go compares with what this process has seen).
 */
export async function subnetFollowed(cluster: Cluster, node: SuiteMachine): Promise<string> {
  const { etcd } = cluster;
  const leased = async (): Promise<string[]> => (await leasesOf(cluster)).map(({ subnet }) => subnet);
  const subnet = freeSubnet(profile.networks.pods, await leased());
  if (subnet === undefined) return "there is no free subnet";
  const key = `${flannel.registry}/subnets/${subnet.replace("/", "-")}`;
  const lease = {
    PublicIP: nobody,
    BackendType: "vxlan",
    BackendData: { VtepMAC: "02:00:c0:00:02:01" },
  };
  const look = async (): Promise<{ readonly process: string; readonly route: string }> => {
    const shown = await node.succeed(sh`systemctl show --property=MainPID flanneld; ip route show ${subnet}`);
    const [, process = "", route = ""] = /^(MainPID=\d*)?\s*(.*)/s.exec(shown.trim()) ?? [];
    return { process, route };
  };
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
      describe: `flanneld of ${node.name} leads to ${subnet}`,
      deadline: 60_000,
      interval: 200,
      until: ({ route }) => route !== "",
      show: ({ route }) => route || "no route",
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
  const { route } = await eventually(look, {
    describe: `flanneld of ${node.name} does not lead to ${subnet} any more`,
    deadline: 60_000,
    interval: 200,
    until: (now) => now.route === "" || (now.process !== before.process && isForgotten()),
    show: (now) => now.route,
  });
  if (route !== "") await node.succeed(sh`ip route del ${subnet}`);
  return "";
}
