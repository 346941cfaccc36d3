import { type BootKind, type Cluster, machines, type SuiteMachine } from "../cluster/index.ts";

/** Machines that are booted at once, and how. */
export type Scenario = {
  readonly name: string;
  readonly how: BootKind;
  readonly machines: readonly string[];
};

const names = machines.map(({ name }) => name);
const all = names.length === 1 ? [] : [{ who: "all at once", machines: names }];
const who = [...names.map((name) => ({ who: name, machines: [name] })), ...all];

/** Each machine in turn and then all at once, first in order, then by a power cut. */
export const scenarios: readonly Scenario[] = (["reboot", "power cut"] as const).flatMap((how) =>
  who.map((one) => ({ name: `${how} of ${one.who}`, how, machines: one.machines })),
);

export const machinesOf = ({ master, nodes }: Cluster): SuiteMachine[] => [master, ...nodes];

/** Those of them that a scenario boots. */
export const bootedIn = (cluster: Cluster, { machines: wanted }: Scenario): SuiteMachine[] =>
  machinesOf(cluster).filter(({ name }) => wanted.includes(name));
