import { mkdir, open, readFile, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { InfrastructureError } from "../../errors.ts";
import { isErrno } from "./errno.ts";
import { clusterNames } from "./names.ts";

const identity = { pid: z.int().positive(), start: z.number(), boot: z.string() };

const entrySchema = z.discriminatedUnion("kind", [
  /** A process of the harness that uses the cluster. */
  z.object({ kind: z.literal("owner"), ...identity }),
  /** A process on the host: the holder of the cluster's mounts, or a machine's nspawn. */
  z.object({ kind: z.literal("process"), of: z.string(), ...identity }),
  z.object({ kind: z.literal("directory"), path: z.string() }),
  /** A tree in every hierarchy; everything that runs in it is the cluster's. */
  z.object({ kind: z.literal("cgroup"), name: z.string() }),
  z.object({ kind: z.literal("subvolume"), image: z.string(), name: z.string() }),
  // These live in the holder's mount namespace, and go with the last process in it.
  z.object({ kind: z.literal("mount"), path: z.string(), image: z.string() }),
  z.object({ kind: z.literal("namespace"), path: z.string() }),
  z.object({ kind: z.literal("veth"), namespace: z.string(), name: z.string() }),
]);

/** One resource of a cluster, as it is written down before it is made. */
export type LedgerEntry = z.infer<typeof entrySchema>;

/**
 * Entries of a ledger's text, oldest first. A last line without its end was never finished, so what it
 * announces was never made. InfrastructureError with file and line for anything else that cannot be read.
 */
export function parseLedger(text: string, file: string): LedgerEntry[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line, index) => {
    const parsed = entrySchema.safeParse(parseJson(line));
    if (parsed.success) return parsed.data;
    throw new InfrastructureError(`The ledger cannot be read: ${z.prettifyError(parsed.error)}`, {
      location: { file, line: index + 1 },
      hint: "Repair or remove that line; what it named may have to be removed by hand.",
    });
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The entries of a cluster; undefined if there is no such cluster. */
export async function readLedger(id: string): Promise<LedgerEntry[] | undefined> {
  const { ledger } = clusterNames(id);
  try {
    return parseLedger(await readFile(ledger, "utf8"), ledger);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Adds entries, and returns once they are on the disk: only then may the resources be made. */
export async function record(id: string, entries: readonly LedgerEntry[]): Promise<void> {
  const { ledger } = clusterNames(id);
  await mkdir(dirname(ledger), { recursive: true, mode: 0o700 });
  await dropUnfinishedLine(ledger);
  const file = await open(ledger, "a", 0o600);
  try {
    await file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function dropUnfinishedLine(ledger: string): Promise<void> {
  try {
    const text = await readFile(ledger);
    const end = text.lastIndexOf("\n") + 1;
    if (end < text.length) await truncate(ledger, end);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

type ProcessEntry = Extract<LedgerEntry, { kind: "process" }>;

/** The last process written down for a machine or the holder. */
export const processOf = (entries: readonly LedgerEntry[], of: string): ProcessEntry | undefined =>
  entries.findLast((entry): entry is ProcessEntry => entry.kind === "process" && entry.of === of);
