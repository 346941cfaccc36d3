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
  oncePer,
  ping,
  pinged,
  type Pod,
  sh,
  shown,
  type SuiteMachine,
  test,
} from "../cluster/index.ts";
import { type Lease, leaseOf, leasesOf } from "../flannel/leases.ts";
import { inWords, type Part } from "./words.ts";

/** Told apart from the pings of other suites. */
const payload = 72;
/** With which Linux sends a packet on its way (net.ipv4.ip_default_ttl); a router takes one off. */
const ttl = 64;
/** Of flannel's vxlan backend, where the network's configuration names no others. */
const [vni, port] = [1, 8472];

/** The first node's client, and the last node's. */
const ends = oncePer(async ({ workload, nodes }: Cluster): Promise<{ from: Pod; to: Pod }> => {
  await workload.ready();
  const clients = await workload.pods("client");
  const on = ({ name, address }: SuiteMachine): Pod =>
    clients.find(({ machine }) => machine.address === address) ?? lacking(`${name} has no client`);
  return { from: on(nodes[0]), to: on(nodes.at(-1) ?? nodes[0]) };
});

/** In a line of `ip -o link`. */
const mac = (link: string): string => / link\/ether (\S+)/.exec(link)?.[1] ?? "";

/** Hardware addresses of a pod's eth0, and of what its machine has: the bridge, and the way out. */
async function addressesOf(
  pod: Pod,
  device: string,
): Promise<{ eth0: string; bridge: string; wire: string }> {
  const { machine } = pod;
  const [eth0, bridge, wire] = await Promise.all([
    machine.succeed(await inNetworkOf(pod, sh`ip -o link show dev eth0`, "machine")),
    machine.succeed(sh`ip -o link show dev docker0`),
    machine.succeed(sh`ip -o link show dev ${device}`),
  ]);
  return { eth0: mac(eth0), bridge: mac(bridge), wire: mac(wire) };
}

const at = ({ machine }: Pod, device: string) => ({ kind: "interface", machine, device }) as const;
const onWire = ({ machine }: Pod, device: string) => ({ kind: "wire", machine, device }) as const;

/** Where the packet passes, and the one frame that is to be seen there; of what carries it, `open` is left open. */
type Station = {
  readonly name: string;
  readonly place: Parameters<typeof capture>[0];
  readonly frame: Frame;
  readonly open?: readonly Part[];
};

const seenAt = ({ name, open }: Station, frame: Frame): string => `${name}: ${inWords(frame, open)}`;

const vtep = (pod: Pod, leases: readonly Lease[]): Lease => leaseOf(pod.machine, leases);

test(
  "one packet is seen at every station from container to container, as the leases in etcd say",
  { meta: guards("path", "stations") },
  async ({ cluster, fact }) => {
    const { from, to } = await ends(cluster);
    const [out, into, leases] = await Promise.all([
      deviceTo(from.machine, to.machine.address),
      deviceTo(to.machine, from.machine.address),
      leasesOf(cluster),
    ]);
    const [own, other] = await Promise.all([addressesOf(from, out), addressesOf(to, into)]);
    const [sent, received] = [vtep(from, leases), vtep(to, leases)];
    const packet = { from: from.ip, to: to.ip };
    const leaving: Frame = { ...packet, macFrom: own.eth0, macTo: own.bridge, ttl };
    const tunnelled: Frame = { ...packet, macFrom: sent.vtepMac, macTo: received.vtepMac, ttl: ttl - 1 };
    const arriving: Frame = { ...packet, macFrom: other.bridge, macTo: other.eth0, ttl: ttl - 2 };
    const tunnel = { from: sent.publicIp, to: received.publicIp, port, vni, ttl };
    const carried: Frame = { ...tunnelled, outer: { ...tunnel, macFrom: own.wire, macTo: other.wire } };
    const [here, there] = [from.machine.name, to.machine.name];
    const stations: readonly Station[] = [
      { name: `${here}'s container that sends`, place: { kind: "pod", pod: from }, frame: leaving },
      { name: `${here}'s docker0`, place: at(from, "docker0"), frame: leaving },
      { name: `${here}'s flannel.1`, place: at(from, "flannel.1"), frame: tunnelled },
      { name: `${here}'s wire`, place: onWire(from, out), frame: carried, open: ["macTo"] },
      { name: `${there}'s wire`, place: onWire(to, into), frame: carried, open: ["macFrom", "ttl"] },
      { name: `${there}'s flannel.1`, place: at(to, "flannel.1"), frame: tunnelled },
      { name: `${there}'s docker0`, place: at(to, "docker0"), frame: arriving },
      { name: `${there}'s container that is reached`, place: { kind: "pod", pod: to }, frame: arriving },
    ];
    const captures = await Promise.all(
      stations.map(({ place }) => capture(place, { target: to, payload, count: 1 })),
    );
    const asked = await ping(from, to, 1, `-s ${payload}`);
    const looks = await Promise.all(captures.map(({ seen }) => seen));
    const what = `one packet from ${here} to ${there}`;
    const found = stations.flatMap((station, index) =>
      (looks[index]?.frames ?? []).map((frame) => seenAt(station, frame)),
    );
    const wanted = stations.map((station) => seenAt(station, station.frame));
    const said = `${here}'s pod pings ${there}'s and is not answered: ${shown(asked.stdout.trim())}`;
    const missed = `${what}: ${compared(found, wanted)}`;
    expectAnswered(pinged(asked, 1), found.length < wanted.length ? `${missed}; ${said}` : said);
    expectSeen(looks, 1, missed);
    expectList(what, found, wanted);
    fact("from", `${from.ip} on ${from.machine.name} (${sent.publicIp}, ${sent.vtepMac})`);
    fact("to", `${to.ip} on ${to.machine.name} (${received.publicIp}, ${received.vtepMac})`);
  },
);

test(
  "flannel.1 is the end of a vxlan tunnel, not a point-to-point device, and there is no flannel0",
  { meta: guards("path", "device") },
  async ({ cluster: { nodes } }) => {
    for (const node of nodes) {
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
