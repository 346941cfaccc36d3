import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import type { Settings } from "../../settings/settings.ts";
import type { RunRecord } from "../../record/record.ts";
import { optionsOf } from "../pool/children.ts";
import { demandGreen } from "../pool/green.ts";
import { bootableCheckpoints } from "../checkpoints/prove.ts";

export type Calibration = {
  /** Blocks after which a run can begin, in the guide's order. */
  readonly checkpoints: readonly string[];
  /** Milliseconds until all was looked at, of a run from the beginning and of one from the last checkpoint. */
  readonly proofMs: { readonly first: number; readonly last: number };
  readonly reportBytes: number;
};

/** Two runs without a fault: the first saves what the rounds start from. An error if one is not green. */
export async function calibrate(settings: Settings, signal: AbortSignal): Promise<Calibration> {
  const options = optionsOf(settings);
  const demand = { what: "Without a fault", others: "faults" };
  const fresh = await demandGreen({ ...demand, options }, signal);
  const resumed = await demandGreen({ ...demand, options: ["--resume", "--no-save", ...options] }, signal);
  return {
    checkpoints: await bootableCheckpoints(settings),
    proofMs: { first: proofOf(fresh), last: proofOf(resumed) },
    reportBytes: await bytesOf(join(projectRoot, "reports", resumed.id)),
  };
}

/** Where a round begins, and how long a run from there takes until all was looked at, about. */
export function beginning(
  { checkpoints, proofMs }: Calibration,
  from: number,
): { after?: string; proofMs: number } {
  const after = checkpoints[Math.floor(from * checkpoints.length)];
  return {
    ...(after !== undefined && { after }),
    proofMs: proofMs.last + (1 - from) * Math.max(0, proofMs.first - proofMs.last),
  };
}

function proofOf({ spans, durationMs }: RunRecord): number {
  const suites = spans.find(({ track, name }) => track === "suites" && name === "vitest");
  return suites ? suites.startMs + suites.durationMs : durationMs;
}

/** What the files of a folder take, the folders below it left out: they are written after most of the run. */
async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map(async ({ name }) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
