import { undoing } from "../../bounded.ts";
import type { Context } from "../../context.ts";
import { InfrastructureError } from "../../errors.ts";
import type { Assist, Progress } from "../../progress.ts";
import type { ClusterSpec, RunningCluster } from "../machine.ts";
import { deliver, deliverPackages, mirrorSites, packagesAssist } from "../ssh/deliver.ts";
import { toolsAssist } from "../tools.ts";
import { giveBack } from "./down.ts";
import type { Inventory } from "./file/file.ts";
import { adopted, assertFit, factsOf } from "./fitness.ts";
import { onEach, type Reached, withHosts } from "./hosts.ts";
import { runningMachine } from "./lifecycle.ts";
import { claim, type Definition, forget, writeBefore, writeDefinition } from "./restore/record.ts";
import { copyRewritten } from "./restore/reset.ts";
import { lookAt, parseState } from "./restore/state.ts";

/**
 * Takes hosts for a cluster: looks whether they are fit and free, writes down what they are like, and gives them what
 * the guide needs. Where it fails before the last, no host was changed; where it fails later they are given back.
 */
export async function take(
  spec: ClusterSpec,
  { file, os, hosts }: Inventory,
  {
    adopt,
    progress,
    context,
  }: { readonly adopt: boolean; readonly progress: Progress; readonly context: Context },
): Promise<RunningCluster> {
  await claim(spec.id);
  let changing = false;
  try {
    return await withHosts(hosts, context, async (reached) => {
      const facts = await progress.span("look at the hosts", () =>
        onEach(reached, "Hosts cannot be looked at", ({ connection, spec: host }) =>
          factsOf(connection, host, spec.machines, os),
        ),
      );
      const taken = adopted(facts, adopt, file);
      assertFit(facts, os, spec.kubernetes);
      const fresh = reached.filter(({ spec: { name } }) => !taken.includes(name));
      await progress.span("write down what the hosts are like", () =>
        onEach(fresh, "What the hosts are like could not be written down", (host) => remember(spec.id, host)),
      );
      const assists = [
        toolsAssist("the hosts had to have it before the guide began"),
        ...(spec.online ? [] : reached.map(({ spec: { name } }) => answeredWget(name))),
        ...(spec.packages === undefined ? [] : [packagesAssist]),
      ];
      const endpoints = hosts.map(({ endpoint }) => endpoint);
      const definition: Definition = { complete: false, spec, endpoints, adopted: taken, assists };
      await writeDefinition(definition);
      changing = true;
      await progress.span("deliver the artifacts", () =>
        onEach(reached, "The artifacts could not be delivered", async ({ connection, spec: { name } }) => {
          await deliver(connection, spec.artifacts, spec.needs[name] ?? []);
          if (!spec.online) await mirrorSites(connection);
          if (spec.packages !== undefined) await deliverPackages(connection, spec.packages);
        }),
      );
      await writeDefinition({ ...definition, complete: true });
      for (const assist of assists) progress.assist(assist);
      return {
        spec,
        assists,
        machines: hosts.map(({ spec: machine, endpoint }) =>
          runningMachine(machine, endpoint, spec.machines),
        ),
      };
    });
  } catch (error) {
    using own = undoing(context);
    await giveUp(spec.id, changing, error, progress, own);
    throw error;
  }
}

async function remember(id: string, { connection, spec }: Reached): Promise<void> {
  const state = await lookAt(connection);
  parseState(state);
  await writeBefore(id, spec.name, { state, files: await copyRewritten(connection) });
}

const answeredWget = (machine: string): Assist => ({
  id: "artifact-cache",
  reason:
    "wget and curl are led to a mirror on the machine, whose files were sent over SSH, in the place of the download sites",
  machine,
});

/** Undoes what was done before `reason` ended the attempt; where that fails too, both are told. */
async function giveUp(
  id: string,
  changing: boolean,
  reason: unknown,
  progress: Progress,
  context: Context,
): Promise<void> {
  if (!changing) {
    await forget(id);
    return;
  }
  try {
    await giveBack(id, progress, context);
  } catch (error) {
    throw new InfrastructureError(`The hosts of cluster ${id} could neither be used nor all given back`, {
      hint: `Remove the cause, then run \`pnpm down --cluster ${id}\`.`,
      cause: new AggregateError([reason, error]),
    });
  }
}
