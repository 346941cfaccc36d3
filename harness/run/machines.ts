import type { MachineSpec } from "../machines/machine.ts";

/** The guide's three machines. */
export const guideMachines: readonly MachineSpec[] = [
  { name: "t71", address: "192.168.4.71", role: "master" },
  { name: "t72", address: "192.168.4.72", role: "node" },
  { name: "t76", address: "192.168.4.76", role: "node" },
];
