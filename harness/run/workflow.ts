import { rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { artifactSet } from "../artifacts/index.ts";
import { bounded, LeftBehind, limited } from "../waits/bounded.ts";
import type { Context } from "../context.ts";
import { Deadlines } from "../deadlines.ts";
import { exitCodes, HarnessDefect, type HarnessError, toHarnessError } from "../errors.ts";
import { isRed } from "../record/outcome.ts";
import type { HeldLock } from "../host/lock.ts";
import { projectRoot } from "../host/paths.ts";
import { lockCluster } from "../machines/ledger/cluster-lock.ts";
import { Ending, type EndingOptions } from "./ending.ts";
import { loadProfile } from "../profile/profile.ts";
import { unprovableOn } from "./request/limits.ts";
import type { Reporter } from "../record/events.ts";
import type { RunRecord } from "../record/record.ts";
import { Recorder } from "./recorder.ts";
import { Run } from "./run.ts";
import type { LoadWatch } from "./cluster/load-watch.ts";
import type { KeepPolicy } from "./cluster/run-cluster.ts";
import { beginRun } from "./evidence/runs.ts";
import { portsOf, type Settings } from "../settings/settings.ts";
import { settingsSchema } from "../settings/schema.ts";
import type { SuiteProgram } from "./suites/program.ts";
import { lastTrial } from "./evidence/trial-score.ts";
import { conclusionOf } from "./verdict.ts";

export type RunOptions = {
  readonly command: string;
  readonly settings: Settings;
  readonly reporters: readonly Reporter[];
  /** Composes the run's verbs; whatever it throws becomes a failure of the run. */
  readonly body: (run: Run) => Promise<void>;
  /** What becomes of the machines that the run brings up; they are removed unless told. */
  readonly keep?: KeepPolicy;
  /** Where reports go, how busy the host is, how long things may take and what runs the suites; for tests. */
  readonly reports?: string;
  readonly load?: LoadWatch;
  readonly deadlines?: Deadlines;
  readonly program?: SuiteProgram;
} & EndingOptions;

/**
 * Runs a workflow from first event to written reports: the body, then evidence of what is red, then the removal of what
 * was made. Each has a deadline of its own, and what does not heed it is left behind. Every failure is kept, and the
 * gravest decides; a run that nothing speaks against passed only if everything asked for has a proof. Resolves with the
 * record; rejects only if there can be none: its folder cannot be made, or another run uses the cluster (UsageError).
 */
export const withRun = (options: RunOptions): Promise<RunRecord> =>
  lockCluster(options.settings.cluster, (lock) => runAlone(options, lock));

async function runAlone(options: RunOptions, lock: HeldLock): Promise<RunRecord> {
  const { settings } = options;
  const { timeoutFactor, deadline } = settings;
  const limits = deadline === undefined ? {} : { run: deadline };
  const deadlines = options.deadlines ?? new Deadlines(timeoutFactor, limits);
  using ending = new Ending(deadlines, options);
  const { recorder, folder } = await openRecord(options);
  await lock.say(`run ${recorder.id}`);
  const run = new Run(settings, recorder, ending.context, folder, options.program);
  ending.fate = () => run.machines.fate(options.keep ?? "never");
  ending.onSignal((message) => recorder.interrupted(message));
  const failures: HarnessError[] = [];
  const attempt = async (what: string, context: Context, work: () => Promise<void>): Promise<void> => {
    try {
      await bounded(what, context, work);
    } catch (thrown) {
      // After the end of it all, what fails is a consequence of that.
      const consequence = context.signal.aborted && !(thrown instanceof LeftBehind);
      failures.push(toHarnessError(consequence ? context.signal.reason : thrown));
    }
  };
  const then = async (
    what: string,
    limit: "evidence" | "teardown",
    work: (context: Context) => Promise<void>,
    parent?: AbortSignal,
  ): Promise<void> => {
    using context = limited(what, deadlines.for(limit), deadlines, parent);
    await attempt(what, context, () => work(context));
  };
  await attempt("The run", ending.context, () => options.body(run));
  // Machines that are removed at once need nothing back.
  if (!ending.interrupted.aborted || options.keep === "always" || !run.machines.isOwn) {
    await then("The undoing of faults", "teardown", (context) => run.undoFaults(context));
  }
  // Who interrupts a run wants its end.
  if (!ending.interrupted.aborted) {
    const { interrupted } = ending;
    const judged = (thrown: unknown): never => {
      throw run.judged(toHarnessError(thrown));
    };
    await then("Blame", "evidence", (context) => run.blame(context).catch(judged), interrupted);
    const journals = (context: Context): Promise<void> => run.collect(context).catch(judged);
    await then("The collection of journals", "evidence", journals, interrupted);
  }
  const ended = (): readonly HarnessError[] => [...failures, ...ending.failures()];
  await then("The list of what was not reached", "evidence", (context) => run.skipRest(ended()[0], context));
  recorder.seal();
  const accused = ended().length > 0 || recorder.tests.some(isRed);
  const gaps = accused ? [] : run.requested.gaps(recorder);
  const inOrder = !accused && gaps.length === 0 && !recorder.steps.some(isRed);
  if (gaps.length > 0)
    failures.push(new HarnessDefect(`Not all that was asked for was proved: ${gaps.join("; ")}`));
  await then("The removal of what was made", "teardown", (context) =>
    run.machines.end(options.keep ?? "never", inOrder, context),
  );
  // What a shown install bug turns red is what the run was for.
  const { reproduction } = recorder.facts;
  const telling = recorder.tests.filter(({ outcome }) => !reproduction || outcome === "error");
  // Signals are heard until the last report is written.
  return await recorder.finish((broken) => conclusionOf([...ended(), ...broken], telling), folder, deadlines);
}

/** The run's folder, and the recorder that speaks to the reporters. HarnessDefect if the folder cannot be made. */
async function openRecord(options: RunOptions): Promise<{ recorder: Recorder; folder: string }> {
  const { command, settings, reporters, reports = join(projectRoot, "reports"), load } = options;
  let id: string;
  try {
    id = await beginRun(reports, command);
    await pointLatest(reports, id);
  } catch (cause) {
    throw new HarnessDefect(`There can be no report: ${toHarnessError(cause).message}`, {
      hint: `See the disk and the permissions of ${reports}.`,
      cause,
    });
  }
  const set = artifactSet(settings.artifacts);
  const commit = await gitCommit();
  const milestones = Object.entries(loadProfile(settings.guide).milestones);
  const trial = await lastTrial({ provider: settings.provider, artifactSet: set.name });
  const facts = {
    ...(commit !== undefined && { commit }),
    provider: settings.provider,
    artifactSet: set.name,
    versions: set.versions,
    ports: portsOf(settings),
    milestones: Object.fromEntries(milestones.map(([name, { title }]) => [name, title])),
    settings: settingsSchema.parse(settings),
    dropped: [],
    cannotProve: unprovableOn(settings),
    ...(trial && { trial }),
  };
  return { recorder: new Recorder(id, command, facts, reporters, load), folder: join(reports, id) };
}

/** Exit code of a finished run. */
export const exitCodeOf = (record: RunRecord): number => exitCodes[record.verdict];

/** The commit under test, with `+` if the tree has changes; undefined outside a repository. */
export async function gitCommit(): Promise<string | undefined> {
  const result = await execa("git", ["describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"], {
    cwd: projectRoot,
    reject: false,
  });
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** `reports/latest` points to the newest run, from its first moment. */
async function pointLatest(reports: string, id: string): Promise<void> {
  // Renamed into place, since runs may start side by side.
  await symlink(id, join(reports, `.latest-${id}`));
  await rename(join(reports, `.latest-${id}`), join(reports, "latest"));
}
