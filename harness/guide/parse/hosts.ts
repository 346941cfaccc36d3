import type { MachineSpec } from "../../machines/machine.ts";

/** The words that `on=` knows, each with its machines: every name, and every group that has a member. */
export function knownHosts(machines: readonly MachineSpec[]): ReadonlyMap<string, readonly MachineSpec[]> {
  const known = new Map<string, readonly MachineSpec[]>(machines.map((machine) => [machine.name, [machine]]));
  const groups = {
    master: machines.filter(({ role }) => role === "master"),
    nodes: machines.filter(({ role }) => role === "node"),
    all: machines,
  };
  for (const [group, members] of Object.entries(groups)) if (members.length > 0) known.set(group, members);
  return known;
}

/** The machines that a list of names and groups means: each once, in the order of `machines`. */
export function expandHosts(on: readonly string[], machines: readonly MachineSpec[]): MachineSpec[] {
  const known = knownHosts(machines);
  const chosen = new Set(on.flatMap((word) => known.get(word) ?? []));
  return machines.filter((machine) => chosen.has(machine));
}
