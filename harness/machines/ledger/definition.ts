import { z } from "zod";
import { damagedError, readJson, replaceFile } from "../../host/persisted.ts";

/** A ClusterSpec as it is written down. */
export const specSchema = z.object({
  id: z.string(),
  kubernetes: z.string(),
  artifacts: z.string(),
  packages: z.string().exactOptional(),
  machines: z
    .array(z.object({ name: z.string(), address: z.string(), role: z.enum(["master", "node"]) }))
    .readonly(),
  needs: z.record(z.string(), z.array(z.string()).readonly()).readonly(),
  online: z.boolean(),
  from: z.string().exactOptional(),
});

/** An SshEndpoint as it is written down. */
export const endpointSchema = z.object({
  machine: z.string(),
  transport: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("unix"), path: z.string() }),
    z.object({ kind: z.literal("tcp"), host: z.string(), port: z.number() }),
  ]),
  user: z.string(),
  sudo: z.literal(true).exactOptional(),
  privateKeyFile: z.string(),
  hostKey: z.string(),
});

/** The assists that a cluster's machines got. */
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

/** Writes what another process needs to use a cluster: as a whole or not at all, for its owner alone. */
export const writeDefinitionTo = (file: string, definition: unknown): Promise<void> =>
  replaceFile(file, JSON.stringify(definition, null, 2), { mode: 0o600 });

/** Reads it again; undefined if there is none. InfrastructureError with `message` and `hint` if it cannot be read. */
export async function readDefinitionFrom<T>(
  file: string,
  schema: z.ZodType<T>,
  otherwise: { readonly message: string; readonly hint: string },
): Promise<T | undefined> {
  const { value, damage } = await readJson(file, schema);
  if (damage) throw damagedError(damage, otherwise);
  return value;
}

/** What is said of a definition that cannot be read. */
export const unreadable = (id: string): { readonly message: string; readonly hint: string } => ({
  message: `The definition of cluster ${id} cannot be read`,
  hint: `Remove the cluster with \`pnpm down --cluster ${id}\` and bring it up again.`,
});
