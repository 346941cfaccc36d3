import { expect, test } from "vitest";
import { machines, profile } from "../cluster/index.ts";
import { measuredIn } from "./samples.ts";
import { nameOf, series } from "./series.ts";

test("what a machine prints is values with their lives, memory in MiB; what it cannot say is left out", () => {
  const printed = [
    "memory kubelet 62000 b7/812",
    "descriptors kubelet 21 b7/812",
    "rules iptables 140 b7",
    "leftovers containers 0 -",
    "rules iptables  b7",
    "warnings",
    "bash: dmesg: command not found",
    "",
  ];
  expect(measuredIn(printed.join("\n"))).toEqual([
    { kind: "memory", of: "kubelet", value: 62_000 / 1024, life: "b7/812" },
    { kind: "descriptors", of: "kubelet", value: 21, life: "b7/812" },
    { kind: "rules", of: "iptables", value: 140, life: "b7" },
    { kind: "leftovers", of: "containers", value: 0, life: "-" },
  ]);
});

test("each of the guide's units is measured where it runs, each series once", () => {
  const names = series.map((one) => `${one.machine} ${nameOf(one)}`);
  expect(new Set(names).size).toBe(names.length);
  for (const unit of profile.units)
    expect(names.filter((name) => name.endsWith(` memory of ${unit}`)).length).toBeGreaterThan(0);
  expect(names.filter((name) => name.endsWith("warnings of the kernel"))).toHaveLength(machines.length);
  expect(names).toContain("t72 dead or dangling volumes");
});
