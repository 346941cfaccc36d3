import { mkdir, rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { artifactSet } from "../artifacts/index.ts";
import { exitCodes, type HarnessError, toHarnessError, type Verdict } from "../errors.ts";
import { interruptions } from "../interruptions.ts";
import { provider } from "../machines/index.ts";
import { projectRoot } from "../paths.ts";
import type { Reporter, RunRecord } from "./record.ts";
import { Recorder } from "./recorder.ts";
import { Run } from "./run.ts";
import { enterRun } from "./runs.ts";
import { portsOf, type Settings } from "./settings.ts";
import { lastTrial } from "./trial-score.ts";
import { failureRecord, verdictOfTests } from "./verdict.ts";

/**
 * Runs a workflow from first event to written reports.
 * `body` composes the run's verbs; whatever it throws becomes the verdict. `always` runs afterwards in any case.
 * Resolves with the record; never rejects for a failure of the run.
 */
export async function withRun(options: {
  readonly command: string;
  readonly settings: Settings;
  readonly reporters: readonly Reporter[];
  readonly body: (run: Run) => Promise<void>;
  readonly always: (run: Run) => Promise<void>;
}): Promise<RunRecord> {
  const { command, settings } = options;
  const id = `${new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "")}-${command}-${process.pid}`;
  const folder = join(projectRoot, "reports", id);
  await mkdir(folder, { recursive: true });
  await enterRun(dirname(folder), id);
  const set = artifactSet(settings.artifacts);
  const commit = await gitCommit();
  const trial = await lastTrial({ provider: settings.provider, artifactSet: set.name });
  const recorder = new Recorder(
    id,
    command,
    {
      ...(commit !== undefined && { commit }),
      provider: settings.provider,
      artifactSet: set.name,
      versions: set.versions,
      ports: portsOf(settings),
      dropped: [],
      cannotProve: provider(settings).cannotProve,
      ...(trial && { trial }),
    },
    options.reporters,
  );
  await pointLatest(id);
  const interruption = interruptions("What was made is being removed.");
  const run = new Run(settings, recorder, interruption.signal, folder);
  const errors: HarnessError[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      errors.push(toHarnessError(thrown));
    }
  };
  await attempt(() => options.body(run));
  await attempt(() => run.blame());
  await attempt(() => run.collect());
  await attempt(() => options.always(run));
  interruption[Symbol.dispose]();
  const error = errors[0];
  const verdict: Verdict = error?.verdict ?? verdictOfTests(recorder.tests);
  return recorder.finish(verdict, folder, error && failureRecord(error, run.redactor));
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
async function pointLatest(id: string): Promise<void> {
  const reports = join(projectRoot, "reports");
  // Renamed into place, since runs may start side by side.
  await symlink(id, join(reports, `.latest-${id}`));
  await rename(join(reports, `.latest-${id}`), join(reports, "latest"));
}
