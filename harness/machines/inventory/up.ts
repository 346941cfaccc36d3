import type { Context } from "../../context.ts";
import type { Progress } from "../../progress.ts";
import { orRemoved } from "../ledger/folder.ts";
import type { ClusterSpec, RunningCluster } from "../machine.ts";
import { artifactsAssist, deliverAll, packagesAssist } from "../ssh/deliver.ts";
import { toolsAssist } from "../tools.ts";
import { giveBack, rootKeysOf } from "./down.ts";
import type { Inventory } from "./file/file.ts";
import { adopted, assertFit, factsOf } from "./fitness.ts";
import { onEach, withHosts } from "./hosts.ts";
import { runningMachine } from "./lifecycle.ts";
import { claim, type Definition, writeBefore, writeDefinition } from "./restore/record.ts";
import type { Traces } from "./restore/paths.ts";
import { copyRewritten } from "./restore/reset.ts";
import { lookAt, parseState } from "./restore/state.ts";
import { assertUnrecorded, newClaim, takeHosts } from "./taken/taken.ts";

/**
 * Takes hosts for a cluster: looks whether they are fit and free, writes down what they are like, and gives them what
 * the guide needs. Where it fails before the last, no host was changed, and they are let go; where it fails later they are
 * given back.
 */
export async function take(
  spec: ClusterSpec,
  { file, os, hosts }: Inventory,
  { adopt, guide }: { readonly adopt: boolean; readonly guide: Traces },
  progress: Progress,
  context: Context,
): Promise<RunningCluster> {
  await claim(spec.id);
  const taking = (): Promise<RunningCluster> =>
    withHosts(hosts, context, async (reached) => {
      const facts = await progress.span("look at the hosts", () =>
        onEach(reached, "Hosts cannot be looked at", ({ connection, spec: host }) =>
          factsOf(connection, host, { machines: spec.machines, os, guide }),
        ),
      );
      const taken = adopted(facts, adopt, file);
      assertFit(facts, os, spec.kubernetes);
      const fresh = reached.filter(({ spec: { name } }) => !taken.includes(name));
      await assertUnrecorded(spec.id, fresh);
      const assists = [
        toolsAssist("the hosts had to have it before the guide began"),
        ...(spec.online ? [] : reached.map(({ spec: { name } }) => ({ ...artifactsAssist, machine: name }))),
        ...(spec.packages === undefined ? [] : [packagesAssist]),
      ];
      const { units, footprint, networks } = guide;
      const mark = newClaim(spec.id);
      const definition: Definition = {
        complete: false,
        spec,
        endpoints: hosts.map(({ endpoint }) => endpoint),
        adopted: taken,
        assists,
        guide: { units, footprint, networks },
        claim: mark,
        // Whoever adopted them before may give them back meanwhile, and what made others trust them is gone.
        rootKeys: await rootKeysOf(reached.filter(({ spec: { name } }) => taken.includes(name))),
      };
      await writeDefinition({ ...definition, untouched: true });
      await takeHosts(mark, fresh);
      await progress.span("record the state of the hosts", () =>
        onEach(
          fresh,
          "The state of the hosts could not be recorded",
          async ({ connection, spec: { name } }) => {
            const state = await lookAt(connection, guide);
            parseState(state);
            await writeBefore(spec.id, name, { state, files: await copyRewritten(connection) });
          },
        ),
      );
      await writeDefinition(definition);
      await progress.span("deliver the artifacts", () =>
        onEach(reached, "The artifacts could not be delivered", ({ connection }) =>
          deliverAll(connection, spec),
        ),
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
  return orRemoved(
    spec.id,
    taking,
    (id, own) => giveBack(id, progress, own),
    context,
    `The hosts of cluster ${spec.id} could neither be used nor all given back`,
  );
}
