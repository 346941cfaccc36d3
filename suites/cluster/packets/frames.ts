import { GuideFailure } from "../../../harness/cluster.ts";

/** An Ethernet frame with an IPv4 packet, as it was seen on an interface. */
export type Frame = Addressed & {
  /** Of the packet's content: `TCP`; a number if it is none of those that the suites send. */
  readonly protocol: string;
  /** What carried it, if it went through a vxlan tunnel; the port is that of the receiver. */
  readonly outer?: Addressed & { readonly port: number; readonly vni: number };
};

type Addressed = {
  readonly macFrom: string;
  readonly macTo: string;
  readonly from: string;
  readonly to: string;
  readonly ttl: number;
};

/** Bytes of libpcap's headers, of a file and of a packet in it, and of Ethernet's. */
const fileHeader = 24;
const packetHeader = 16;
const ethernet = 14;
/** Where flannel's vxlan is received. */
export const vxlanPort = 8472;
const protocols: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP" };
/** Bytes of the headers of UDP and of vxlan (RFC 7348). */
const udpHeader = 8;
const vxlanHeader = 8;

/** The frames of a capture in libpcap's format, of an Ethernet interface; what is in a vxlan tunnel with what carried it. */
export function framesIn(capture: Buffer): Frame[] {
  if (capture.length < fileHeader) return [];
  // The first number says which way round the machine writes the others; the last of the header, what kind of link it is.
  const isLittle = [0xa1_b2_c3_d4, 0xa1_b2_3c_4d].includes(capture.readUInt32LE(0));
  const number = (at: number): number => (isLittle ? capture.readUInt32LE(at) : capture.readUInt32BE(at));
  if (number(20) !== 1)
    throw new GuideFailure(`A capture of a link of type ${number(20)}, which is no Ethernet`);
  const frames: Frame[] = [];
  for (let at = fileHeader; at + packetHeader <= capture.length;) {
    const start = at + packetHeader;
    at = start + number(at + 8);
    // The last one may be cut off.
    if (at <= capture.length) frames.push(frameOf(capture.subarray(start, at)));
  }
  return frames;
}

function frameOf(bytes: Buffer): Frame {
  const { frame, protocol, payload } = packetOf(bytes);
  const port = protocol === "UDP" ? payload.readUInt16BE(2) : 0;
  if (port !== vxlanPort) return { ...frame, protocol };
  const vxlan = payload.subarray(udpHeader);
  const inner = packetOf(vxlan.subarray(vxlanHeader));
  const outer = { ...frame, port, vni: vxlan.readUIntBE(4, 3) };
  return { ...inner.frame, protocol: inner.protocol, outer };
}

function packetOf(bytes: Buffer): { frame: Addressed; protocol: string; payload: Buffer } {
  const ip = bytes.subarray(ethernet);
  const number = ip.readUInt8(9);
  return {
    frame: {
      macFrom: mac(bytes.subarray(6, 12)),
      macTo: mac(bytes.subarray(0, 6)),
      from: ip.subarray(12, 16).join("."),
      to: ip.subarray(16, 20).join("."),
      ttl: ip.readUInt8(8),
    },
    protocol: protocols[number] ?? String(number),
    payload: ip.subarray((ip.readUInt8(0) % 16) * 4),
  };
}

const mac = (bytes: Buffer): string => bytes.toString("hex").replaceAll(/(..)(?=.)/g, "$1:");
