import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import { projectRoot } from "../../host/paths.ts";
import { ablation, loadReasons, leaveOut } from "../../rounds/ablation/ablation.ts";
import { ablationPage } from "../../rounds/ablation/page.ts";
import { written } from "../../rounds/commit.ts";
import { assertOwnGuide, planOf } from "../../settings/settings.ts";
import { noSection, noStep } from "../../run/apply/apply.ts";
import { command, settingsAsGiven, settingsOfRound } from "../command/command.ts";
import { runAndReport, type RoundOptions, withRounds } from "../command/rounds.ts";
import { argument } from "../command/offered.ts";

type Options = RoundOptions & {
  readonly section?: string;
  readonly fresh?: boolean;
  readonly writeDocs?: boolean;
};

/** `guide ablate`: the guide without each of its steps in turn, and what depends on it. */
export const guideAblateCommand = (): Command =>
  withRounds(
    command(
      "ablate",
      "leave out each step in turn and say what depends on it: a later step, a milestone, nothing",
    ),
  )
    .addArgument(argument("[step...]", "steps to leave out, as `pnpm plan` lists them; all without", "steps"))
    .option("--section <number>", "only steps of this section and those in it")
    .option("--fresh", "start from nothing each time, not from checkpoints")
    .option("--write-docs", `write ${written.ablation}`)
    .addHelpText(
      "after",
      `
It is a survey: the exit code is 0 if every step was judged, whatever depends on it, and otherwise that of the gravest
reason. Steps on which nothing depends are tried again on new machines before that is said.`,
    )
    .action(async (steps: readonly string[], options: Options) => {
      const { section, fresh = false, writeDocs, shard } = options;
      const whole = steps.length === 0 && section === undefined;
      if (writeDocs && (!whole || shard)) {
        throw new UsageError(`${written.ablation} is about all steps`, {
          hint: "Leave out steps, --section and --shard.",
        });
      }
      // A step that is not there is told before anybody looks for artifacts.
      const given = await settingsAsGiven(options);
      if (!whole) choose(await planOf(given), steps, section);
      if (writeDocs) assertOwnGuide(given, "--write-docs");
      const settings = await settingsOfRound(options);
      const plan = await planOf(settings);
      const trying = leaveOut(choose(plan, steps, section), settings, fresh);
      const round = await runAndReport(ablation, trying, { settings, whole }, options);
      if (!writeDocs) return;
      const page = ablationPage(plan, round, await loadReasons());
      await writeFile(join(projectRoot, written.ablation), page);
    });

/** The blocks to leave out, in the guide's order. UsageError for a step or a section that is not in the plan. */
function choose(plan: Plan, steps: readonly string[], section: string | undefined): StepGroup[] {
  const ids = new Set(plan.groups.map(({ id }) => id));
  const unknown = steps.find((step) => !ids.has(step));
  if (unknown !== undefined) throw noStep(unknown, plan);
  const chosen = plan.groups.filter(
    ({ id, steps: [first] }) =>
      (steps.length === 0 || steps.includes(id)) &&
      (section === undefined || first?.section === section || first?.section.startsWith(`${section}.`)),
  );
  if (chosen.length > 0) return chosen;
  throw noSection(section ?? "", plan);
}
