import { z } from "zod";
import { HarnessDefect } from "../../errors.ts";
import { processIdentity } from "../../host/processes/identity.ts";
import { assistsSchema, definitions } from "../ledger/definition.ts";
import { ownerSchema } from "../ledger/folder.ts";
import { ledgers } from "../ledger/ledger.ts";
import { type ClusterSpec, clusterSpecSchema, type SshEndpoint } from "../machine.ts";
import type { Hierarchy } from "./host/kernel/cgroups.ts";
import type { NamespaceAnchor } from "./host/namespace-anchor.ts";
import { clusterNames, type ClusterNames, machineNames } from "../names.ts";

export const entrySchema = z.discriminatedUnion("kind", [
  ownerSchema,
  /** A process on the host: the anchor of the cluster's mounts, or a machine's nspawn. */
  z.object({ kind: z.literal("process"), of: z.string(), ...processIdentity }),
  z.object({ kind: z.literal("directory"), path: z.string() }),
  /** A tree in every hierarchy; everything that runs in it is the cluster's. */
  z.object({ kind: z.literal("cgroup"), name: z.string() }),
  z.object({ kind: z.literal("subvolume"), image: z.string(), name: z.string() }),
  // These live in the anchor's mount namespace, and go with the last process in it.
  z.object({ kind: z.literal("mount"), path: z.string(), image: z.string() }),
  z.object({ kind: z.literal("namespace"), path: z.string() }),
  z.object({ kind: z.literal("veth"), namespace: z.string(), name: z.string() }),
]);

/** One resource of a cluster, as it is written down before it is made. */
export type LedgerEntry = z.infer<typeof entrySchema>;

export const { read: readLedger, add: record } = ledgers((id) => clusterNames(id).ledger, entrySchema);

type ProcessEntry = Extract<LedgerEntry, { kind: "process" }>;

/** The last process written down for a machine or the anchor. */
export const processOf = (entries: readonly LedgerEntry[], of: string): ProcessEntry | undefined =>
  entries.findLast((entry): entry is ProcessEntry => entry.kind === "process" && entry.of === of);

/** What all machines of a running cluster share. */
export type Cluster = {
  readonly spec: ClusterSpec;
  readonly names: ClusterNames;
  readonly anchor: NamespaceAnchor;
  readonly cgroups: readonly Hierarchy[];
  /** Public host key of each machine, by its name. */
  readonly hostKeys: Readonly<Record<string, string>>;
};

const definitionSchema = z.object({
  spec: clusterSpecSchema,
  hostKeys: z.record(z.string(), z.string()).readonly(),
  assists: assistsSchema,
});

/** Written once all machines answer. */
export const { read: readDefinition, write: writeDefinition } = definitions(
  (id) => clusterNames(id).definition,
  definitionSchema,
);

export function endpointOf({ spec: { id }, names, hostKeys }: Cluster, machine: string): SshEndpoint {
  const hostKey = hostKeys[machine];
  if (hostKey === undefined) throw new HarnessDefect(`${machine} has no host key`);
  return {
    machine,
    transport: { kind: "unix", path: machineNames(id, machine).socket },
    user: "root",
    privateKeyFile: names.privateKey,
    hostKey,
  };
}
