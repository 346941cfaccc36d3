import { sh } from "../../../harness/cluster.ts";
import { expectAnswered } from "../expect/answered.ts";
import type { SuiteMachine } from "../machine.ts";
import { slowness } from "../run.ts";
import { inNetworkOf, type Pod } from "../workload/pod.ts";
import { type Frame, framesIn } from "./frames.ts";

/** Where to look for echo requests: in a pod, at an interface on which they are as they are, or on the wire in the tunnel. */
export type Place =
  | { readonly kind: "pod"; readonly pod: Pod }
  | { readonly kind: "interface"; readonly machine: SuiteMachine; readonly device: string }
  | { readonly kind: "wire"; readonly machine: SuiteMachine; readonly device: string };

/** Which echo requests to look for: their destination, and the bytes that ping is to send (its option `-s`). */
export type Wanted = { readonly target: Pod; readonly payload: number; readonly count: number };

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
 * Begins to capture echo requests, whoever sends them, and resolves once it listens. `seen` resolves when `count`
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
  const { target, payload } = wanted;
  const dump = (device: string, filter: string): string =>
    sh`timeout ${limit} tcpdump -nn -U --immediate-mode -w - -i ${device} -c ${wanted.count} '${filter}'`;
  const plain = `icmp[icmptype] = icmp-echo and dst host ${target.ip} and ip[2:2] = ${payload + headers}`;
  if (place.kind === "pod") {
    const command = await inNetworkOf(place.pod, dump("eth0", plain), "machine");
    return { machine: place.pod.machine, command };
  }
  const { machine, device } = place;
  return { machine, command: dump(device, place.kind === "wire" ? tunnelled(target.ip, payload) : plain) };
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

/** The interface through which a machine reaches an address. */
export async function deviceTo(machine: SuiteMachine, address: string): Promise<string> {
  const route = await machine.succeed(sh`ip route get ${address}`);
  return / dev (\S+)/.exec(route)?.[1] ?? "";
}
