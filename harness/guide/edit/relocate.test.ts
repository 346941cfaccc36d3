import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MachineSpec } from "../../machines/machine.ts";
import { memberId, relocation } from "./relocate.ts";
import { profile } from "../../profile/testing.ts";

const { machines } = profile;

const layout = (...nodes: string[]): MachineSpec[] => [
  { name: "m", address: "10.0.0.5", role: "master" },
  ...nodes.map((address, index): MachineSpec => ({ name: `n${index + 1}`, address, role: "node" })),
];

const four = layout("10.0.0.10", "10.0.0.6", "10.0.0.7", "10.0.0.8");
const one = layout("10.0.0.6");

const hosts = `"hosts": [
    "192.168.4.71",
    "192.168.4.72",
    "192.168.4.76"
  ],`;
const loop = "for node in 192.168.4.72 192.168.4.76; do scp ca.pem $node:$PWD; done";

describe("text", () => {
  test.each([
    [one, ["10.0.0.5", "10.0.0.6"]],
    [four, ["10.0.0.5", "10.0.0.10", "10.0.0.6", "10.0.0.7", "10.0.0.8"]],
  ])("a JSON list of all machines has as many as there are", (to, wanted) => {
    const moved = relocation(profile, to).text(`{${hosts} "end": 1}`);
    expect(JSON.parse(moved)).toEqual({ hosts: wanted, end: 1 });
  });

  test("a list of the nodes in a command keeps its separator", () => {
    expect(relocation(profile, four).text(loop)).toContain("in 10.0.0.10 10.0.0.6 10.0.0.7 10.0.0.8; do scp");
    expect(relocation(profile, one).text(loop)).toContain("in 10.0.0.6; do scp");
  });

  test("an address inside a URL moves; one that only begins alike does not", () => {
    const { text } = relocation(profile, one);
    expect(text("https://192.168.4.71:2379")).toBe("https://10.0.0.5:2379");
    expect(text("192.168.4.712 1192.168.4.71 8.192.168.4.71")).toBe(
      "192.168.4.712 1192.168.4.71 8.192.168.4.71",
    );
  });

  test("machines that swap addresses are not confused", () => {
    const swapped = machines.map((machine, index) => ({
      ...machine,
      address: machines[(index + 1) % machines.length]?.address ?? "",
    }));
    const { text } = relocation(profile, swapped);
    expect(text("192.168.4.71;192.168.4.72 x 192.168.4.76")).toBe("192.168.4.72;192.168.4.76 x 192.168.4.71");
  });

  test("the second node's address has no successor on a cluster with one node", () => {
    expect(() => relocation(profile, one).text("ping 192.168.4.76")).toThrow("192.168.4.76");
  });
});

const idOf = (address: string): string => memberId(profile, address);

describe("output", () => {
  const rows = `NAME           STATUS
192.168.4.72   Ready    192.168.4.72
192.168.4.76   Ready    192.168.4.76`;

  test("a table has a row for each node, in the order of the names", () => {
    expect(relocation(profile, four).output(rows).split("\n")).toEqual([
      "NAME           STATUS",
      "10.0.0.10   Ready    10.0.0.10",
      "10.0.0.6   Ready    10.0.0.6",
      "10.0.0.7   Ready    10.0.0.7",
      "10.0.0.8   Ready    10.0.0.8",
    ]);
    expect(relocation(profile, one).output(rows).split("\n")).toHaveLength(2);
  });

  test("two equal lines are one for each node", () => {
    const { output } = relocation(profile, four);
    expect(output("NAME\nnode-csr-{{hash}} Pending\nnode-csr-{{hash}} Pending").split("\n")).toHaveLength(5);
    expect(output("a\n\n\nb"), "empty lines are nobody's").toBe("a\n\n\nb");
  });

  test("etcd's member has the id of its new address", () => {
    expect(memberId(profile, "192.168.4.71")).toBe("ac829673d2b22824");
    expect(relocation(profile, one).output("member ac829673d2b22824 is healthy")).toBe(
      `member ${memberId(profile, "10.0.0.5")} is healthy`,
    );
  });

  test("etcd writes an id without zeros in front", () => {
    // SHA-1 gives 0fde9dd315b6d0b2.
    expect(memberId(profile, "10.0.0.2")).toBe("fde9dd315b6d0b2");
  });

  test("etcd lists its members by their new ids, which are numbers", () => {
    const own = machines.map((machine) => ({ ...machine, etcd: true }));
    const listed = own
      .map(({ address }) => `${idOf(address)} at ${address}`)
      .toSorted((a, b) => (a < b ? -1 : 1));
    const to: MachineSpec[] = [
      { name: "m", address: "10.0.0.1", role: "master" },
      { name: "n1", address: "10.0.0.2", role: "node" },
      { name: "n2", address: "10.0.0.3", role: "node" },
    ];
    const { output } = relocation({ ...profile, machines: own }, to);
    expect(output(["MEMBERS", ...listed, "done"].join("\n")).split("\n")).toEqual([
      "MEMBERS",
      "fde9dd315b6d0b2 at 10.0.0.2",
      ...["10.0.0.1", "10.0.0.3"]
        .map((address) => `${idOf(address)} at ${address}`)
        .toSorted((a, b) => (a < b ? -1 : 1)),
      "done",
    ]);
  });
});

const names = (to: readonly MachineSpec[], ...on: string[]): string[] =>
  relocation(profile, to)
    .hosts(on)
    .map(({ name }) => name);

describe("hosts", () => {
  test("a name means its successor, a group all of its machines", () => {
    expect(names(four, "t71")).toEqual(["m"]);
    expect(names(four, "t76", "t71")).toEqual(["m", "n2"]);
    expect(names(four, "nodes")).toEqual(["n1", "n2", "n3", "n4"]);
    expect(names(one, "all")).toEqual(["m", "n1"]);
    expect(() => names(one, "t76")).toThrow("t76");
  });

  test.each([
    ["no master", machines.slice(1)],
    ["two masters", [...machines, { name: "x", address: "192.168.4.99", role: "master" as const }]],
    ["no node", machines.slice(0, 1)],
  ])("%s is refused", (_, to) => {
    expect(() => relocation(profile, to)).toThrow("one master and at least one node");
  });
});

test("with the guide's own machines nothing changes", () => {
  const piece = fc.constantFrom("192.168.4.71", "192.168.4.72", "192.168.4.76", " ", '",\n"', "x", "\n", "7");
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      const same = relocation(profile, machines);
      expect(same.text(text)).toBe(text);
      expect(same.output(text)).toBe(text);
    }),
  );
});
