import { expect, test } from "vitest";
import { parsePackets, tunnelled } from "./capture.ts";

test("echo requests are read with their addresses, replies are not", () => {
  const text = `12:00:00.000001 IP 10.254.23.3 > 10.254.5.2: ICMP echo request, id 7, seq 1, length 64
12:00:00.000101 IP 10.254.5.2 > 10.254.23.3: ICMP echo reply, id 7, seq 1, length 64
12:00:00.200001 IP 192.168.4.72 > 10.254.5.2: ICMP echo request, id 7, seq 2, length 64
`;
  expect(parsePackets(text)).toEqual([
    { from: "10.254.23.3", to: "10.254.5.2" },
    { from: "192.168.4.72", to: "10.254.5.2" },
  ]);
});

test("a packet in the tunnel keeps its outer addresses, as tcpdump 4.9 and 4.99 print it", () => {
  const outer = "12:00:00.000001 IP 192.168.4.72.38512 > 192.168.4.76.8472: VXLAN, flags [I] (0x08), vni 1";
  const inner = "IP 10.254.23.3 > 10.254.5.2: ICMP echo request, id 7, seq 1, length 64";
  const packet = {
    from: "10.254.23.3",
    to: "10.254.5.2",
    outerFrom: "192.168.4.72",
    outerTo: "192.168.4.76",
  };
  expect(parsePackets(`${outer}\n${inner}\n${outer}\n${inner}\n`)).toEqual([packet, packet]);
});

test("the filter names the inner destination in hexadecimal, and the length of the whole inner packet", () => {
  expect(tunnelled("10.254.5.2", 56)).toContain("udp[46:4] = 0x0afe0502");
  expect(tunnelled("10.254.5.2", 56)).toContain("udp[32:2] = 84");
});
