import type { Context } from "../../context.ts";
import { InfrastructureError } from "../../errors.ts";
import { damagedError } from "../../host/persisted.ts";
import type { Progress } from "../../progress.ts";
import { holdCluster } from "../ledger/cluster-lock.ts";
import { withEndpoints } from "../machine.ts";
import type { Host } from "./file/file.ts";
import { onEach, onOneOr, type Reached, withHosts } from "./hosts.ts";
import {
  damageOf,
  type Definition,
  forget,
  readBefore,
  readDefinition,
  setRecordAside,
  writeDefinition,
} from "./restore/record.ts";
import type { Traces } from "./restore/paths.ts";
import { resetHost, type ResetResult } from "./restore/reset.ts";
import { assertStillOurs, clustersWith, describeClaim, holderOf, ownHosts, release } from "./taken/taken.ts";
import { sh } from "../ssh/sh.ts";
import { succeed } from "../ssh/succeed.ts";

/** Gives the hosts of a cluster back and forgets it; those that were adopted stay as they are. Can be repeated. */
export async function giveBack(id: string, progress: Progress, context: Context): Promise<string[]> {
  const damage = await damageOf(id);
  if (damage) {
    const { reason } = damage;
    throw damagedError(
      { file: await setRecordAside(id), line: 1, reason },
      {
        message: `The record of the hosts of cluster ${id} is damaged, so they were left as they are`,
        hint: "Give them back with `pnpm reset --inventory FILE`, then remove this folder.",
      },
    );
  }
  const definition = await readDefinition(id);
  if (!definition) {
    await forget(id);
    return [];
  }
  const kept = definition.adopted.map((name) => `${name}: left as it is, because it was adopted`);
  const results = await progress.span(`give back the hosts of ${id}`, () =>
    resetCluster(definition, context),
  );
  assertNothingLeft(results);
  await forget(id);
  return [...results.flatMap(describeResult), ...kept];
}

/**
 * Takes the guide off the hosts that had not carried it, and lets them go once nothing is left on any. InfrastructureError if
 * a host cannot be reached, is another cluster's, or a deed fails.
 */
export async function resetCluster(
  definition: Definition,
  context: Context,
  { dryRun = false } = {},
): Promise<ResetResult[]> {
  const { spec, endpoints, adopted, guide } = definition;
  const own = ownHosts(definition);
  if (definition.untouched) {
    if (!dryRun) await withHosts(own, context, (reached) => release(definition.claim, reached));
    return [];
  }
  const others = withEndpoints(spec.machines, endpoints).filter(({ spec: { name } }) =>
    adopted.includes(name),
  );
  const adoptedKeys = await Promise.all(
    // One that cannot be reached does not keep the others from being given back.
    others.map((host) => onOneOr<readonly string[]>(host, context, [], rootKeysOf)),
  );
  return withHosts(own, context, async (reached) => {
    await assertStillOurs(definition, reached);
    const keys = [...adoptedKeys.flat(), ...(await rootKeysOf(reached))];
    const rootKeys = await knownKeys(definition, keys, dryRun);
    const results = await onEach(
      reached,
      "Hosts could not be given back",
      async ({ connection, spec: machine }) =>
        resetHost(
          {
            connection,
            spec: machine,
            machines: spec.machines,
            guide,
            before: await readBefore(spec.id, machine.name),
            rootKeys,
          },
          { dryRun },
        ),
    );
    // Together: a host that somebody else has already would be reset by whoever repeats this for another one.
    if (!dryRun && results.every(({ left }) => left.length === 0)) await release(definition.claim, reached);
    return results;
  });
}

/**
 * Takes the guide off hosts without a record of their earlier state. Errors as of `resetCluster`; UsageError if something uses
 * a cluster that has one of them.
 */
export const resetUnknown = (
  hosts: readonly Host[],
  context: Context,
  { dryRun, guide }: { dryRun: boolean; guide: Traces },
): Promise<ResetResult[]> =>
  withHosts(hosts, context, async (reached) => {
    await using held = new AsyncDisposableStack();
    for (const id of await clustersWith(reached)) {
      const hint = `It has hosts of this inventory: \`pnpm reset --cluster ${id}\` gives them back as they were.`;
      held.use(await holdCluster(id, hint));
    }
    const rootKeys = await rootKeysOf(reached);
    const machines = hosts.map(({ spec }) => spec);
    return await onEach(reached, "Hosts could not be reset", async (host) => {
      const { connection, spec } = host;
      const claim = await holderOf(host);
      const result = await resetHost(
        { connection, spec, machines, guide, before: undefined, rootKeys },
        { dryRun },
      );
      if (claim === undefined) return result;
      if (!dryRun && result.left.length === 0) await release(claim, [host]);
      const deed = `forget that it is taken ${describeClaim(claim)}`;
      return { ...result, deeds: [...result.deeds, deed] };
    });
  });

/** They go with the reset, so they are written down first: a reset that stopped half way goes on with them. */
async function knownKeys(
  definition: Definition,
  found: readonly string[],
  dryRun: boolean,
): Promise<readonly string[]> {
  const rootKeys = [...new Set([...(definition.rootKeys ?? []), ...found])];
  if (!dryRun) await writeDefinition({ ...definition, rootKeys });
  return rootKeys;
}

/** The public keys of root on hosts, of those that have one. InfrastructureError if one does not say it. */
export async function rootKeysOf(reached: readonly Reached[]): Promise<readonly string[]> {
  const keys = await Promise.all(
    reached.map(async ({ connection }) => {
      const file = "/root/.ssh/id_ed25519.pub";
      const said = await succeed(
        connection,
        sh`[ ! -e ${file} ] || cat ${file}`,
        "it does not say which key root has",
        { limit: "question", hint: `See whether root can read ${file}; then try again.` },
      );
      return said.trim() === "" ? [] : [said.trim()];
    }),
  );
  return keys.flat();
}

export function assertNothingLeft(results: readonly ResetResult[]): void {
  const left = results.flatMap(({ machine, left: lines }) => lines.map((line) => `${machine}: ${line}`));
  if (left.length === 0) return;
  throw new InfrastructureError(`Hosts are not as they were:\n${left.join("\n")}`, {
    hint: "Put the above right by hand and run it again; `pnpm reset --cluster ID --forget` leaves the hosts as they are.",
  });
}

export function describeResult({ machine, deeds, left, compared }: ResetResult): string[] {
  const end = compared
    ? "nothing of the guide is left"
    : "nothing is left that certainly came from the guide; the host's earlier state is not known";
  return [...deeds, ...(left.length === 0 ? [end] : left)].map((line) => `${machine}: ${line}`);
}
