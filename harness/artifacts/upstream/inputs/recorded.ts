import { z } from "zod";
import { readJson, replaceFile } from "../../../host/persisted.ts";
import { damagedFile } from "../../cache/cache.ts";

const schema = z.record(z.string(), z.strictObject({ sha256: z.string(), name: z.string(), at: z.string() }));

/** Digests of inputs that nobody has pinned, as they were seen first; by the input's address. */
export type Recorded = z.infer<typeof schema>;

/** Reads the record; empty if there is none yet. ArtifactError if it is damaged: guessing would void its purpose. */
export async function readRecorded(path: string): Promise<Recorded> {
  const { value = {}, damage } = await readJson(path, schema);
  if (!damage) return value;
  const hint = "Restore it, or delete it: then the next copy of each such input is recorded anew.";
  throw damagedFile(damage, "it holds the digests of inputs as first seen", hint);
}

/** Adds an input's digest, as a whole or not at all. The caller holds the lock. */
export async function record(path: string, url: string, name: string, sha256: string): Promise<void> {
  const recorded = await readRecorded(path);
  const at = new Date().toISOString();
  const text = JSON.stringify({ ...recorded, [url]: { sha256, name, at } }, undefined, 2);
  await replaceFile(path, `${text}\n`);
}
