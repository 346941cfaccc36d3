import { expect, test } from "vitest";
import { packetDifferences } from "./packet-difference.ts";

const inner = { from: "10.254.10.3", to: "10.254.58.4" };
const outer = { ...inner, outerFrom: "192.168.4.76", outerTo: "192.168.4.72" };
const wanted = { place: "pod on t72", packet: inner, count: 2 };

test.each([
  [[inner, inner], []],
  [[], ["at the pod on t72 0 of 2 packets are seen"]],
  [
    [
      { ...inner, from: "10.254.10.0" },
      { ...inner, from: "10.254.10.0" },
    ],
    ["at the pod on t72 it comes from 10.254.10.0, not from 10.254.10.3: it is masqueraded"],
  ],
  [
    [inner, { ...inner, to: "10.254.58.9" }, inner],
    [
      "at the pod on t72 it goes to 10.254.58.9, not to 10.254.58.4",
      "at the pod on t72 3 of 2 packets are seen",
    ],
  ],
  [
    [outer, inner],
    ["at the pod on t72 it is in a tunnel from 192.168.4.76 to 192.168.4.72, not in no tunnel"],
  ],
])("%j", (seen, told) => {
  expect(packetDifferences(seen, wanted)).toEqual(told);
});

test("what is to be tunnelled and is not", () => {
  expect(packetDifferences([inner], { place: "wire of t76", packet: outer, count: 1 })).toEqual([
    "at the wire of t76 it is in no tunnel, not in a tunnel from 192.168.4.76 to 192.168.4.72",
  ]);
});
