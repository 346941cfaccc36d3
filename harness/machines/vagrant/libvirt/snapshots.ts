import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { undoing } from "../../../waits/bounded.ts";
import type { Context } from "../../../context.ts";
import { InfrastructureError, UsageError } from "../../../errors.ts";
import { allEnded } from "../../../host/exec.ts";
import { readIfThere } from "../../../host/files.ts";
import { replaceFile } from "../../../host/persisted.ts";
import type { Snapshots } from "../../machine.ts";
import { type Definition, domainOf, readDefinition, vagrantNames } from "../cluster.ts";
import { reached } from "../lifecycle.ts";
import { vagrant } from "../command/vagrant.ts";
import { virsh } from "./virsh.ts";

/** Saved states of all machines of a cluster, memory included: vagrant's own snapshots. */
export const snapshots: Snapshots = {
  async save(id, name, metadata, context) {
    const definition = await definitionOf(id);
    assertName(name);
    try {
      // Machines that stand still agree on their connections with each other when they are restored.
      await allDomains(definition, "suspend", context);
      await vagrant(["snapshot", "save", "--force", name], definition.env, context);
    } finally {
      using own = undoing(context);
      await allDomains(definition, "resume", own);
    }
    await mkdir(metadataFolder(id), { recursive: true, mode: 0o700 });
    await replaceFile(metadataFile(id, name), metadata, { mode: 0o600 });
  },
  async restore(id, name, context) {
    const definition = await definitionOf(id);
    assertName(name);
    const metadata = await metadataOf(id, name);
    await vagrant(["snapshot", "restore", "--no-provision", name], definition.env, context);
    await allDomains(definition, "resume", context);
    await Promise.all(definition.endpoints.map((endpoint) => reached(endpoint, context)));
    return metadata;
  },
};

async function definitionOf(id: string): Promise<Definition> {
  const definition = await readDefinition(id);
  if (definition) return definition;
  throw new UsageError(`There is no cluster ${id} of the provider vagrant`, {
    hint: "`pnpm run up --provider vagrant` brings one up.",
  });
}

async function allDomains(
  { spec, env }: Definition,
  what: "suspend" | "resume",
  context: Context,
): Promise<void> {
  const wanted = what === "suspend" ? "running" : "paused";
  await allEnded(
    spec.machines.map(async ({ name }) => {
      const domain = domainOf(spec.id, name);
      const state = (await virsh(env, ["domstate", domain], context)).trim();
      if (state === wanted) await virsh(env, [what, domain], context);
      else if (what === "suspend") {
        throw new InfrastructureError(`${name} is ${state}: only machines that run can be saved`, {
          machine: name,
          hint: "Bring it up first.",
        });
      }
    }),
  );
}

function assertName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]{0,60}$/i.test(name)) return;
  throw new UsageError(`"${name}" cannot name a snapshot`, {
    hint: "Use letters, digits, dots, dashes and underscores.",
  });
}

export const metadataFolder = (id: string): string => join(vagrantNames(id).state, "snapshots");
export const metadataFile = (id: string, name: string): string => join(metadataFolder(id), `${name}.json`);

async function metadataOf(id: string, name: string): Promise<string> {
  const metadata = await readIfThere(metadataFile(id, name));
  if (metadata !== undefined) return metadata;
  throw new UsageError(`Cluster ${id} has no snapshot ${name}`, {
    hint: `\`pnpm snapshot save ${name} --cluster ${id}\` makes one.`,
  });
}
