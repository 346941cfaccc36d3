import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chalk from "chalk";
import type { Command } from "commander";
import { exitCodes, HarnessDefect, toHarnessError, UsageError } from "../../errors.ts";
import type { Plan } from "../../guide/types.ts";
import { interruptions } from "../../interruptions.ts";
import { projectRoot } from "../../host/paths.ts";
import { artifactSet } from "../../artifacts/index.ts";
import { count } from "../../report/text.ts";
import { assertOwnGuide, planOf, type Settings } from "../../settings/settings.ts";
import { gitCommit } from "../../run/workflow.ts";
import { suggest } from "../../suggest.ts";
import { optionsOf, recordOf } from "../../rounds/children.ts";
import { inLanes } from "../../rounds/lanes.ts";
import { Unfinished } from "../../rounds/unfinished.ts";
import {
  command,
  countFor,
  type GivenOptions,
  print,
  settingsOfRound,
  withSettings,
} from "../command/command.ts";
import {
  type Ablation,
  ablationOf,
  type AblationReport,
  keyOf,
  kinds,
  loadReasons,
  type Reason,
} from "../../rounds/ablation/ablation.ts";
import { ablationPage } from "../../rounds/ablation/page.ts";
import { describeRed, redOf } from "../../rounds/red.ts";

type Options = GivenOptions & {
  readonly section?: string;
  readonly jobs: number;
  readonly continue?: boolean;
  readonly fresh?: boolean;
  readonly writeDocs?: boolean;
  readonly json?: boolean;
};

/** What an unfinished round has come to. */
const unfinishedFile = join(projectRoot, "reports/ablate.jsonl");

/** `guide ablate`: the guide without each of its steps in turn, and who misses it. */
export function guideAblateCommand(): Command {
  const made = withSettings(
    command(
      "ablate",
      "leave out each step in turn and say what depends on it: a later step, a milestone, nothing",
    ),
  )
    .argument("[step...]", "steps to leave out, as `pnpm plan` lists them; all without")
    .option("--section <number>", "only steps of this section and those in it")
    .option("--jobs <n>", "how many at once, each on machines of its own", countFor("--jobs"), 2)
    .option("--continue", "go on with a round that was broken off: keep its results")
    .option("--fresh", "start from nothing each time, not from checkpoints")
    .option("--write-docs", "write docs/ablation.md")
    .addHelpText(
      "after",
      `
It is a survey: the exit code is 0 if every step was judged, whatever depends on it, and otherwise that of the first
that was not. Steps on which nothing depends are tried again on new machines before that is said.`,
    )
    .action(async (steps: readonly string[], options: Options) => {
      assertOptions(steps, options);
      const settings = await settingsOfRound(options);
      if (options.writeDocs) assertOwnGuide(settings, "--write-docs");
      const plan = await planOf(settings);
      const chosen = choose(plan, steps, options.section);
      using interruption = interruptions("--continue goes on with what is left.");
      const ablations = await round(chosen, plan, settings, options, interruption.signal);
      const reasons = await loadReasons();
      const report = await reportOf(ablations, settings);
      await writeFile(join(projectRoot, "reports/ablate.json"), `${JSON.stringify(report, null, 2)}\n`);
      if (options.writeDocs) {
        await writeFile(join(projectRoot, "docs/ablation.md"), ablationPage(plan, report, reasons));
      }
      print(options.json, report, () => screen(ablations, reasons));
      const unclear = ablations.find(({ missed }) => missed === "not judged");
      process.exitCode = unclear ? exitCodes[unclear.verdict] : 0;
    });
  made.setOptionValueWithSource("cluster", `ablate-${process.pid}`, "default");
  return made;
}

function assertOptions(steps: readonly string[], { section, writeDocs }: Options): void {
  if (writeDocs && (steps.length > 0 || section !== undefined)) {
    throw new UsageError("docs/ablation.md is about all steps", { hint: "Leave out steps and --section." });
  }
}

/** The blocks to leave out, in the guide's order. UsageError for a step or a section that is not in the plan. */
function choose(plan: Plan, steps: readonly string[], section: string | undefined): string[] {
  const ids = plan.groups.map(({ id }) => id);
  const unknown = steps.find((step) => !ids.includes(step));
  if (unknown !== undefined) {
    throw new UsageError(`There is no step ${unknown} in the plan`, { hint: suggest(unknown, ids) });
  }
  const chosen = plan.groups.filter(
    ({ id, steps: [first] }) =>
      (steps.length === 0 || steps.includes(id)) &&
      (section === undefined || first?.section === section || first?.section.startsWith(`${section}.`)),
  );
  if (chosen.length > 0) return chosen.map(({ id }) => id);
  throw new UsageError(`No step is in section ${section}`, { hint: "`pnpm plan` lists the steps." });
}

/** Leaves out each of the steps in turn. Resolves with what came of it, in the steps' order. */
async function round(
  steps: readonly string[],
  plan: Plan,
  settings: Settings,
  { jobs, fresh = false, continue: keepResults = false }: Options,
  signal: AbortSignal,
): Promise<Ablation[]> {
  const unfinished = await Unfinished.open<Ablation>(unfinishedFile, {
    keepResults,
    judged: ({ missed }) => missed !== "not judged",
  });
  const left = steps.filter((step) => !unfinished.known(keyOf(step, plan, settings)));
  if (left.length > 0) await demandGreen(settings, signal);
  const folder = await mkdtemp(join(tmpdir(), "guide-ablate-"));
  try {
    return await inLanes(steps, { lanes: jobs, signal }, async (step, place) => {
      const key = keyOf(step, plan, settings);
      const cluster = `${settings.cluster}-${place.lane}`;
      const known = unfinished.known(key);
      const ablation =
        known ?? (await leaveOut(step, { ...settings, cluster }, { folder, fresh, signal: place.signal }));
      if (!known) await unfinished.keep(key, ablation);
      process.stderr.write(`${line(ablation)}\n`);
      return ablation;
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The whole guide has to hold; and its states are saved, so that each run can start just before the step it leaves out. */
async function demandGreen(settings: Settings, signal: AbortSignal): Promise<void> {
  process.stderr.write("The whole guide first\n");
  const record = await recordOf("e2e", optionsOf(settings), { signal });
  if (record.verdict === "passed") return;
  const red = redOf(record).map(describeRed);
  throw new HarnessDefect(`The whole guide: ${record.verdict}, so nothing can be said of its steps`, {
    outputTail: record.failure?.message ?? red.join("\n"),
    hint: "Mend this first; `pnpm e2e` shows it alone.",
  });
}

/** Runs the guide without a step; once more on new machines if nobody misses it. Rejects if interrupted. */
async function leaveOut(
  step: string,
  settings: Settings,
  {
    folder,
    fresh,
    signal,
  }: { readonly folder: string; readonly fresh: boolean; readonly signal: AbortSignal },
): Promise<Ablation> {
  const file = join(folder, `${step.replaceAll("/", "-")}.yaml`);
  const changes = [{ reason: "Who misses it?", step, drop: true }];
  await writeFile(file, JSON.stringify({ id: "ablation", changes }));
  const options = optionsOf({ ...settings, edits: [...settings.edits, file] });
  const tried = async (anew: boolean): Promise<Ablation> => {
    const start = anew ? ["--fresh"] : ["--resume", "--no-save"];
    const run = recordOf("e2e", [...options, ...start], { signal });
    return run.then(
      (record) => ablationOf(step, record, anew),
      (thrown: unknown) => {
        signal.throwIfAborted();
        const { message, verdict } = toHarnessError(thrown);
        return { step, verdict, missed: "not judged", red: [], message, fresh: anew, seconds: 0 };
      },
    );
  };
  const first = await tried(fresh);
  return first.missed === "by nobody" && !fresh ? tried(true) : first;
}

/** What reports/ablate.json has. */
async function reportOf(ablations: readonly Ablation[], settings: Settings): Promise<AblationReport> {
  const { versions } = artifactSet(settings.artifacts);
  const { provider, artifacts } = settings;
  const commit = await gitCommit();
  return {
    date: new Date().toISOString().slice(0, 10),
    provider,
    artifacts,
    versions,
    ...(commit !== undefined && { commit }),
    ablations,
  };
}

const colours = {
  "by a step": chalk.green,
  "by milestones": chalk.green,
  "by nobody": chalk.yellow,
  "not judged": chalk.red,
};

function line({ step, missed, verdict, red, message, seconds }: Ablation): string {
  const [first, ...more] = red;
  const why = first
    ? `${describeRed(first)}${more.length > 0 ? ` (and ${more.map(({ what }) => what).join(", ")})` : ""}`
    : message === undefined
      ? ""
      : `${verdict}: ${message}`;
  const text = why.replaceAll(/\s+/g, " ").slice(0, 140);
  return `${colours[missed](missed.padEnd(13))} ${step.padEnd(44)} ${seconds.toFixed(0).padStart(4)} s  ${text}`;
}

/** All steps, those that nobody misses last, with why they are there. */
function screen(ablations: readonly Ablation[], reasons: readonly Reason[]): string {
  const [nobody, missed] = [true, false].map((is) =>
    ablations.filter((one) => (one.missed === "by nobody") === is),
  );
  const lines = (nobody ?? []).map((ablation) => {
    const reason = reasons.find(({ step }) => step === ablation.step);
    return `${line(ablation)}${reason ? `${kinds[reason.kind]}: ${reason.why.trim()}` : "is it redundant, or is there a hole in the suites?"}`;
  });
  return [
    ...(missed ?? []).map(line),
    "",
    `Nobody misses ${count(lines.length, "step")} of ${ablations.length}:`,
    ...lines,
  ].join("\n");
}
