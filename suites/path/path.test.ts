import { expect } from "vitest";
import {
  capture,
  type Cluster,
  deviceTo,
  type Frame,
  guards,
  inNetworkOf,
  oncePer,
  type Pod,
  sh,
  slowness,
  test,
} from "../cluster/index.ts";
import { type Lease, leaseOf, leasesOf } from "../flannel/leases.ts";

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
  const on = (address: string | undefined): Pod =>
    clients.find(({ machine }) => machine.address === address) ??
    expect.unreachable("each node has a client");
  return { from: on(nodes[0].address), to: on(nodes.at(-1)?.address) };
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
    const wanted = { target: to, payload, count: 1 };
    const stations = {
      "eth0 of the container that sends": { kind: "pod", pod: from },
      "docker0 there": { kind: "interface", machine: from.machine, device: "docker0" },
      "flannel.1 there": { kind: "interface", machine: from.machine, device: "flannel.1" },
      "the wire there": { kind: "wire", machine: from.machine, device: out },
      "the wire at the other node": { kind: "wire", machine: to.machine, device: into },
      "flannel.1 of the other node": { kind: "interface", machine: to.machine, device: "flannel.1" },
      "docker0 of the other node": { kind: "interface", machine: to.machine, device: "docker0" },
      "eth0 of the container that is reached": { kind: "pod", pod: to },
    } as const;
    const captures = await Promise.all(
      Object.entries(stations).map(async ([name, place]) => [name, await capture(place, wanted)] as const),
    );
    const ping = sh`ping -n -c 1 -W ${2 * slowness} -s ${payload} ${to.ip}`;
    const { stdout } = await from.machine.run(await inNetworkOf(from, ping, "machine"), { deadline: 15_000 });
    const seen = await Promise.all(captures.map(async ([name, { frames }]) => [name, await frames] as const));

    const [sent, received] = [vtep(from, leases), vtep(to, leases)];
    const packet = { from: from.ip, to: to.ip };
    const leaving: Frame = { ...packet, macFrom: own.eth0, macTo: own.bridge, ttl };
    const tunnelled: Frame = { ...packet, macFrom: sent.vtepMac, macTo: received.vtepMac, ttl: ttl - 1 };
    const arriving: Frame = { ...packet, macFrom: other.bridge, macTo: other.eth0, ttl: ttl - 2 };
    const outer = { from: sent.publicIp, to: received.publicIp, port, vni, ttl };
    // Between the nodes there may be others that hand the frame on.
    const anyone: unknown = expect.stringMatching(/^(?:\w\w:){5}\w\w$/);
    expect(Object.fromEntries(seen)).toEqual({
      "eth0 of the container that sends": [leaving],
      "docker0 there": [leaving],
      "flannel.1 there": [tunnelled],
      "the wire there": [{ ...tunnelled, outer: { ...outer, macFrom: own.wire, macTo: anyone } }],
      "the wire at the other node": [
        { ...tunnelled, outer: { ...outer, macFrom: anyone, macTo: other.wire, ttl: expect.any(Number) } },
      ],
      "flannel.1 of the other node": [tunnelled],
      "docker0 of the other node": [arriving],
      "eth0 of the container that is reached": [arriving],
    });
    expect(stdout, "ping").toContain("1 packets transmitted, 1 received");
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
      expect(
        named.map((line) => line.split(": ")[1]),
        `flannel's devices on ${node.name}`,
      ).toEqual(["flannel.1"]);
      expect(named[0], `flannel.1 of ${node.name}`).toMatch(/ vxlan id 1 /);
      expect(named[0], `flannel.1 of ${node.name}`).not.toContain("POINTOPOINT");
    }
  },
);
