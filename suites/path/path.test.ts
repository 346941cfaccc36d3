import { randomInt } from "node:crypto";
import {
  capture,
  type Cluster,
  compared,
  deviceTo,
  expect,
  expectAnswered,
  expectList,
  expectSeen,
  type Frame,
  guards,
  inNetworkOf,
  lacking,
  nodes,
  oncePer,
  ping,
  pinged,
  type Pod,
  sh,
  shown,
  slowness,
  type SuiteMachine,
  test,
  vxlanPort,
} from "../cluster/index.ts";
import { type Lease, leaseOf, leasesOf } from "../flannel/leases.ts";
import { inWords, type Part } from "./words.ts";

const protocols = ["ICMP", "TCP", "UDP"] as const;
/** Told apart from the pings of other suites. */
const payload = 72;
/**
 * Of TCP and UDP, by chance, so that no rule for known ports lets it pass. Nobody listens there, so that a connection is refused: it is
 * below the NodePorts and below what Linux gives to clients.
 */
const port = randomInt(10_000, 30_000);
/** With which Linux sends a packet on its way (net.ipv4.ip_default_ttl); a router takes one off. */
const ttl = 64;
/** Of flannel's vxlan backend, where the network's configuration names no other. */
const vni = 1;

/** In a line of `ip -o link`. */
const mac = (link: string): string => / link\/ether (\S+)/.exec(link)?.[1] ?? "";

/** Hardware addresses of a pod's eth0, and of what its machine has: the bridge, and the way out. */
async function addressesOf(
  pod: Pod,
  device: string,
): Promise<{ eth0: string; bridge: string; wire: string }> {
  const { machine } = pod;
  const inPod = await inNetworkOf(pod, sh`ip -o link show dev eth0`, "machine");
  const links = await machine.succeed(
    sh`${inPod} && ip -o link show dev docker0 && ip -o link show dev ${device}`,
  );
  const [eth0 = "", bridge = "", wire = ""] = links.split("\n").map(mac);
  return { eth0, bridge, wire };
}

/** One of the two ends of the way, and by which device its machine reaches the other's. */
type End = Awaited<ReturnType<typeof endOf>>;

async function endOf(pod: Pod, other: Pod, leases: readonly Lease[]) {
  const { machine } = pod;
  const device = await deviceTo(machine, other.machine.address);
  return { pod, device, macs: await addressesOf(pod, device), lease: leaseOf(machine, leases) };
}

/** Where packets pass on a machine, in the order in which they leave it. */
const placesOf = ({ pod, device }: End) => {
  const { machine } = pod;
  return [
    { name: `${machine.name}'s container`, place: { kind: "pod", pod } },
    { name: `${machine.name}'s docker0`, place: { kind: "interface", machine, device: "docker0" } },
    { name: `${machine.name}'s flannel.1`, place: { kind: "interface", machine, device: "flannel.1" } },
    { name: `${machine.name}'s wire`, place: { kind: "wire", machine, device } },
  ] as const;
};

/** Sends one packet of each protocol. */
async function send(from: Pod, to: Pod) {
  const open = sh`timeout ${3 * slowness} bash -c 'echo > /dev/udp/${to.ip}/${port}; echo > /dev/tcp/${to.ip}/${port}'`;
  const [asked] = await Promise.all([
    ping(from, to, 1, `-s ${payload}`),
    inNetworkOf(from, open, "machine").then((command) => from.machine.run(command)),
  ]);
  return asked;
}

/** What is seen where of the packets that the first and the last node's client send each other, all at one capture. */
const exchanged = oncePer(async (cluster: Cluster) => {
  const { workload } = cluster;
  await workload.ready();
  const clients = await workload.pods("client");
  const on = ({ name, address }: SuiteMachine): Pod =>
    clients.find(({ machine }) => machine.address === address) ?? lacking(`${name} has no client`);
  const [one, other] = [on(cluster.nodes[0]), on(cluster.nodes.at(-1) ?? cluster.nodes[0])];
  const leases = await leasesOf(cluster);
  const [a, b] = await Promise.all([endOf(one, other, leases), endOf(other, one, leases)]);
  const wanted = { targets: [one, other], payload, port, count: 2 * protocols.length };
  const captures = await Promise.all(
    [a, b]
      .flatMap(placesOf)
      .map(async ({ name, place }) => ({ name, seen: (await capture(place, wanted)).seen })),
  );
  const [there, back] = await Promise.all([send(one, other), send(other, one)]);
  const looks = await Promise.all(captures.map(async ({ name, seen }) => [name, await seen] as const));
  const ways = [
    { from: a, to: b, asked: there },
    { from: b, to: a, asked: back },
  ];
  return { ways, looks: new Map<string, (typeof looks)[number][1]>(looks) };
});

/** Where a packet passes, and the one frame that is to be seen there; of what carries it, `open` is left open. */
type Station = {
  readonly name: string;
  readonly frame: Omit<Frame, "protocol">;
  readonly open?: readonly Part[];
};

const seenAt = ({ name, open }: Station, frame: Station["frame"]): string =>
  `${name}: ${inWords(frame, open)}`;

/** The stations of a packet, in their order. */
function stationsOf(from: End, to: End): Station[] {
  const packet = { from: from.pod.ip, to: to.pod.ip };
  const leaving = { ...packet, macFrom: from.macs.eth0, macTo: from.macs.bridge, ttl };
  const tunnelled = { ...packet, macFrom: from.lease.vtepMac, macTo: to.lease.vtepMac, ttl: ttl - 1 };
  const arriving = { ...packet, macFrom: to.macs.bridge, macTo: to.macs.eth0, ttl: ttl - 2 };
  const tunnel = { from: from.lease.publicIp, to: to.lease.publicIp, port: vxlanPort, vni, ttl };
  const carried = { ...tunnelled, outer: { ...tunnel, macFrom: from.macs.wire, macTo: to.macs.wire } };
  const out: Omit<Station, "name">[] = [
    { frame: leaving },
    { frame: leaving },
    { frame: tunnelled },
    { frame: carried, open: ["macTo"] },
  ];
  const into: typeof out = [
    { frame: carried, open: ["macFrom", "ttl"] },
    { frame: tunnelled },
    { frame: arriving },
    { frame: arriving },
  ];
  const names = [...placesOf(from), ...placesOf(to).toReversed()].map(({ name }) => name);
  return [...out, ...into].map(({ frame, open = [] }, index) => ({ name: names[index] ?? "", frame, open }));
}

const [first, last] = [nodes[0]?.name, nodes.at(-1)?.name];

for (const protocol of protocols) {
  for (const [here, there] of [
    [first, last],
    [last, first],
  ]) {
    test(
      `${protocol} from ${here} to ${there}: one packet is seen at every station from container to container, as the leases in etcd say`,
      { meta: guards("path", "stations") },
      async ({ cluster, fact }) => {
        const { ways, looks } = await exchanged(cluster);
        const { from, to, asked } =
          ways.find(({ from: { pod } }) => pod.machine.name === here) ??
          lacking(`nothing was sent from ${here}`);
        const stations = stationsOf(from, to);
        const seen = stations.map(({ name }) => {
          const look = looks.get(name) ?? lacking(`nobody looked at ${name}`);
          const own = look.frames.filter((frame) => frame.protocol === protocol && frame.to === to.pod.ip);
          return { ...look, frames: own };
        });
        for (const [index, { name }] of stations.entries()) {
          const frames = seen[index]?.frames ?? [];
          fact(name, frames.map((frame) => inWords(frame)).join(" and ") || "nothing");
        }
        const found = stations.flatMap((station, index) =>
          (seen[index]?.frames ?? []).map((frame) => seenAt(station, frame)),
        );
        const wanted = stations.map((station) => seenAt(station, station.frame));
        const aim = protocol === "ICMP" ? "" : ` to port ${port}, which was drawn at random,`;
        const what = `one packet of ${protocol}${aim} from ${here} to ${there}`;
        if (protocol !== "ICMP") fact("port", port);
        const missed = `${what}: ${compared(found, wanted)}`;
        if (protocol === "ICMP") {
          const said = `${here}'s pod pings ${there}'s and is not answered: ${shown(asked.stdout.trim())}`;
          expectAnswered(pinged(asked, 1), found.length < wanted.length ? `${missed}; ${said}` : said);
        }
        expectSeen(seen, 1, missed);
        expectList(what, found, wanted);
      },
    );
  }
}

test(
  "flannel.1 is the end of a vxlan tunnel, not a point-to-point device, and there is no flannel0",
  { meta: guards("path", "device") },
  async ({ cluster }) => {
    for (const node of cluster.nodes) {
      const links = await node.succeed(sh`ip -d -o link show`);
      const named = links.split("\n").filter((line) => /^\d+: flannel/.test(line));
      const devices = named.map((line) => line.split(": ")[1] ?? "");
      expectList(`flannel's devices on ${node.name}`, devices, ["flannel.1"]);
      const [link] = named;
      expect(link, `${node.name}'s flannel.1 is ${shown(link)}, not of vxlan with id 1`).toMatch(
        / vxlan id 1 /,
      );
      expect(link, `${node.name}'s flannel.1 is point-to-point: ${shown(link)}`).not.toContain("POINTOPOINT");
    }
  },
);
