import { lstat, mkdir, open, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { InfrastructureError } from "../../errors.ts";
import { type Damage, type Lines, readJsonLines, setAside } from "../../host/persisted.ts";
import { bytesIfThere } from "../../host/files.ts";

/** Adds entries, and returns once they are on the disk: only then may the resources be made. */
export async function appendEntries(file: string, entries: readonly unknown[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await dropUnfinishedLine(file);
  await using handle = await open(file, "a", 0o600);
  await handle.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  await handle.sync();
}

async function dropUnfinishedLine(file: string): Promise<void> {
  const text = await bytesIfThere(file);
  const end = text ? text.lastIndexOf("\n") + 1 : 0;
  if (text && end < text.length) await truncate(file, end);
}

/** The ledgers of clusters, each in a file that `fileOf` gives for its id. */
export const ledgers = <T>(fileOf: (id: string) => string, schema: z.ZodType<T>) => ({
  /** Its entries, and the lines of it that are damaged; neither if there is no such cluster. */
  read: async (id: string): Promise<Lines<T>> =>
    (await readJsonLines(fileOf(id), schema)) ?? { items: [], damaged: [] },
  /** Adds entries, and returns once they are on the disk: only then may the resources be made. */
  add: (id: string, entries: readonly T[]): Promise<void> => appendEntries(fileOf(id), entries),
});

/**
 * The end of a removal by a ledger: `remove` takes the cluster's folder away. If lines of the ledger are damaged, it is
 * kept beside that folder, for what they named may be there still: InfrastructureError that says so, and what was removed.
 */
export async function endRemoval(
  id: string,
  ledger: { readonly path: string; readonly folder: string; readonly damaged: readonly Damage[] },
  removed: readonly string[],
  remove: () => Promise<void>,
): Promise<void> {
  const [first, ...more] = ledger.damaged;
  const aside = first && (await setAside(await placeOf(ledger), ledger.folder));
  await remove();
  if (aside === undefined) return;
  const others = more.length === 0 ? "" : `, and ${more.length} more lines`;
  throw new InfrastructureError(
    `The ledger of cluster ${id} was damaged (line ${first?.line}: ${first?.reason}${others}); what it names elsewhere was removed`,
    {
      location: { file: aside, line: first?.line ?? 1 },
      ...(removed.length > 0 && { outputTail: removed.join("\n") }),
      hint: "Remove by hand what the damaged lines name, if it is there still, then this file.",
    },
  );
}

/** The ledger; or what lies in the place of its folder. */
const placeOf = async ({ path, folder }: { path: string; folder: string }): Promise<string> =>
  (await lstat(folder)).isDirectory() ? path : folder;
