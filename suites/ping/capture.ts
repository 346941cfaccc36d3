import { inNetworkOf, type Pod, type SuiteMachine } from "../cluster/index.ts";

/** An echo request as it was seen on the wire: inner addresses, and outer ones if it went through the tunnel. */
export type Packet = {
  readonly from: string;
  readonly to: string;
  readonly outerFrom?: string;
  readonly outerTo?: string;
};

/** Where to look for echo requests to a pod. */
export type Place =
  | { readonly kind: "pod"; readonly pod: Pod }
  | { readonly kind: "tunnel"; readonly machine: SuiteMachine }
  | { readonly kind: "wire"; readonly machine: SuiteMachine; readonly device: string };

/** Seconds after which a capture ends with what it has seen. */
const patience = 6;

/**
 * Begins to capture echo requests to `target`, whoever sends them, and resolves once it listens. `packets` resolves
 * when `count` were seen, or after 6 s with what there was.
 */
export async function capture(
  place: Place,
  target: Pod,
  count: number,
): Promise<{ readonly packets: Promise<Packet[]> }> {
  const { machine, command } = tcpdump(place, target, count);
  const { ended } = await machine.start(command, /listening on/);
  return { packets: ended.then(({ stdout }) => parsePackets(stdout)) };
}

function tcpdump(place: Place, target: Pod, count: number): { machine: SuiteMachine; command: string } {
  const dump = (device: string, filter: string): string =>
    `timeout ${patience} tcpdump -nn -l --immediate-mode -i ${device} -c ${count} ${filter}`;
  const plain = `'icmp[icmptype] = icmp-echo and dst host ${target.ip}'`;
  if (place.kind === "pod") {
    return { machine: place.pod.machine, command: inNetworkOf(place.pod, dump("eth0", plain)) };
  }
  if (place.kind === "tunnel") return { machine: place.machine, command: dump("flannel.1", plain) };
  return { machine: place.machine, command: dump(place.device, `-T vxlan '${tunnelled(target.ip)}'`) };
}

/**
 * BPF filter for an echo request inside of flannel's vxlan. From the UDP header on: UDP 8, vxlan 8, Ethernet 14, IPv4 20
 * with protocol at 9 and destination at 16, ICMP type.
 */
export function tunnelled(target: string): string {
  const hex = target.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return `udp dst port 8472 and udp[39] = 1 and udp[46:4] = 0x${hex.join("")} and udp[50] = 8`;
}

const tunnelLine = /IP ([\d.]+)\.\d+ > ([\d.]+)\.8472:/;
const echoLine = /IP ([\d.]+) > ([\d.]+): ICMP echo request/;

/** tcpdump's lines: of a packet in the tunnel the outer one stands before the inner one. */
export function parsePackets(text: string): Packet[] {
  const packets: Packet[] = [];
  let outer: { outerFrom: string; outerTo: string } | undefined;
  for (const line of text.split("\n")) {
    const [, outerFrom, outerTo] = tunnelLine.exec(line) ?? [];
    if (outerFrom && outerTo) outer = { outerFrom, outerTo };
    const [, from, to] = echoLine.exec(line) ?? [];
    if (!from || !to) continue;
    packets.push({ from, to, ...outer });
    outer = undefined;
  }
  return packets;
}
