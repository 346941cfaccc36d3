import { join } from "node:path";
import { z } from "zod";
import { stateRoot } from "../../host/paths.ts";
import { assistsSchema, definitions } from "../ledger/definition.ts";
import { ownerSchema } from "../ledger/folder.ts";
import { ledgers } from "../ledger/ledger.ts";
import { clusterSpecSchema, endpointSchema } from "../machine.ts";

export const clustersFolder = (): string => join(stateRoot(), "vagrant");

/** Where everything of one cluster is, derived from its id alone. A dot is in no id, so names of different clusters never meet. */
export function vagrantNames(id: string) {
  const state = join(clustersFolder(), id);
  const prefix = `k8s-guide.${id}.`;
  return {
    /** Host folder with ledger, definition, consoles and vagrant's own records. */
    state,
    ledger: join(state, "ledger.jsonl"),
    definition: join(state, "cluster.json"),
    dotfiles: join(state, "dotfiles"),
    /** What every domain and network of the cluster in libvirt begins with. */
    prefix,
    /** The libvirt network that has the machines' addresses. */
    network: `${prefix}cluster`,
  };
}

export const domainOf = (id: string, machine: string): string => `${vagrantNames(id).prefix}${machine}`;

const entrySchema = z.discriminatedUnion("kind", [
  ownerSchema,
  /** What vagrant is run with, and so which machines there are and in which libvirt. */
  z.object({ kind: z.literal("vagrant"), env: z.record(z.string(), z.string()) }),
]);

/** What is to be known of a cluster, written down before anything is made. */
export const { read: readLedger, add: record } = ledgers((id) => vagrantNames(id).ledger, entrySchema);

const definitionSchema = z.object({
  spec: clusterSpecSchema,
  /** The variables of the environment that the machines were made with. */
  env: z.record(z.string(), z.string()).readonly(),
  endpoints: z.array(endpointSchema).readonly(),
  assists: assistsSchema,
});

/** What another process needs to use a cluster; written once all machines answer. */
export type Definition = z.infer<typeof definitionSchema>;

export const { read: readDefinition, write: writeDefinition } = definitions(
  (id) => vagrantNames(id).definition,
  definitionSchema,
);
