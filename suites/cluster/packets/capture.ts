import { sh } from "../../../harness/cluster.ts";
import { expectAnswered } from "../expect/answered.ts";
import type { SuiteMachine } from "../machine.ts";
import { slowness } from "../run.ts";
import { inNetworkOf, type Pod } from "../workload/pod.ts";
import { type Frame, framesIn, vxlanPort } from "./frames.ts";

/** Where to look for packets: in a pod, at an interface on which they are as they are, or on the wire in the tunnel. */
export type Place =
  | { readonly kind: "pod"; readonly pod: Pod }
  | { readonly kind: "interface"; readonly machine: SuiteMachine; readonly device: string }
  | { readonly kind: "wire"; readonly machine: SuiteMachine; readonly device: string };

/** Which packets to look for, and how many. */
export type Wanted = Sent & { readonly count: number };

/**
 * To whom they go: echo requests of the bytes that ping is to send (its option `-s`); if a port is named, what opens a connection of TCP
 * to it, and datagrams of UDP.
 */
type Sent = { readonly targets: readonly Pod[]; readonly payload: number; readonly port?: number };

/** Seconds after which a capture ends with what it has seen. */
const limit = 6 * slowness;

/** What a capture has seen, how long it looked, when that was known, and until when it looked at least if it did not see all. */
type Seen = {
  readonly frames: readonly Frame[];
  readonly milliseconds: number;
  readonly at: number;
  readonly until: number;
};

/**
 * Begins to capture packets, whoever sends them, and resolves once it listens. `seen` resolves when `count`
 * were seen, or when its time is over with what there was.
 */
export async function capture(place: Place, wanted: Wanted): Promise<{ readonly seen: Promise<Seen> }> {
  const { machine, command } = await tcpdump(place, wanted);
  const until = performance.now() + limit * 1000;
  const { ended } = await machine.start(sh`${command} | base64 -w 0`, /listening on/);
  const seen = ended.then(({ stdout, durationMs }) => ({
    frames: framesIn(Buffer.from(stdout, "base64")),
    milliseconds: durationMs,
    at: performance.now(),
    until,
  }));
  return { seen };
}

/**
 * Holds it against the guide if fewer packets than `count` were seen somewhere, which was waited for as an answer is. Nothing, if all had
 * passed elsewhere while it was still looked there: they are not late, and what follows tells where they were not.
 */
export function expectSeen(looks: readonly Seen[], count: number, words: string): void {
  const short = looks.filter(({ frames }) => frames.length < count);
  const passed = Math.min(...looks.filter((look) => !short.includes(look)).map(({ at }) => at));
  if (short.some(({ until }) => passed <= until)) return;
  const milliseconds = Math.max(0, ...short.map((look) => look.milliseconds));
  expectAnswered({ unanswered: short.length, milliseconds }, words);
}

async function tcpdump(place: Place, wanted: Wanted): Promise<{ machine: SuiteMachine; command: string }> {
  const dump = (device: string, filter: string): string =>
    sh`timeout ${limit} tcpdump -nn -U --immediate-mode -w - -i ${device} -c ${wanted.count} '${filter}'`;
  if (place.kind === "pod") {
    const command = await inNetworkOf(place.pod, dump("eth0", untunnelled(wanted)), "machine");
    return { machine: place.pod.machine, command };
  }
  const { machine, device } = place;
  return { machine, command: dump(device, place.kind === "wire" ? tunnelled(wanted) : untunnelled(wanted)) };
}

/** Bytes of IPv4's header, which has no options here, and of ICMP's. */
export const headers = 20 + 8;

/** One of several. BPF takes `and` and `or` from left to right, so that each is in brackets. */
const oneOf = (all: readonly string[]): string => `(${all.map((one) => `(${one})`).join(" or ")})`;

/** BPF filter for packets as they are. */
export const untunnelled = ({ targets, payload, port }: Sent): string =>
  `${oneOf(targets.map(({ ip }) => `dst host ${ip}`))} and ${oneOf([
    `icmp[icmptype] = icmp-echo and ip[2:2] = ${payload + headers}`,
    // Of the flags SYN and ACK, SYN alone.
    ...(port === undefined ? [] : [`tcp dst port ${port} and tcp[13] & 18 = 2`, `udp dst port ${port}`]),
  ])}`;

/**
 * BPF filter for packets inside of flannel's vxlan. From the UDP header on: UDP 8, vxlan 8, Ethernet 14, IPv4 20 with its total length
 * at 2, protocol at 9 and destination at 16; ICMP's type at 0, the destination's port of TCP and UDP at 2, TCP's flags at 13.
 */
export function tunnelled({ targets, payload, port }: Sent): string {
  const destinations = targets.map(({ ip }) => {
    const hex = ip.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
    return `udp[46:4] = 0x${hex.join("")}`;
  });
  const kinds = [
    `udp[39] = 1 and udp[50] = 8 and udp[32:2] = ${payload + headers}`,
    ...(port === undefined
      ? []
      : [`udp[39] = 6 and udp[52:2] = ${port} and udp[63] & 18 = 2`, `udp[39] = 17 and udp[52:2] = ${port}`]),
  ];
  return `udp dst port ${vxlanPort} and ${oneOf(destinations)} and ${oneOf(kinds)}`;
}

/** The interface through which a machine reaches an address. */
export async function deviceTo(machine: SuiteMachine, address: string): Promise<string> {
  const route = await machine.succeed(sh`ip route get ${address}`);
  return / dev (\S+)/.exec(route)?.[1] ?? "";
}
