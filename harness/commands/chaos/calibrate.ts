import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InfrastructureError } from "../../errors.ts";
import { projectRoot } from "../../paths.ts";
import type { Settings } from "../../run/settings.ts";
import { optionsOf, recordOf } from "../children.ts";

/** A run that nothing hits: milliseconds until all was looked at, and what its reports take. */
export type Usual = { readonly proofMs: number; readonly reportBytes: number };

/** Two runs without a fault: the first makes what the rounds start from. InfrastructureError if one is not green. */
export async function calibrate(settings: Settings, signal: AbortSignal): Promise<Usual> {
  const options = optionsOf(settings);
  await green(options, signal);
  const record = await green(["--resume", "--no-save", ...options], signal);
  const suites = record.spans.find(({ track, name }) => track === "suites" && name === "vitest");
  const proofMs = suites ? suites.startMs + suites.durationMs : record.durationMs;
  return { proofMs, reportBytes: await bytesOf(join(projectRoot, "reports", record.id)) };
}

async function green(options: readonly string[], signal: AbortSignal): ReturnType<typeof recordOf> {
  const record = await recordOf("e2e", options, { signal });
  if (record.verdict === "passed") return record;
  throw new InfrastructureError(`Without a fault: ${record.verdict}, so nothing can be said of faults`, {
    outputTail: record.failure?.message ?? "",
    hint: "Mend this first; `pnpm e2e` shows it alone.",
  });
}

/** What the files of a folder take, the folders below it left out: they are written after most of the run. */
async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map(async ({ name }) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
