import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EntrySpec } from "./cache.ts";
import { isKey, temporaryPrefix } from "./cache.ts";
import { ArtifactError, toHarnessError } from "../../errors.ts";

/** Something in the cache that nothing uses. */
export type Garbage = { readonly path: string; readonly why: string };

/** What a set may still use; `entries` is undefined if that is not known. */
export type InUse = { readonly folder: string; readonly entries: readonly EntrySpec[] | undefined };

/** Finds what the sets do not use: entries of other keys, downloads cut short, folders of killed builds. Removes nothing. */
export async function findGarbage(root: string, sets: readonly InUse[]): Promise<Garbage[]> {
  const garbage: Garbage[] = [];
  for (const [folder, entries] of byFolder(sets)) {
    const used = new Set(entries?.map(({ kind, key }) => join(folder, kind, key)));
    for (const kind of await foldersIn(folder)) {
      for (const name of await namesIn(join(folder, kind))) {
        const path = join(folder, kind, name);
        if (kind === partsFolder) garbage.push({ path, why: "a download or import that was cut short" });
        else if (name.startsWith(temporaryPrefix)) garbage.push({ path, why: "left by a killed build" });
        else if (entries && isKey(name) && !used.has(path)) garbage.push({ path, why: "no longer used" });
      }
    }
  }
  const scratches = join(root, "build", "scratch");
  for (const name of await namesIn(scratches)) {
    garbage.push({ path: join(scratches, name), why: "left by a killed build" });
  }
  return garbage;
}

/** What is in use of each folder, by any set; undefined if one set does not know. */
function byFolder(sets: readonly InUse[]): ReadonlyMap<string, InUse["entries"]> {
  const folders = new Map<string, InUse["entries"]>();
  for (const { folder, entries } of sets) {
    const others = folders.has(folder) ? folders.get(folder) : [];
    folders.set(folder, others && entries && [...others, ...entries]);
  }
  return folders;
}

/** Removes garbage; gives why something could not be. The caller holds the locks of the sets. */
export async function removeGarbage(garbage: readonly Garbage[]): Promise<ArtifactError[]> {
  const problems: ArtifactError[] = [];
  for (const { path } of garbage) {
    try {
      await rm(path, { recursive: true, force: true });
    } catch (cause) {
      const why = toHarnessError(cause).message;
      problems.push(
        new ArtifactError(`${path} cannot be removed: ${why}`, { cause, hint: "Remove it by hand." }),
      );
    }
  }
  return problems;
}

/** Bytes of the disk that go free with these paths: a file counts when all its links go. */
export async function bytesFreed(garbage: readonly Garbage[]): Promise<number> {
  const files = new Map<string, { bytes: number; links: number; going: number }>();
  const visit = async (path: string): Promise<void> => {
    const found = await lstat(path).catch(() => undefined);
    if (!found) return;
    if (found.isDirectory()) {
      for (const name of await namesIn(path)) await visit(join(path, name));
      return;
    }
    const id = `${found.dev}:${found.ino}`;
    const file = files.get(id) ?? { bytes: found.blocks * 512, links: found.nlink, going: 0 };
    file.going += 1;
    files.set(id, file);
  };
  for (const { path } of garbage) await visit(path);
  return [...files.values()].reduce(
    (sum, { bytes, links, going }) => (going >= links ? sum + bytes : sum),
    0,
  );
}

/** Folder beside the entries with downloads that go on and what a killed process left. */
export const partsFolder = ".parts";

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
