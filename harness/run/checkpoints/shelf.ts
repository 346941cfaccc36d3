import { UsageError } from "../../errors.ts";
import { allProviders } from "../../machines/index.ts";
import { type CheckpointNote, forgetNote, readNotes } from "./notes.ts";

/** How many checkpoints are kept, and how much disk the pool that holds them may take. */
export const limits = { number: 150, bytes: 16 * 2 ** 30 };

/** All checkpoints that are whole, the longest unused first, and the disk space of what holds them, in bytes. */
export async function allCheckpoints(): Promise<{ notes: CheckpointNote[]; bytes: number }> {
  const saved = new Set((await ofProviders((checkpoints) => checkpoints.list())).flat());
  const notes = (await readNotes()).filter(({ key }) => saved.has(key));
  const bytes = (await ofProviders(async (checkpoints) => [await checkpoints.bytes()])).flat();
  return { notes, bytes: bytes.reduce((sum, one) => sum + one, 0) };
}

/** Removes checkpoints by the beginnings of their keys; all without one. UsageError for a key that fits none. */
export async function removeCheckpoints(beginnings: readonly string[]): Promise<string[]> {
  // What has no note can be used by nobody, and goes as well.
  const all = (await ofProviders((checkpoints) => checkpoints.list())).flat();
  const unknown = beginnings.find((beginning) => !all.some((key) => key.startsWith(beginning)));
  if (unknown !== undefined) {
    throw new UsageError(`There is no checkpoint ${unknown}`, { hint: "`pnpm checkpoints` lists them." });
  }
  return removeKeys(
    all.filter((key) => beginnings.length === 0 || beginnings.some((beginning) => key.startsWith(beginning))),
  );
}

/** Removes what has no note, what was left unfinished, and the longest unused until the limits hold. */
export async function prune({ number, bytes } = limits): Promise<string[]> {
  const noted = new Set((await readNotes()).map(({ key }) => key));
  const orphans = (await ofProviders((checkpoints) => checkpoints.list()))
    .flat()
    .filter((key) => !noted.has(key));
  const removed = await removeKeys(orphans);
  for (;;) {
    const { notes, bytes: taken } = await allCheckpoints();
    // Space is shared, so what one takes is known only when it is gone.
    const tooMany = taken > bytes ? Math.ceil(notes.length / 4) : notes.length - number;
    if (tooMany <= 0) return removed;
    removed.push(...(await removeKeys(notes.slice(0, tooMany).map(({ key }) => key))));
  }
}

async function removeKeys(keys: readonly string[]): Promise<string[]> {
  await Promise.all(keys.map(forgetNote));
  return (await ofProviders((checkpoints) => checkpoints.remove(keys))).flat();
}

type Shelf = NonNullable<ReturnType<typeof allProviders>[number]["checkpoints"]>;

const ofProviders = <T>(work: (checkpoints: Shelf) => Promise<T>): Promise<T[]> =>
  Promise.all(allProviders().flatMap(({ checkpoints }) => (checkpoints ? [work(checkpoints)] : [])));
