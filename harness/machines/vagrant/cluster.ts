import { z } from "zod";
import {
  assistsSchema,
  endpointSchema,
  readDefinitionFrom,
  specSchema,
  unreadable,
  writeDefinitionTo,
} from "../ledger/definition.ts";
import { vagrantNames } from "./names.ts";

const definitionSchema = z.object({
  spec: specSchema,
  /** The variables of the environment that the machines were made with. */
  env: z.record(z.string(), z.string()).readonly(),
  endpoints: z.array(endpointSchema).readonly(),
  assists: assistsSchema,
});

/** What another process needs to use a cluster; written once all machines answer. */
export type Definition = z.infer<typeof definitionSchema>;

export const writeDefinition = (definition: Definition): Promise<void> =>
  writeDefinitionTo(vagrantNames(definition.spec.id).definition, definition);

/** Undefined if the cluster never came up. InfrastructureError if the file cannot be read. */
export const readDefinition = (id: string): Promise<Definition | undefined> =>
  readDefinitionFrom(vagrantNames(id).definition, definitionSchema, unreadable(id));
