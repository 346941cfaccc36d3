import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import type { ClusterSpec, MachineSpec } from "./machine.ts";
import { assertSpec, gatewayOf, machineNames } from "./names.ts";

const machine = (name: string, address: string): MachineSpec => ({ name, address, role: "node" });
const spec = (id: string, ...machines: MachineSpec[]): ClusterSpec => ({
  id,
  machines,
  artifacts: "/tmp",
  needs: {},
  online: false,
  kubernetes: "1.20.2",
});
const guide = [machine("t71", "192.168.4.71"), machine("t72", "192.168.4.72")];

describe("names of a cluster and its machines", () => {
  it("keeps socket paths below the 108 bytes of a Unix socket address", () => {
    const { socket } = machineNames("a".repeat(20), "m".repeat(12));
    expect(Buffer.byteLength(socket)).toBeLessThan(108);
  });

  it("keeps interface names within 15 characters", () => {
    expect(machineNames("main", "m".repeat(12)).port.length).toBeLessThanOrEqual(15);
  });

  it("never gives machines of two clusters one name", () => {
    const part = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,11}$/);
    fc.assert(
      fc.property(part, part, part, part, (id, name, otherId, otherName) => {
        fc.pre(id !== otherId || name !== otherName);
        const one = machineNames(id, name);
        const other = machineNames(otherId, otherName);
        for (const key of ["container", "root", "socket", "cgroup", "network", "console"] as const) {
          expect(one[key]).not.toBe(other[key]);
        }
      }),
    );
  });
});

describe("the network of the machines", () => {
  it("is the /24 of their addresses, its first address the gateway", () => {
    expect(gatewayOf(guide)).toBe("192.168.4.1");
  });

  it.each([
    ["two networks", [machine("a", "192.168.4.2"), machine("b", "192.168.5.2")], "2 networks"],
    ["the gateway's address", [machine("a", "192.168.4.1")], "bridge's"],
    ["no IPv4 address", [machine("a", "fe80::1")], "not an IPv4 address"],
    ["a short form", [machine("a", "192.168.4")], "not an IPv4 address"],
  ])("refuses %s", (_what, machines, message) => {
    expect(() => gatewayOf(machines)).toThrow(message);
  });
});

describe("what a cluster may be asked to be", () => {
  it("accepts the guide's machines", () => {
    expect(() => assertSpec(spec("main", ...guide))).not.toThrow();
  });

  it.each([
    ["a path as id", spec("../etc", ...guide)],
    ["an id that is too long", spec("a".repeat(21), ...guide)],
    ["a machine name with a dot", spec("main", machine("t71.local", "192.168.4.71"))],
    ["a machine name too long for an interface", spec("main", machine("m".repeat(13), "192.168.4.71"))],
    ["a name twice", spec("main", machine("t71", "192.168.4.71"), machine("t71", "192.168.4.72"))],
    ["an address twice", spec("main", machine("t71", "192.168.4.71"), machine("t72", "192.168.4.71"))],
    ["no machines", spec("main")],
  ])("refuses %s", (_what, wrong) => {
    expect(() => assertSpec(wrong)).toThrow(UsageError);
  });
});
