import { existsSync } from "node:fs";
import { lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere } from "./files.ts";

/** As harness/run names them: time, command, process. */
const runName = /^\d{8}T\d{6}-[a-z0-9-]+-(\d+)$/;
const doomed = ".removing-";

/** Verdicts of a run that nobody has to look into. */
const harmless: ReadonlySet<string> = new Set(["passed", "interrupted"]);

/**
 * Removes the oldest runs of a reports folder until `keep` are left; resolves with their names.
 * Never removed: the newest run, the newest failed run of each verdict, a run under way, and whatever is not a run's
 * folder: another name, a link, or without a journal and a record.
 */
export async function removeOldRuns(reports: string, keep: number): Promise<string[]> {
  await removeRemains(reports);
  const runs = await runsIn(reports);
  const protectedRuns = new Set<string>(runs.slice(0, Math.max(keep, 1)));
  const seen = new Set<string>();
  for (const name of runs) {
    const verdict = await verdictOf(join(reports, name));
    if (verdict === undefined) {
      if (mayRun(name)) protectedRuns.add(name);
    } else if (!harmless.has(verdict) && !seen.has(verdict)) {
      seen.add(verdict);
      protectedRuns.add(name);
    }
  }
  const removed = runs.filter((name) => !protectedRuns.has(name));
  for (const name of removed) {
    // Out of sight first: a folder that is half removed is no run any more, and nobody would know it for one.
    await rename(join(reports, name), join(reports, `${doomed}${name}`));
  }
  await removeRemains(reports);
  return removed;
}

/** Names of the folders that are runs, the newest first. */
async function runsIn(reports: string): Promise<string[]> {
  const names = await readdir(reports).catch(() => []);
  const runs: string[] = [];
  for (const name of names.filter((each) => runName.test(each))) {
    const folder = join(reports, name);
    const isRun =
      (await lstat(folder)).isDirectory() &&
      ["run.json", "journal.jsonl"].some((file) => existsSync(join(folder, file)));
    if (isRun) runs.push(name);
  }
  return runs.toSorted().toReversed();
}

/** What a run's record says; `unreadable` if it says nothing, undefined if there is no record. */
async function verdictOf(folder: string): Promise<string | undefined> {
  const text = await readIfThere(join(folder, "run.json"));
  if (text === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === "object" && record !== null && "verdict" in record) return String(record.verdict);
  } catch {
    // Half a record, of a run that was killed while it wrote it.
  }
  return "unreadable";
}

/** A run without a record is under way while there is a process of its number. */
const mayRun = (name: string): boolean => existsSync(`/proc/${runName.exec(name)?.[1] ?? ""}`);

async function removeRemains(reports: string): Promise<void> {
  const names = await readdir(reports).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(doomed))) {
    await rm(join(reports, name), { recursive: true, force: true });
  }
}
