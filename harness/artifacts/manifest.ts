import { open, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf } from "../host/errno.ts";
import { digestOf } from "../host/files.ts";
import { readJson, replaceFile } from "../host/persisted.ts";
import type { ArtifactFile } from "./set.ts";

const manifestSchema = z.object({
  kind: z.string(),
  key: z.string(),
  seconds: z.number(),
  builtAt: z.string(),
  files: z.array(z.object({ name: z.string(), sha256: z.string(), bytes: z.number().int() })),
  programs: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

/** What a cache entry holds, written when it is complete. */
export type Manifest = z.infer<typeof manifestSchema>;

const manifestName = "manifest.json";
const stampName = ".verified.json";

/** sha256 of a file in hexadecimal. */
export const sha256Of = (path: string): Promise<string> => digestOf(path);

/** Name, checksum and size of each file, after its content has reached the disk. */
export async function describeFiles(folder: string, names: readonly string[]): Promise<ArtifactFile[]> {
  const files: ArtifactFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    await using file = await open(path, "r");
    await file.sync();
    files.push({ name, sha256: await sha256Of(path), bytes: (await file.stat()).size });
  }
  return files;
}

/** Writes the manifest of a complete entry, and the stamp that saves the next reader from hashing it again. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await replaceFile(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/**
 * The manifest of an entry whose files are what was built, or why the entry must not be used; what was damaged once is hashed by
 * whoever looks next.
 * Files are hashed again unless size, times and inode of all are those of the last successful check,
 * and with `rehash` even then.
 */
export async function verify(
  folder: string,
  { rehash = false } = {},
): Promise<Manifest | { readonly damage: string }> {
  const found = await verified(folder, rehash);
  if ("damage" in found) await rm(join(folder, stampName), { force: true });
  return found;
}

async function verified(folder: string, rehash: boolean): Promise<Manifest | { readonly damage: string }> {
  const manifest = await readManifest(folder);
  if (!manifest) return { damage: `${manifestName} cannot be read` };
  const before = await fingerprint(folder, manifest);
  if (!rehash && before !== undefined && before === (await readStamp(folder))) return manifest;
  for (const { name, sha256, bytes } of manifest.files) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) return { damage: `${name} is missing` };
    if (found.size !== bytes) return { damage: `${name} has ${found.size} bytes, expected ${bytes}` };
    const actual = await sha256Of(path).catch((error: NodeJS.ErrnoException) => `none (${error.code})`);
    if (actual !== sha256) return { damage: `${name} has sha256 ${actual}, expected ${sha256}` };
  }
  if (before !== undefined) await writeStamp(folder, before);
  return manifest;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  return (await readJson(join(folder, manifestName), manifestSchema)).value;
}

/** Size, times and inode of the manifest and every file; undefined if one is missing. */
async function fingerprint(folder: string, manifest: Manifest): Promise<string | undefined> {
  try {
    const names = [manifestName, ...manifest.files.map(({ name }) => name)];
    const stats = await Promise.all(names.map((name) => stat(join(folder, name), { bigint: true })));
    return JSON.stringify(
      stats.map(({ size, mtimeNs, ctimeNs, ino }) => [size, mtimeNs, ctimeNs, ino].join(":")),
    );
  } catch {
    return undefined;
  }
}

const readStamp = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, stampName), "utf8").catch(() => undefined);

/** Without the stamp, as on a disk that is full or must not be written, the next reader hashes the files again. */
async function writeStamp(folder: string, text: string): Promise<void> {
  await replaceFile(join(folder, stampName), text, { flush: false }).catch((error: unknown) => {
    if (errnoOf(error) === undefined) throw error;
  });
}
