import type { Profile } from "../../profile/profile.ts";

type Machines = Profile["machines"];

/** What blocks may call a guide's machines and their values. */
export type Vocabulary = {
  readonly hosts: readonly string[];
  /** What may stand in double braces in a command or file block. */
  readonly placeholders: readonly string[];
};

export const vocabularyOf = (machines: Machines): Vocabulary => ({
  hosts: [...knownHosts(machines).keys()],
  placeholders: [
    ...new Set(machines.flatMap(({ values }) => ["name", "address", ...Object.keys(values)])),
  ].map((key) => `machine.${key}`),
});

/** The words that `on=` knows, each with its machines: every name, and every group that has a member. */
function knownHosts(machines: Machines): ReadonlyMap<string, Machines> {
  const known = new Map<string, Machines>(machines.map((machine) => [machine.name, [machine]]));
  const groups = {
    master: machines.filter(({ role }) => role === "master"),
    nodes: machines.filter(({ role }) => role === "node"),
    etcd: machines.filter(({ etcd }) => etcd),
    all: machines,
  };
  for (const [group, members] of Object.entries(groups)) if (members.length > 0) known.set(group, members);
  return known;
}

/** The machines that a list of names and groups means: each once, in the order of `machines`. */
export function expandHosts(on: readonly string[], machines: Machines): Machines {
  const known = knownHosts(machines);
  const chosen = new Set(on.flatMap((word) => known.get(word) ?? []));
  return machines.filter((machine) => chosen.has(machine));
}
