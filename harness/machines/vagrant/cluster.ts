import { z } from "zod";
import { assistsSchema, definitions } from "../ledger/definition.ts";
import { clusterSpecSchema, endpointSchema } from "../machine.ts";
import { vagrantNames } from "./names.ts";

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
