import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { toHarnessError } from "../../../errors.ts";
import { mayRun, runsIn, verdictOf } from "../../../run/evidence/runs.ts";

const doomed = ".removing-";

const harmless: ReadonlySet<string> = new Set(["passed", "interrupted"]);

/**
 * Removes the oldest runs of a reports folder until `keep` are left; resolves with their names.
 * Never removed: the newest run, those of `tonight`, the newest failed run of each verdict, the newest whole one that passed, with
 * which red ones are compared, a run under way, and whatever
 * is not a run's folder: another name, a link, or without a journal and a record. What is old is known by the order in
 * which runs began, not by a clock. One that cannot be removed is said, and does not stop the others.
 */
export async function removeOldRuns(
  reports: string,
  keep: number,
  { tonight = [], say = () => undefined }: { tonight?: readonly string[]; say?: (line: string) => void } = {},
): Promise<string[]> {
  await removeRemains(reports, say);
  const runs = (await runsIn(reports)).filter((name) => isRun(join(reports, name))).toReversed();
  const protectedRuns = new Set<string>([...runs.slice(0, Math.max(keep, 1)), ...tonight]);
  const seen = new Set<string>();
  for (const name of runs) {
    const verdict = await verdictOf(reports, name);
    const isWanted = verdict !== undefined && (!harmless.has(verdict) || isWholeGreen(name, verdict));
    if (verdict === undefined) {
      if (mayRun(name)) protectedRuns.add(name);
    } else if (isWanted && !seen.has(verdict)) {
      seen.add(verdict);
      protectedRuns.add(name);
    }
  }
  const removed: string[] = [];
  for (const name of runs.filter((each) => !protectedRuns.has(each))) {
    await attempt(name, say, async () => {
      // Out of sight first: a folder that is half removed is no run any more, and nobody would know it for one.
      await rename(join(reports, name), join(reports, `${doomed}${name}`));
      removed.push(name);
    });
  }
  await removeRemains(reports, say);
  return removed;
}

const isWholeGreen = (name: string, verdict: string): boolean =>
  verdict === "passed" && name.includes("-e2e-");

const isRun = (folder: string): boolean =>
  ["run.json", "journal.jsonl"].some((file) => existsSync(join(folder, file)));

async function removeRemains(reports: string, say: (line: string) => void): Promise<void> {
  const names = await readdir(reports).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(doomed))) {
    await attempt(name, say, () => rm(join(reports, name), { recursive: true, force: true }));
  }
}

async function attempt(name: string, say: (line: string) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    say(`The report ${name} could not be removed: ${toHarnessError(thrown).message}`);
  }
}
