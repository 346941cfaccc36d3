import { mkdir, open, readFile, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { InfrastructureError } from "../errors.ts";

const missing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/**
 * Entries of a ledger's text, oldest first. A last line without its end was never finished, so what it
 * announces was never made. InfrastructureError with file and line for anything else that cannot be read.
 */
export function parseEntries<T>(text: string, file: string, schema: z.ZodType<T>): T[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line, index) => {
    const parsed = schema.safeParse(parseJson(line));
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

/** The entries of a ledger; undefined if there is none. */
export async function readEntries<T>(file: string, schema: z.ZodType<T>): Promise<T[] | undefined> {
  try {
    return parseEntries(await readFile(file, "utf8"), file, schema);
  } catch (error) {
    if (missing(error)) return undefined;
    throw error;
  }
}

/** Adds entries, and returns once they are on the disk: only then may the resources be made. */
export async function appendEntries(file: string, entries: readonly unknown[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await dropUnfinishedLine(file);
  const handle = await open(file, "a", 0o600);
  try {
    await handle.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function dropUnfinishedLine(file: string): Promise<void> {
  try {
    const text = await readFile(file);
    const end = text.lastIndexOf("\n") + 1;
    if (end < text.length) await truncate(file, end);
  } catch (error) {
    if (!missing(error)) throw error;
  }
}
