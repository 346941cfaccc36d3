import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { assistsSchema } from "../../machines/definition.ts";
import { cacheRoot } from "../../paths.ts";
import { placesSchema } from "../cluster-state.ts";

const schema = z.object({
  key: z.string(),
  provider: z.string(),
  /** The cluster that it is a part of, if it is. */
  cluster: z.string().exactOptional(),
  /** Id of the last block that was applied. */
  after: z.string(),
  section: z.string(),
  /** How many steps lead to it. */
  steps: z.number(),
  /** The run that saved it, and when (ISO 8601). */
  run: z.string(),
  savedAt: z.string(),
  /** How long the machines and the run waited for it. */
  milliseconds: z.number(),
  places: placesSchema,
  assists: assistsSchema,
  /** By machine: what was up on it, as `observe` has it. */
  up: z.record(z.string(), z.array(z.string())),
  /** By machine: what of it does not come up again by itself; nobody resumes from the checkpoint then. */
  lost: z.record(z.string(), z.array(z.string())).exactOptional(),
});

/** What is known of a checkpoint beside the machines' disks. */
export type CheckpointNote = z.infer<typeof schema>;

const folder = (): string => join(cacheRoot(), "checkpoints");
const fileOf = (key: string): string => join(folder(), `${key}.json`);

/** Writes a note: whole or not at all, for its owner alone, since a shell's environment is in it. */
export async function writeNote(note: CheckpointNote): Promise<void> {
  const file = fileOf(note.key);
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.${process.pid}`, JSON.stringify(note), { mode: 0o600 });
  await rename(`${file}.${process.pid}`, file);
}

/** All notes that can be read, the longest unused first; one of another format is nobody's. */
export async function readNotes(): Promise<CheckpointNote[]> {
  const names = await readdir(folder()).catch(() => []);
  const keys = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  const notes = await Promise.all(
    keys.map(async (key) => {
      const note = await readNote(key);
      // Another run may have removed it in between.
      const file = note && (await stat(fileOf(key)).catch(() => undefined));
      return note && file ? [{ note, used: file.mtimeMs }] : [];
    }),
  );
  return notes
    .flat()
    .toSorted((a, b) => a.used - b.used)
    .map(({ note }) => note);
}

/** The note of a key; undefined if there is none that can be read. */
async function readNote(key: string): Promise<CheckpointNote | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(fileOf(key), "utf8")));
  } catch {
    return undefined;
  }
}

/** Marks a checkpoint as used now: the longest unused are the first to go. */
export async function touchNote(key: string): Promise<void> {
  const now = new Date();
  await utimes(fileOf(key), now, now);
}

export const forgetNote = (key: string): Promise<void> => rm(fileOf(key), { force: true });
