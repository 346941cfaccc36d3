import { join } from "node:path";
import type { Context } from "../../context.ts";
import { type HarnessError, InfrastructureError, toHarnessError } from "../../errors.ts";
import { allProviders } from "../../machines/index.ts";
import { lockCluster, removeLeftLocks, useOfCluster } from "../../machines/ledger/cluster-lock.ts";
import type { Listed, Provider } from "../../machines/machine.ts";
import { projectRoot } from "../../host/paths.ts";
import { type Damage, setAside } from "../../host/persisted.ts";
import { silent } from "../../progress.ts";
import { damagedMetadata } from "../../run/checkpoints/metadata.ts";
import { prune } from "../../run/checkpoints/prune.ts";
import {
  damagedState,
  damagedStates,
  forgetClusterState,
  loadClusterState,
} from "../../run/cluster/state.ts";
import { damagedRecords } from "../../run/evidence/runs.ts";
import { damagedTrial } from "../../run/evidence/trial-score.ts";

/** A cluster with the provider whose ledger knows it. */
export type ListedCluster = Listed & { readonly machines: Provider };

/** All clusters that a ledger knows, and why a provider's could not be listed. */
export async function allClusters(): Promise<{
  readonly clusters: readonly ListedCluster[];
  readonly problems: readonly HarnessError[];
}> {
  const clusters: ListedCluster[] = [];
  const problems: HarnessError[] = [];
  for (const machines of allProviders()) {
    try {
      for (const listed of await machines.list()) clusters.push({ ...listed, machines });
    } catch (thrown) {
      problems.push(toHarnessError(thrown));
    }
  }
  return { clusters, problems };
}

/** What of a cluster's ledger is damaged, for a person. */
export const ledgerProblems = (
  { id, damaged }: Listed,
  hint = `\`pnpm down --cluster ${id}\` removes what the rest of it names, and sets it aside.`,
): InfrastructureError[] =>
  damaged.map(
    ({ file, line, reason }) =>
      new InfrastructureError(`The ledger of cluster ${id} is damaged: ${reason}`, {
        location: { file, line },
        hint,
      }),
  );

/**
 * Removes what ended or killed runs left, and sets aside what is damaged; with `all`, also clusters that were to stay.
 * One thing that fails does not stop the rest. Of the ids of clusters that are `left` a run or a shell uses the `running`, and the
 * others were made to stay; those that `failed` are there still, though nobody uses them.
 */
export async function sweep(
  {
    all: alsoKept = false,
    reports = join(projectRoot, "reports"),
    trial,
  }: {
    readonly all?: boolean;
    readonly reports?: string;
    readonly trial?: string;
  },
  context: Context,
) {
  const removed: string[] = [];
  const left: string[] = [];
  const busy: string[] = [];
  const known = await allClusters();
  const problems: HarnessError[] = [...known.problems];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      context.signal.throwIfAborted();
      problems.push(toHarnessError(thrown));
    }
  };
  for (const cluster of known.clusters) {
    const { machines, id } = cluster;
    const running = cluster.running || (await useOfCluster(id)) !== undefined;
    if (running || (!alsoKept && (await isKept(id)))) {
      left.push(id);
      if (running) busy.push(id);
      problems.push(...ledgerProblems(cluster));
      continue;
    }
    await attempt(async () => {
      const gone = await lockCluster(id, () => machines.down(id, silent, context));
      removed.push(...gone.map((what) => `${id}: ${what}`));
      problems.push(...ledgerProblems(cluster, "The cluster was removed by what the rest of it names."));
    });
  }
  const there = new Set((await allClusters()).clusters.map(({ id }) => id));
  const failed = known.clusters.map(({ id }) => id).filter((id) => !left.includes(id) && there.has(id));
  for (const [id, damage] of await damagedStates()) {
    if (left.includes(id)) problems.push(damagedState(damage, id));
    else await attempt(() => mend(damage, `The state of cluster ${id}`, problems));
  }
  for (const { id } of known.clusters) {
    if (!there.has(id)) await attempt(() => forgetClusterState(id));
  }
  await attempt(removeLeftLocks);
  for (const [what, damage] of await damagedFiles(reports, trial)) {
    await attempt(() => mend(damage, what, problems));
  }
  await attempt(async () => {
    const pruned = await prune(context);
    removed.push(...pruned.removed.map((key) => `checkpoint ${key}`));
    problems.push(...pruned.problems);
  });
  for (const machines of allProviders()) {
    await attempt(async () => {
      removed.push(...((await machines.sweep?.(context)) ?? []));
    });
  }
  return { removed, left, running: busy, failed, problems };
}

/** What is damaged of all that is no cluster's. */
async function damagedFiles(reports: string, trial?: string): Promise<(readonly [string, Damage])[]> {
  const score = await damagedTrial(trial);
  return [
    ...(await damagedMetadata()).map((damage) => ["The metadata of a checkpoint", damage] as const),
    ...(await damagedRecords(reports)).map((damage) => ["A run's record", damage] as const),
    ...(score ? [["The score of the mutants", score] as const] : []),
  ];
}

/** Moves what is damaged out of the way, and says where it is. */
async function mend({ file, line, reason }: Damage, what: string, problems: HarnessError[]): Promise<void> {
  problems.push(
    new InfrastructureError(`${what} was damaged: ${reason}`, {
      location: { file: await setAside(file), line },
      hint: `It was set aside, and nothing needs it: ${file} was its name.`,
    }),
  );
}

/** Whether somebody wants the cluster; nobody can want one whose state cannot be read. */
async function isKept(id: string): Promise<boolean> {
  try {
    return (await loadClusterState(id))?.kept === true;
  } catch {
    return false;
  }
}
