import { z } from "zod";
import { HarnessDefect } from "../../errors.ts";
import { assistsSchema, definitions } from "../ledger/definition.ts";
import { type ClusterSpec, clusterSpecSchema, type SshEndpoint } from "../machine.ts";
import type { Hierarchy } from "./host/kernel/cgroups.ts";
import type { NamespaceAnchor } from "./host/namespace-anchor.ts";
import { clusterNames, type ClusterNames, machineNames } from "../names.ts";

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

/** How to speak SSH with one of its machines. */
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
