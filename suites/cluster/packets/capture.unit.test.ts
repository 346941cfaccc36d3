import { expect, test } from "vitest";
import { machineOf } from "../testing.ts";
import { capture, expectSeen, tunnelled, untunnelled } from "./capture.ts";

/** The least of a pod. */
const podAt = (ip: string) => ({
  name: "b",
  app: "client",
  ip,
  machine: machineOf(() => undefined),
  container: "c",
  started: 0,
});

test("the filter names the inner destination in hexadecimal, and the length of the whole inner packet", () => {
  const filter = tunnelled({ targets: [podAt("10.254.5.2")], payload: 56 });
  expect(filter).toContain("udp[46:4] = 0x0afe0502");
  expect(filter).toContain("udp[32:2] = 84");
});

test("with a port, openings of TCP and datagrams of UDP to it pass, too, to each target", () => {
  const sent = { targets: [podAt("10.254.5.2"), podAt("10.254.7.2")], payload: 72, port: 9 };
  expect(untunnelled(sent)).toBe(
    "((dst host 10.254.5.2) or (dst host 10.254.7.2)) and ((icmp[icmptype] = icmp-echo and ip[2:2] = 100) or " +
      "(tcp dst port 9 and tcp[13] & 18 = 2) or (udp dst port 9))",
  );
  expect(tunnelled(sent)).toBe(
    "udp dst port 8472 and ((udp[46:4] = 0x0afe0502) or (udp[46:4] = 0x0afe0702)) and " +
      "((udp[39] = 1 and udp[50] = 8 and udp[32:2] = 100) or (udp[39] = 6 and udp[52:2] = 9 and udp[63] & 18 = 2) or " +
      "(udp[39] = 17 and udp[52:2] = 9))",
  );
});

test("packets that are not seen in a capture's time were waited for, and so nobody's fault on a starved host", async () => {
  const machine = machineOf(() => ({ stderr: "listening on docker0", durationMs: 6000 }));
  const targets = [podAt("10.254.5.2")];
  const place = { kind: "interface", machine, device: "docker0" } as const;
  const { seen } = await capture(place, { targets, payload: 56, count: 1 });
  const look = await seen;
  const late = expect.objectContaining({ verdict: "guide", details: { late: 6000 } });
  expect(() => expectSeen([look], 1, "0 of 1 packets are seen at docker0")).toThrow(late);
  expect(() => expectSeen([look], 0, "all packets are seen")).not.toThrow();
});

test("packets that had passed elsewhere while it was still looked for them are not late; those that passed after that may be", () => {
  const frame = { protocol: "ICMP", macFrom: "", macTo: "", from: "", to: "", ttl: 63 };
  const short = { frames: [], milliseconds: 6150, at: 6150, until: 6000 };
  const seen = (at: number) => ({ frames: [frame], milliseconds: at, at, until: 6500 });
  expect(() => expectSeen([seen(800), short], 1, "0 of 1 packets are seen at flannel.1")).not.toThrow();
  expect(() => expectSeen([seen(6100), short], 1, "0 of 1 packets are seen at flannel.1")).toThrow(
    "flannel.1",
  );
});
