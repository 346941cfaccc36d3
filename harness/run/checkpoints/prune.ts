import type { Context } from "../../context.ts";
import { type HarnessError, toHarnessError, UsageError } from "../../errors.ts";
import { allProviders } from "../../machines/index.ts";
import type { Checkpoints, Provider } from "../../machines/machine.ts";
import { holdCluster, useOfCluster } from "../../machines/ledger/cluster-lock.ts";
import { mayRun } from "../evidence/runs.ts";
import { forgetMetadata, hasExpired, readMetadata } from "./metadata.ts";

export const limits = { number: 150, bytes: 16 * 2 ** 30 };

/**
 * All checkpoints that are whole, the longest unused first; keys of what is saved but of no use, for it has no metadata or
 * flannel's leases in it have ended, and of metadata whose machines are gone; the disk space of what holds them, in bytes; and why a provider's could not be asked
 * for, which says nothing of the others'.
 */
export async function allCheckpoints(context: Context) {
  const found = await ofProviders(context, async (checkpoints, provider) => ({
    provider,
    keys: await checkpoints.list(context),
    bytes: await checkpoints.bytes(context),
  }));
  const keys = found.done.flatMap((one) => one.keys);
  const asked = new Set(found.done.map(({ provider }) => provider));
  const all = await readMetadata();
  const whole = all.filter((one) => keys.includes(one.key) && !hasExpired(one));
  return {
    whole,
    useless: keys.filter((key) => !whole.some((one) => one.key === key)),
    orphans: all
      // What a run saves has its metadata before its machines.
      .filter(({ key, provider, run }) => asked.has(provider) && !keys.includes(key) && !mayRun(run))
      .map(({ key }) => key),
    bytes: found.done.reduce((sum, { bytes }) => sum + bytes, 0),
    problems: found.problems,
  };
}

/** Removes checkpoints by the beginnings of their keys; all without one. UsageError for a key that fits none. */
export const removeCheckpoints = async (beginnings: readonly string[], context: Context): Promise<Removal> =>
  removeKeys(await checkpointsWith(beginnings, context), context);

/** The keys that begin so; all without a beginning. UsageError for a beginning that no key has. */
export async function checkpointsWith(beginnings: readonly string[], context: Context): Promise<string[]> {
  const { whole, useless } = await allCheckpoints(context);
  const all = [...whole.map(({ key }) => key), ...useless];
  const unknown = beginnings.find((beginning) => !all.some((key) => key.startsWith(beginning)));
  if (unknown !== undefined) {
    throw new UsageError(`There is no checkpoint ${unknown}`, { hint: "`pnpm checkpoints` lists them." });
  }
  const wanted = (key: string): boolean => beginnings.some((beginning) => key.startsWith(beginning));
  return beginnings.length === 0 ? all : all.filter(wanted);
}

type Removal = { readonly removed: readonly string[]; readonly problems: readonly HarnessError[] };

/** Removes what is of no use, and the longest unused until the limits hold. */
export async function prune(context: Context, { number, bytes } = limits): Promise<Removal> {
  const removed: string[] = [];
  for (;;) {
    const { whole, useless, orphans, bytes: taken, problems } = await allCheckpoints(context);
    await Promise.all(orphans.map(forgetMetadata));
    // Space is shared, so what one takes is known only when it is gone.
    const tooMany = taken > bytes ? Math.ceil(whole.length / 4) : Math.max(0, whole.length - number);
    const inUse = await Promise.all(whole.map(async ({ cluster }) => cluster && useOfCluster(cluster)));
    const free = whole.filter((_, index) => inUse[index] === undefined);
    const keys = [...useless, ...free.slice(0, tooMany).map(({ key }) => key)];
    if (keys.length === 0) return { removed, problems };
    const round = await removeKeys(keys, context);
    removed.push(...round.removed);
    // What cannot be removed now would be tried again for ever.
    if (round.problems.length > 0) return { removed, problems: [...problems, ...round.problems] };
  }
}

/**
 * Removes checkpoints by their keys; one that is gone already does not matter. What is a part of a cluster that something else
 * uses stays: whoever uses it may go back to it.
 */
export async function removeKeys(keys: readonly string[], context: Context): Promise<Removal> {
  await using held = new AsyncDisposableStack();
  const refused: HarnessError[] = [];
  const parts = Map.groupBy(await readMetadata(), ({ cluster }) => cluster);
  const kept = new Set<string>();
  for (const [cluster, own] of parts) {
    const wanted = own.filter(({ key }) => keys.includes(key));
    if (cluster === undefined || wanted.length === 0) continue;
    try {
      held.use(await holdCluster(cluster, "Its checkpoints are left as they are."));
    } catch (thrown) {
      refused.push(toHarnessError(thrown));
      for (const { key } of wanted) kept.add(key);
    }
  }
  const free = keys.filter((key) => !kept.has(key));
  await Promise.all(free.map(forgetMetadata));
  const { done, problems } = await ofProviders(context, (checkpoints) => checkpoints.remove(free, context));
  return { removed: done.flat(), problems: [...refused, ...problems] };
}

/** Does it for each provider that has checkpoints; one that fails does not stop the others. */
async function ofProviders<T>(
  { signal }: Context,
  work: (checkpoints: Checkpoints, provider: string) => Promise<T>,
): Promise<{ readonly done: readonly T[]; readonly problems: readonly HarnessError[] }> {
  const done: T[] = [];
  const problems: HarnessError[] = [];
  const attempt = async ({ name, checkpoints }: Provider): Promise<void> => {
    try {
      if (checkpoints) done.push(await work(checkpoints, name));
    } catch (thrown) {
      signal.throwIfAborted();
      problems.push(toHarnessError(thrown));
    }
  };
  await Promise.all(allProviders().map(attempt));
  return { done, problems };
}
