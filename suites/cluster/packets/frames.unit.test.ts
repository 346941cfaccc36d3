import { expect, test } from "vitest";
import { framesIn } from "./frames.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

/** An IPv4 header without options: length, time to live, protocol, addresses. */
const ip = (length: number, ttl: number, protocol: number, from: string, to: string): Buffer => {
  const header = hex("4500 0000 0000 4000 00 00 0000 00000000 00000000");
  header.writeUInt16BE(length, 2);
  header.writeUInt8(ttl, 8);
  header.writeUInt8(protocol, 9);
  Buffer.from(from.split(".").map(Number)).copy(header, 12);
  Buffer.from(to.split(".").map(Number)).copy(header, 16);
  return header;
};

const echo = Buffer.concat([ip(28, 63, 1, "10.254.23.3", "10.254.5.2"), hex("0800 0000 0007 0001")]);
const inner = Buffer.concat([hex("1a5b4cd2ae01 9e4af9d21bfd 0800"), echo]);
const outer = Buffer.concat([
  hex("0200c0a8044c 0200c0a80448 0800"),
  ip(78, 64, 17, "192.168.4.72", "192.168.4.76"),
  hex("96b0 2118 003a 0000"),
  hex("08000000 00000100"),
  inner,
]);

/** A capture in libpcap's format, in either order of bytes. */
function capture(frames: readonly Buffer[], isLittle: boolean): Buffer {
  const numbers = (...all: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * all.length);
    for (const [index, one] of all.entries()) {
      if (isLittle) bytes.writeUInt32LE(one, 4 * index);
      else bytes.writeUInt32BE(one, 4 * index);
    }
    return bytes;
  };
  return Buffer.concat([
    numbers(0xa1_b2_c3_d4, 0x2_00_04, 0, 0, 262_144, 1),
    ...frames.flatMap((frame) => [numbers(1, 2, frame.length, frame.length), frame]),
  ]);
}

const packet = {
  protocol: "ICMP",
  macFrom: "9e:4a:f9:d2:1b:fd",
  macTo: "1a:5b:4c:d2:ae:01",
  from: "10.254.23.3",
  to: "10.254.5.2",
  ttl: 63,
};

test.for([true, false])("frames are read with their addresses (little-endian: %s)", (isLittle) => {
  expect(framesIn(capture([inner, inner], isLittle))).toEqual([packet, packet]);
});

test("what is in a vxlan tunnel has what carried it", () => {
  expect(framesIn(capture([outer], true))).toEqual([
    {
      ...packet,
      outer: {
        macFrom: "02:00:c0:a8:04:48",
        macTo: "02:00:c0:a8:04:4c",
        from: "192.168.4.72",
        to: "192.168.4.76",
        ttl: 64,
        port: 8472,
        vni: 1,
      },
    },
  ]);
});

test("a datagram that goes elsewhere than to vxlan carries nothing", () => {
  const datagram = Buffer.concat([
    hex("1a5b4cd2ae01 9e4af9d21bfd 0800"),
    ip(29, 63, 17, "10.254.23.3", "10.254.5.2"),
    hex("96b0 0009 0009 0000 0a"),
  ]);
  expect(framesIn(capture([datagram], true))).toEqual([{ ...packet, protocol: "UDP" }]);
});

test("nothing was captured, or a frame's end is missing", () => {
  expect(framesIn(Buffer.of())).toEqual([]);
  expect(framesIn(capture([], true))).toEqual([]);
  expect(framesIn(capture([inner, inner], true).subarray(0, -1))).toEqual([packet]);
});
