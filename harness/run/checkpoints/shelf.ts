import type { Context } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { allProviders } from "../../machines/index.ts";
import type { Checkpoints } from "../../machines/machine.ts";
import { type CheckpointNote, forgetNote, readNotes } from "./notes.ts";

/** How many checkpoints are kept, and how much disk the pool that holds them may take. */
export const limits = { number: 150, bytes: 16 * 2 ** 30 };

/** Milliseconds: a note without machines may be of those that are being saved, which takes seconds. */
const orphanAge = 3_600_000;

/**
 * All checkpoints that are whole, the longest unused first; keys of what is saved but of no use, for it has no note, and
 * of old notes whose machines are gone; and the disk space of what holds them, in bytes.
 */
export async function allCheckpoints(context: Context): Promise<{
  readonly notes: readonly CheckpointNote[];
  readonly useless: readonly string[];
  readonly orphans: readonly string[];
  readonly bytes: number;
}> {
  const keys = (await ofProviders((checkpoints) => checkpoints.list(context))).flat();
  const all = await readNotes();
  const notes = all.filter(({ key }) => keys.includes(key));
  const bytes = await ofProviders((checkpoints) => checkpoints.bytes(context));
  return {
    notes,
    useless: keys.filter((key) => !notes.some((note) => note.key === key)),
    orphans: all
      .filter(({ key, savedAt }) => !keys.includes(key) && Date.parse(savedAt) < Date.now() - orphanAge)
      .map(({ key }) => key),
    bytes: bytes.reduce((sum, one) => sum + one, 0),
  };
}

/** Removes checkpoints by the beginnings of their keys; all without one. UsageError for a key that fits none. */
export async function removeCheckpoints(beginnings: readonly string[], context: Context): Promise<string[]> {
  const { notes, useless } = await allCheckpoints(context);
  const all = [...notes.map(({ key }) => key), ...useless];
  const unknown = beginnings.find((beginning) => !all.some((key) => key.startsWith(beginning)));
  if (unknown !== undefined) {
    throw new UsageError(`There is no checkpoint ${unknown}`, { hint: "`pnpm checkpoints` lists them." });
  }
  const wanted = (key: string): boolean => beginnings.some((beginning) => key.startsWith(beginning));
  return removeKeys(beginnings.length === 0 ? all : all.filter(wanted), context);
}

/** Removes what is of no use, and the longest unused until the limits hold. */
export async function prune(context: Context, { number, bytes } = limits): Promise<string[]> {
  const removed: string[] = [];
  for (;;) {
    const { notes, useless, orphans, bytes: taken } = await allCheckpoints(context);
    await Promise.all(orphans.map(forgetNote));
    // Space is shared, so what one takes is known only when it is gone.
    const tooMany = taken > bytes ? Math.ceil(notes.length / 4) : Math.max(0, notes.length - number);
    const keys = [...useless, ...notes.slice(0, tooMany).map(({ key }) => key)];
    if (keys.length === 0) return removed;
    removed.push(...(await removeKeys(keys, context)));
  }
}

async function removeKeys(keys: readonly string[], context: Context): Promise<string[]> {
  await Promise.all(keys.map(forgetNote));
  return (await ofProviders((checkpoints) => checkpoints.remove(keys, context))).flat();
}

const ofProviders = <T>(work: (checkpoints: Checkpoints) => Promise<T>): Promise<T[]> =>
  Promise.all(allProviders().flatMap(({ checkpoints }) => (checkpoints ? [work(checkpoints)] : [])));
