import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SetName } from "../../choices.ts";
import { readJson, replaceFile } from "../../host/persisted.ts";
import { damagedFile, type EntrySpec, keyOf } from "../cache/cache.ts";
import type { InUse } from "../cache/gc.ts";

const entry = z.object({ kind: z.string(), key: z.string() });
const schema = z.object({
  list: z.string(),
  inputs: z.array(entry),
  /** By set: all files of the set and of the list in one folder. */
  wholes: z.record(z.string(), entry),
});

type Use = z.infer<typeof schema>;

export const furtherFolder = (root: string): string => join(root, "artifacts", "further");

/** File that is locked while further files change. */
export const furtherLock = (root: string): string => `${furtherFolder(root)}.lock`;

const recordsIn = (root: string): string => join(furtherFolder(root), "lists");

const named = ({ kind, key }: EntrySpec): z.infer<typeof entry> => ({ kind, key });
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Writes down which entries a list leads to, with the whole that a set makes with it if there is one. The caller holds the lock. */
export async function recordUse(
  root: string,
  list: string,
  inputs: readonly EntrySpec[],
  whole?: { readonly set: SetName; readonly spec: EntrySpec },
): Promise<void> {
  const file = join(recordsIn(root), `${keyOf(list)}.json`);
  const { value } = await readJson(file, schema);
  const now = inputs.map(named);
  // What was made of the list as it was is of no use any more.
  const before = same(value?.inputs, now) ? value?.wholes : {};
  const use: Use = {
    list,
    inputs: now,
    wholes: { ...before, ...(whole && { [whole.set]: named(whole.spec) }) },
  };
  if (!same(use, value)) await replaceFile(file, JSON.stringify(use));
}

/** Entries that lists which still exist lead to; unknown if none was ever used. ArtifactError if a record is damaged. */
export async function furtherInUse(root: string): Promise<InUse> {
  const folder = furtherFolder(root);
  const names = await readdir(recordsIn(root)).catch(() => undefined);
  if (!names) return { folder, entries: undefined };
  const entries: EntrySpec[] = [];
  for (const name of names.filter((one) => one.endsWith(".json"))) {
    const { value, damage } = await readJson(join(recordsIn(root), name), schema);
    if (damage) {
      const hint = "Delete it: the next run of that guide writes it anew.";
      throw damagedFile(damage, "it says which further files a guide uses", hint);
    }
    if (!value || !existsSync(value.list)) continue;
    for (const used of [...value.inputs, ...Object.values(value.wholes)])
      entries.push({ ...used, files: [] });
  }
  return { folder, entries };
}
