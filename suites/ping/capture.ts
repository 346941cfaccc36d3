import { inNetworkOf, sh, slowness, type Pod, type SuiteMachine } from "../cluster/index.ts";

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

/** Which echo requests to look for: their destination, and the bytes that ping is to send (its option `-s`). */
export type Wanted = { readonly target: Pod; readonly payload: number; readonly count: number };

/** Seconds after which a capture ends with what it has seen. */
const limit = 6 * slowness;

/**
 * Begins to capture echo requests, whoever sends them, and resolves once it listens. `packets` resolves when `count`
 * were seen, or when its time is over with what there was.
 */
export async function capture(
  place: Place,
  wanted: Wanted,
): Promise<{ readonly packets: Promise<Packet[]> }> {
  const { machine, command } = await tcpdump(place, wanted);
  const { ended } = await machine.start(command, /listening on/);
  return { packets: ended.then(({ stdout }) => parsePackets(stdout)) };
}

async function tcpdump(place: Place, wanted: Wanted): Promise<{ machine: SuiteMachine; command: string }> {
  const dump = (device: string, filter: string): string =>
    sh`timeout ${limit} tcpdump -nn -l --immediate-mode -i ${device} -c ${wanted.count} ${filter}`;
  const { target, payload } = wanted;
  const plain = `'icmp[icmptype] = icmp-echo and dst host ${target.ip} and ip[2:2] = ${payload + headers}'`;
  if (place.kind === "pod") {
    const command = await inNetworkOf(place.pod, dump("eth0", plain), "machine");
    return { machine: place.pod.machine, command };
  }
  if (place.kind === "tunnel") return { machine: place.machine, command: dump("flannel.1", plain) };
  const filter = tunnelled(target.ip, payload);
  return { machine: place.machine, command: dump(place.device, `-T vxlan '${filter}'`) };
}

/** Bytes of IPv4's header, which has no options here, and of ICMP's. */
export const headers = 20 + 8;

/**
 * BPF filter for an echo request inside of flannel's vxlan. From the UDP header on: UDP 8, vxlan 8, Ethernet 14, IPv4 20
 * with its total length at 2, protocol at 9 and destination at 16, ICMP type.
 */
export function tunnelled(target: string, payload: number): string {
  const hex = target.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  const destination = `udp[46:4] = 0x${hex.join("")}`;
  return `udp dst port 8472 and udp[39] = 1 and ${destination} and udp[50] = 8 and udp[32:2] = ${payload + headers}`;
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
