import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat, statfs } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { isErrno } from "./errno.ts";

/** What `work` gives; undefined where the file or folder is not there, as ENOENT or one of `others` says. */
export async function ifThere<T>(work: Promise<T>, ...others: readonly string[]): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isErrno(error, "ENOENT", ...others)) return undefined;
    throw error;
  }
}

/** A file's bytes; undefined if there is no such file. */
export const bytesIfThere = (file: string): Promise<Buffer | undefined> => ifThere(readFile(file));

export const readIfThere = async (file: string): Promise<string | undefined> =>
  (await bytesIfThere(file))?.toString();

/** Names in a folder; none if there is no such folder. */
export const namesIn = async (folder: string): Promise<string[]> => (await ifThere(readdir(folder))) ?? [];

/** A file's digest in hexadecimal, of a kind that Node knows; an AbortError if the signal ends it. */
export async function digestOf(file: string, kind = "sha256", signal?: AbortSignal): Promise<string> {
  const hash = createHash(kind);
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { ...(signal && { signal }) });
  return hash.digest("hex");
}

/** Free bytes of the disk that a folder is on, or will be on. */
export async function freeBytes(folder: string): Promise<number> {
  const found = await ifThere(statfs(folder), "ENOTDIR");
  return found ? found.bavail * found.bsize : freeBytes(dirname(folder));
}

/**
 * Hash of all that decides what is built: some values, and the files of a folder with their names and whether they are
 * programs. 16 hexadecimal digits. `but` names a file that has no part in it.
 */
export async function definitionHash(values: unknown, folder: string, but?: string): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(values));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== but);
  for (const file of files.map((entry) => join(entry.parentPath, entry.name)).toSorted()) {
    const executable = ((await stat(file)).mode & 0o100) !== 0;
    hash.update(`\0${relative(folder, file)}\0${executable}\0`).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}
