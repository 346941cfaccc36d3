import { UsageError } from "../errors.ts";
import type { MachineSpec } from "../machines/machine.ts";

/** The guide's three machines. */
export const guideMachines: readonly MachineSpec[] = [
  { name: "t71", address: "192.168.4.71", role: "master" },
  { name: "t72", address: "192.168.4.72", role: "node" },
  { name: "t76", address: "192.168.4.76", role: "node" },
];

/** The most nodes that a provider is asked to make. */
export const mostNodes = 50;

/** The guide's master and that many nodes: the guide's own first, then t77, t78 … UsageError for a number that cannot be. */
export function machinesWith(nodes: number): readonly MachineSpec[] {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > mostNodes) {
    throw new UsageError(`A cluster cannot have ${nodes} nodes`, { hint: `Ask for 1 to ${mostNodes}.` });
  }
  const further = Array.from({ length: Math.max(0, nodes - 2) }, (_, index): MachineSpec => {
    const number = 77 + index;
    return { name: `t${number}`, address: `192.168.4.${number}`, role: "node" };
  });
  return [...guideMachines.slice(0, 1 + nodes), ...further];
}
