import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { assertId } from "../../choices.ts";
import { endsTold } from "../../interruptions.ts";
import { lockCluster } from "../../machines/ledger/cluster-lock.ts";
import { reporters } from "../../report/index.ts";
import type { Reporter } from "../../record/events.ts";
import type { Run } from "../../run/run.ts";
import type { KeepPolicy } from "../../run/cluster/run-cluster.ts";
import { loadClusterState } from "../../run/cluster/state.ts";
import { notRunning } from "../../run/cluster/open.ts";
import { earlierRun } from "../../run/evidence/green/earlier.ts";
import { greenLike } from "../../run/evidence/green/green.ts";
import { exitCodeOf, withRun } from "../../run/workflow.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Loudness } from "../../report/console/live-view.ts";
import {
  choiceLine,
  type Chosen,
  command,
  describeCluster,
  settingsOf,
  settingsOn,
  withSettings,
} from "./command.ts";

/** What one command does with a run; `options` are the command's own parsed options. */
export type Workflow<Options, Found = unknown> = {
  readonly name: string;
  readonly description: string;
  /** Command lines that people type, each with what it does, for the help. */
  readonly examples?: Readonly<Record<string, string>>;
  /** Adds the command's own arguments and options. */
  readonly define?: (command: Command) => Command;
  /**
   * Throws UsageError for names that there are not, before anything is begun: what was mistyped is no run. What it finds out is
   * the body's.
   */
  readonly assert: (settings: Settings, options: Options, args: readonly string[]) => Found | Promise<Found>;
  /** The same for words that need nothing but the guide, whether the cluster is there, or in use, or not. */
  readonly assertWords?: (guide: string, options: Options, args: readonly string[]) => void;
  /** Whether what was found out leaves nothing to do, which it tells: then there is no run. */
  readonly isIdle?: (found: Found, options: Options) => boolean;
  readonly body: (run: Run, options: Options, args: readonly string[], found: Found) => Promise<void>;
  /** What becomes of the machines that it brings up; they are removed unless told. */
  readonly keep?: (options: Options) => KeepPolicy;
  /** The cluster when none is named, if it is not `main`; a run that ends with its machines needs one of its own. */
  readonly cluster?: (options: Options) => string | undefined;
  /** That cluster in the help; "one of its own" unless told. */
  readonly clusterHelp?: string;
  /** Shows the run to a person, in the place of what shows all others. */
  readonly console?: (options: Options & { json?: boolean }) => Reporter;
  /** Works on a cluster that is up, and so with what that was made with. */
  readonly onExisting?: boolean;
};

/** What `withLoudness` adds to a command's parsed options. */
type Loud = { readonly quiet?: boolean; readonly verbose?: boolean };

/** Adds the options that say how much of a run is told as it goes on. */
export const withLoudness = (target: Command): Command =>
  target
    .addOption(new Option("-q, --quiet", "print only failures and the end").conflicts("verbose"))
    .option("-v, --verbose", "print each step with its output, and each test");

const loudnessOf = ({ quiet = false, verbose = false }: Loud): Loudness =>
  quiet ? "quiet" : verbose ? "verbose" : "normal";

/** A command around a run: settings, reporters, signals, exit code by verdict. */
export function workflow<Options, Found = unknown>(definition: Workflow<Options, Found>): Command {
  const { name, description, examples = {}, define = (made) => made } = definition;
  const made = withLoudness(define(withSettings(command(name, description))));
  if (definition.cluster) describeCluster(made, definition.clusterHelp ?? "one of its own");
  const lines = Object.entries(examples).map(([line, what]) => `  ${line.padEnd(48)} ${what}`);
  if (lines.length > 0) made.addHelpText("after", ["", "Examples:", ...lines].join("\n"));
  return made.action(async () => {
    const own =
      made.getOptionValueSource("cluster") !== "cli" && definition.cluster?.(made.opts<Options & object>());
    if (own) made.setOptionValueWithSource("cluster", own, "default");
    const options = made.opts<Options & Loud & { json?: boolean; cluster: string }>();
    const { cluster } = options;
    assertId(cluster);
    const guide = await guideOf(made, definition.onExisting === true);
    // One that is missing is told of as such, later.
    if (existsSync(guide)) definition.assertWords?.(guide, options, made.args);
    // Whatever is found out about a cluster that another run changes is not so any more.
    await lockCluster(cluster, () => play(made, definition, options));
  });
}

async function play<Options, Found>(
  made: Command,
  definition: Workflow<Options, Found>,
  options: Options & Loud & { readonly json?: boolean },
): Promise<void> {
  const { settings, why, notAsApplied = [] } = await settingsOfRun(made, definition.onExisting === true);
  const found = await definition.assert(settings, options, made.args);
  if (definition.isIdle?.(found, options)) return;
  const record = await withRun({
    command: definition.name,
    settings,
    reporters: reporters(
      {
        json: options.json === true,
        loudness: loudnessOf(options),
        earlier: earlierRun(settings),
        endsTold: endsTold(),
      },
      greenLike,
      definition.console?.(options),
    ),
    body: (run) => {
      if (why !== undefined) run.recorder.note(choiceLine(settings, why));
      if (notAsApplied.length > 0) {
        run.recorder.facts = { ...run.recorder.facts, notAsApplied };
        run.recorder.note(
          `Not the guide that was applied to cluster ${settings.cluster}: ${notAsApplied.join("; ")}. What fails is blamed on the text as it is now.`,
        );
      }
      return definition.body(run, options, made.args, found);
    },
    ...(definition.keep && { keep: definition.keep(options) }),
  });
  process.exitCode = exitCodeOf(record);
}

/** The guide that a command is about: a cluster that is up has one, unless a person names another. */
async function guideOf(made: Command, onExisting: boolean): Promise<string> {
  const { cluster, guide } = made.opts<Pick<Settings, "cluster" | "guide">>();
  if (!onExisting || made.getOptionValueSource("guide") === "cli") return guide;
  return (await loadClusterState(cluster))?.settings.guide ?? guide;
}

async function settingsOfRun(made: Command, onExisting: boolean): Promise<Chosen> {
  if (!onExisting) return settingsOf(made.opts());
  const { cluster } = made.opts<{ cluster: string }>();
  const state = await loadClusterState(cluster);
  if (!state) throw await notRunning(cluster);
  return settingsOn(state, made);
}
