import { hostname } from "node:os";
import { exitCodes, type HarnessError, InfrastructureError, toHarnessError } from "../../errors.ts";
import { withLockOrFail } from "../../host/lock.ts";
import { replaceFile } from "../../host/persisted.ts";
import { type Interruption, interruptions } from "../../interruptions.ts";
import { silent } from "../../progress.ts";
import { headlines } from "../../report/labels.ts";
import { count } from "../../report/text.ts";
import { runsIn } from "../../run/evidence/runs.ts";
import { type ChildEnd, endSurvivor, runChild, collectGarbage } from "./child.ts";
import { type NightlyRun, nothingSeen, readHistory, writeHistory } from "./history/history.ts";
import { lostNightlyRun, type Marker, readMarker, removeMarker, writeMarker } from "./marker.ts";
import { factsOf } from "./run.ts";
import { page, pageFile, reportOf } from "./page/page.ts";
import { removeOldRuns } from "./history/retention.ts";

export type NightlyOptions = {
  readonly history: string;
  /** The folder with one folder a run. */
  readonly reports: string;
  readonly lock: string;
  readonly keepRuns: number;
  readonly trendOver: number;
  /** Prints a run's record as JSON. */
  readonly e2e: readonly string[];
  /** Prints what it removed as JSON. */
  readonly gc: readonly string[];
  readonly commit?: string | undefined;
  /** Where the CI job publishes what the night leaves. */
  readonly url?: string | undefined;
  /** Milliseconds in which the run has to be gone after a signal. */
  readonly endDeadline: number;
  readonly say: (line: string) => void;
};

export type Nightly = {
  readonly night: NightlyRun;
  readonly exitCode: number;
  readonly nights: readonly NightlyRun[];
  /** The night before, if it never ended. */
  readonly lost?: NightlyRun;
  readonly removed: { readonly machines: readonly string[]; readonly reports: readonly string[] };
};

/**
 * One night: clean up, run, keep the history, thin out the reports. The run's failure is in the result.
 * InfrastructureError at once if another nightly holds the lock, or if the history cannot be read or written;
 * UsageError for a history of a newer version.
 */
export function nightly(options: NightlyOptions): Promise<Nightly> {
  const { lock, say } = options;
  const held = (holder: string): HarnessError =>
    new InfrastructureError(`Another nightly is under way: ${holder}`, {
      hint: `Wait for its end, or end it with SIGTERM. The lock is ${lock}.`,
    });
  const progress = { ...silent, note: say };
  return withLockOrFail(lock, { name: "nightly's lock", progress, held }, async () => {
    using interruption = interruptions("The machines are removed, and the night is recorded.");
    return await night(options, interruption);
  });
}

async function night(options: NightlyOptions, interruption: Interruption): Promise<Nightly> {
  const { history, reports, keepRuns, trendOver, say, commit, url } = options;
  const before = await readHistory(history, say);
  const newestRun = (await runsIn(reports)).at(-1);
  const startedAt = new Date().toISOString();
  const marker: Marker = { startedAt, host: hostname(), pid: process.pid, commit, newestRun };
  const cleaned = await cleanUp(options, before);
  const { lost } = cleaned;
  // First, for it makes room on a disk that is full: for the marker and the history, and at the end for tonight's.
  const madeRoom = await thinOut(reports, keepRuns, [], say);
  const earlier = lost ? await writeHistory(history, [...before, lost], trendOver) : before;
  await writeMarker(history, marker);
  const ends = cleaned.problem ? [] : await attempts(options, marker, interruption);
  const entry = {
    ...entryOf(marker, ends, cleaned.problem, interruption),
    ...(url !== undefined && { url }),
  };
  const tonight = ends.flatMap(({ attempt }) => attempt.run ?? []);
  const reportsRemoved = await thinOut(reports, keepRuns, tonight, say);
  const nights = await writeHistory(history, [...earlier, entry], trendOver);
  await removeMarker(history);
  await replaceFile(pageFile(history), page(nights, trendOver, reportOf(reports, history)));
  return {
    night: entry,
    exitCode: entry.verdict === "lost" ? exitCodes.harness : exitCodes[entry.verdict],
    nights,
    ...(lost && { lost }),
    removed: { machines: cleaned.removed, reports: [...madeRoom, ...reportsRemoved] },
  };
}

async function cleanUp(
  { history, reports, gc, endDeadline, say }: NightlyOptions,
  before: readonly NightlyRun[],
) {
  const found = await readMarker(history, say);
  // The night was recorded, and the power went before its marker was removed.
  const recorded = before.some(({ startedAt }) => startedAt === found?.startedAt);
  let removed: readonly string[] = [];
  let problem: HarnessError | undefined;
  try {
    if (found?.child && (await endSurvivor(found.child, endDeadline))) {
      say(`Ended process ${found.child.pid}, which outlived its nightly`);
    }
    removed = await collectGarbage(gc, say);
  } catch (thrown) {
    problem = toHarnessError(thrown);
    say(problem.message);
  }
  const lost = found && !recorded ? await lostNightlyRun(found, reports) : undefined;
  if (lost) say(`The nightly that began at ${lost.startedAt} never ended: ${lost.message ?? ""}`);
  return { lost, removed, problem };
}

/** The run; once more if its infrastructure failed. */
async function attempts(
  options: NightlyOptions,
  marker: Marker,
  interruption: Interruption,
): Promise<ChildEnd[]> {
  const { e2e, gc, history, endDeadline, say } = options;
  const ends: ChildEnd[] = [];
  while (!interruption.signal.aborted) {
    const end = await runChild({
      command: e2e,
      interruption,
      endDeadline,
      onStart: (child) => writeMarker(history, { ...marker, child }),
    });
    ends.push(end);
    // A run with a record has torn down what it made; the others could not. What cannot be removed now is the next start's to remove.
    if (!end.record)
      await collectGarbage(gc, say).catch((thrown: unknown) => say(toHarnessError(thrown).message));
    if (end.attempt.verdict !== "infrastructure" || ends.length > 1) break;
    if (!interruption.signal.aborted)
      say(`${headlines.infrastructure}: ${end.attempt.message ?? ""}. Once more`);
  }
  return ends;
}

/** Retention; what goes wrong with it is said and does not change the night's verdict. */
async function thinOut(
  reports: string,
  keep: number,
  tonight: readonly string[],
  say: NightlyOptions["say"],
): Promise<string[]> {
  try {
    const removed = await removeOldRuns(reports, keep, { tonight, say });
    if (removed.length > 0) say(`Removed the reports of ${count(removed.length, "old run")}`);
    return removed;
  } catch (thrown) {
    say(`Old reports could not be removed: ${toHarnessError(thrown).message}`);
    return [];
  }
}

function entryOf(
  { startedAt, commit }: Marker,
  ends: readonly ChildEnd[],
  problem: HarnessError | undefined,
  interruption: Interruption,
): NightlyRun {
  const last = ends.at(-1);
  const facts = last?.record && factsOf(last.record);
  const common = {
    startedAt,
    attempts: ends.map(({ attempt }) => attempt),
    ...nothingSeen,
    ...facts,
    commit: facts?.commit ?? commit,
  };
  if (problem) return { ...common, verdict: problem.verdict, message: problem.message };
  // A result that was there before the signal is not thrown away; a repetition that was not begun is none.
  const name = interruption.received ?? "a signal";
  if (!last) return { ...common, verdict: "interrupted", message: `${name} came before the run began` };
  const { durationMs, run } = last.attempt;
  const cut = interruption.signal.aborted && ends.length === 1 && last.attempt.verdict === "infrastructure";
  const { verdict, message } = cut
    ? { verdict: "interrupted" as const, message: `${name} came before the run was repeated` }
    : last.attempt;
  return { ...common, verdict, durationMs, run, message };
}
