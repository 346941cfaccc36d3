import { z } from "zod";
import type { ClusterSpec } from "../machine.ts";
import { damagedError, readJson, replaceFile } from "../../host/persisted.ts";

export const assistsSchema = z
  .array(
    z.object({
      id: z.string(),
      reason: z.string(),
      machine: z.string().exactOptional(),
      step: z.string().exactOptional(),
    }),
  )
  .readonly();

/** What another process needs to use a cluster, kept in a file that `fileOf` gives for its id, for its owner alone. */
export const definitions = <T extends { readonly spec: ClusterSpec }>(
  fileOf: (id: string) => string,
  schema: z.ZodType<T>,
  unreadable = unreadableMachines,
) => ({
  /** Writes it: as a whole or not at all. */
  write: (definition: T): Promise<void> =>
    replaceFile(fileOf(definition.spec.id), JSON.stringify(definition, null, 2), { mode: 0o600 }),
  /** Undefined if there is none: the cluster never came up. InfrastructureError if it cannot be read. */
  read: async (id: string): Promise<T | undefined> => {
    const { value, damage } = await readJson(fileOf(id), schema);
    if (damage) throw damagedError(damage, unreadable(id));
    return value;
  },
});

const unreadableMachines = (id: string): { readonly message: string; readonly hint: string } => ({
  message: `The definition of cluster ${id} cannot be read`,
  hint: `Remove the cluster with \`pnpm down --cluster ${id}\` and bring it up again.`,
});
