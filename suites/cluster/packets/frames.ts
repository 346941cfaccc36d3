import { GuideFailure } from "../../../harness/cluster.ts";

/** An Ethernet frame with an IPv4 packet, as it was seen on an interface. */
export type Frame = {
  readonly macFrom: string;
  readonly macTo: string;
  readonly from: string;
  readonly to: string;
  readonly ttl: number;
  /** What carried it, if it went through a vxlan tunnel; the port is that of the receiver. */
  readonly outer?: Omit<Frame, "outer"> & { readonly port: number; readonly vni: number };
};

/** Bytes of libpcap's headers, of a file and of a packet in it, and of Ethernet's. */
const fileHeader = 24;
const packetHeader = 16;
const ethernet = 14;
const udp = 17;
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
  if (protocol !== udp) return frame;
  const port = payload.readUInt16BE(2);
  const vxlan = payload.subarray(udpHeader);
  const { frame: inner } = packetOf(vxlan.subarray(vxlanHeader));
  return { ...inner, outer: { ...frame, port, vni: vxlan.readUIntBE(4, 3) } };
}

function packetOf(bytes: Buffer): { frame: Omit<Frame, "outer">; protocol: number; payload: Buffer } {
  const ip = bytes.subarray(ethernet);
  return {
    frame: {
      macFrom: mac(bytes.subarray(6, 12)),
      macTo: mac(bytes.subarray(0, 6)),
      from: ip.subarray(12, 16).join("."),
      to: ip.subarray(16, 20).join("."),
      ttl: ip.readUInt8(8),
    },
    protocol: ip.readUInt8(9),
    payload: ip.subarray((ip.readUInt8(0) % 16) * 4),
  };
}

const mac = (bytes: Buffer): string => bytes.toString("hex").replaceAll(/(..)(?=.)/g, "$1:");
