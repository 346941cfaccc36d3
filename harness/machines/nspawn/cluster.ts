import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { HarnessDefect, InfrastructureError } from "../../errors.ts";
import type { ClusterSpec, SshEndpoint } from "../machine.ts";
import type { Hierarchy } from "./cgroups.ts";
import { isErrno } from "./errno.ts";
import type { Holder } from "./holder.ts";
import { clusterNames, type ClusterNames, machineNames } from "./names.ts";

/** What all machines of a running cluster share. */
export type Cluster = {
  readonly spec: ClusterSpec;
  readonly names: ClusterNames;
  readonly holder: Holder;
  readonly cgroups: readonly Hierarchy[];
  /** Public host key of each machine, by its name. */
  readonly hostKeys: Readonly<Record<string, string>>;
};

const assist = z.object({
  id: z.string(),
  reason: z.string(),
  machine: z.string().exactOptional(),
  step: z.string().exactOptional(),
});

const definitionSchema = z.object({
  spec: z.object({
    id: z.string(),
    kubernetes: z.string(),
    artifacts: z.string(),
    machines: z
      .array(z.object({ name: z.string(), address: z.string(), role: z.enum(["master", "node"]) }))
      .readonly(),
    needs: z.record(z.string(), z.array(z.string()).readonly()).readonly(),
    online: z.boolean(),
    patience: z.number(),
  }),
  hostKeys: z.record(z.string(), z.string()).readonly(),
  assists: z.array(assist).readonly(),
});

/** What another process needs to use a cluster; written once all machines answer. */
export type Definition = z.infer<typeof definitionSchema>;

export async function writeDefinition(definition: Definition): Promise<void> {
  const file = clusterNames(definition.spec.id).definition;
  await writeFile(`${file}.new`, JSON.stringify(definition, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Undefined if the cluster never came up. InfrastructureError if the file cannot be read. */
export async function readDefinition(id: string): Promise<Definition | undefined> {
  const file = clusterNames(id).definition;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  const parsed = definitionSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new InfrastructureError(`The definition of cluster ${id} cannot be read`, {
    location: { file, line: 1 },
    hint: `Remove the cluster with \`pnpm down --cluster ${id}\` and bring it up again.`,
    cause: parsed.error,
  });
}

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
