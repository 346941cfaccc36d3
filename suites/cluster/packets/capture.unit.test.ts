import { expect, test } from "vitest";
import { machineOf } from "../testing.ts";
import { capture, expectSeen, tunnelled } from "./capture.ts";

test("the filter names the inner destination in hexadecimal, and the length of the whole inner packet", () => {
  expect(tunnelled("10.254.5.2", 56)).toContain("udp[46:4] = 0x0afe0502");
  expect(tunnelled("10.254.5.2", 56)).toContain("udp[32:2] = 84");
});

test("packets that are not seen in a capture's time were waited for, and so nobody's fault on a starved host", async () => {
  const machine = machineOf(() => ({ stderr: "listening on docker0", durationMs: 6000 }));
  const target = { name: "b", app: "client", ip: "10.254.5.2", machine, container: "c", started: 0 };
  const place = { kind: "interface", machine, device: "docker0" } as const;
  const { seen } = await capture(place, { target, payload: 56, count: 1 });
  const look = await seen;
  const late = expect.objectContaining({ verdict: "guide", details: { late: 6000 } });
  expect(() => expectSeen([look], 1, "0 of 1 packets are seen at docker0")).toThrow(late);
  expect(() => expectSeen([look], 0, "all packets are seen")).not.toThrow();
});

test("packets that had passed elsewhere while it was still looked for them are not late; those that passed after that may be", () => {
  const frame = { macFrom: "", macTo: "", from: "", to: "", ttl: 63 };
  const short = { frames: [], milliseconds: 6150, at: 6150, until: 6000 };
  const seen = (at: number) => ({ frames: [frame], milliseconds: at, at, until: 6500 });
  expect(() => expectSeen([seen(800), short], 1, "0 of 1 packets are seen at flannel.1")).not.toThrow();
  expect(() => expectSeen([seen(6100), short], 1, "0 of 1 packets are seen at flannel.1")).toThrow(
    "flannel.1",
  );
});
