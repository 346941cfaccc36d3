import type { Command } from "commander";
import chalk from "chalk";
import { setFor } from "../../artifacts/index.ts";
import type { Plan } from "../../guide/types.ts";
import { interruptions } from "../../interruptions.ts";
import { silent } from "../../progress.ts";
import { count, place } from "../../report/text.ts";
import { loadProfile } from "../../profile/profile.ts";
import type { ChangedBlock } from "../../record/blame.ts";
import type { CheckpointMetadata } from "../../run/checkpoints/metadata.ts";
import { usableOn, chainOf } from "../../run/checkpoints/chain.ts";
import { sameBeginning, suiteOrder } from "../../run/evidence/guide-change.ts";
import { prepareArtifacts } from "../../run/prepare.ts";
import type { Settings } from "../../settings/settings.ts";
import { command, print, settingsOf, withSettings } from "../command/command.ts";
import { compare, differs } from "./change.ts";

const untouched = "It waits for no machine.";

/** `guide diff`: what a change of the guide touches, without touching a machine. */
export function guideDiffCommand(): Command {
  return withSettings(
    command(
      "diff",
      "list the steps that a change affects, where a run would resume, and which suites guard it",
    ),
    { timeoutFactor: untouched, deadline: untouched },
  )
    .argument("[base]", "what to compare with: a revision, or another guide's file", "HEAD")
    .action(async (base: string, options) => {
      const { settings } = await settingsOf(options);
      const { before, plan, ...change } = await compare(settings, base);
      const profile = loadProfile(settings.guide);
      const order = suiteOrder(change.guards, profile);
      const guards = change.guards.map((guard) => profile.milestones[guard]?.title ?? guard);
      const resume = differs(change) ? await resumePoint(sameBeginning(before, plan), settings) : undefined;
      const { base: was, blocks, sections, profile: isOther, artifacts } = change;
      print(options.json, { ...change, order, resume: resume ? resumeOf(resume) : null }, () =>
        !differs(change)
          ? `No step differs from ${was}, nor do the profile and artifacts.yaml.`
          : [
              isOther && `The profile is not as in ${was}; all suites go by it.`,
              artifacts && `artifacts.yaml is not as in ${was}; steps download by it.`,
              blocks.length > 0 && `${count(blocks.length, "block")} not as in ${was}:`,
              ...blocks.flatMap(described),
              blocks.length > 0 && `sections    ${sections.map((number) => titled(plan, number)).join("; ")}`,
              `resumes     ${resumed(plan, resume)}`,
              blocks.length > 0 && `guarded by  ${guards.join(", ") || "no suite guards these sections"}`,
              `suites      ${order.join(", ")}`,
            ],
      );
    });
}

/** The checkpoint on the way of what is the same, from which `guide try` would start; undefined if there is none, or nothing was ever built. */
async function resumePoint(plan: Plan, settings: Settings): Promise<CheckpointMetadata | undefined> {
  const set = await setFor(settings);
  if (!(await set.complete()).complete) return undefined;
  using context = interruptions("Nothing was started.");
  const chain = await chainOf(
    plan,
    settings,
    await prepareArtifacts(settings, plan, silent, context),
    context,
  );
  return chain && (await usableOn(chain, context))[0];
}

/** A shell's environment is nobody's business. */
const resumeOf = ({ key, after, section, steps, run, savedAt }: CheckpointMetadata) => ({
  key,
  after,
  section,
  steps,
  run,
  savedAt,
});

const colours = { added: chalk.green, removed: chalk.red, changed: chalk.yellow, moved: chalk.cyan };

function described({ id, kind, location, lines }: ChangedBlock): string[] {
  const where = kind === "removed" ? "" : `  ${chalk.dim(place(location))}`;
  return [`  ${colours[kind](kind.padEnd(8))} ${id}${where}`, ...lines.map((line) => `    ${line}`)];
}

const titled = ({ guide }: Plan, number: string): string =>
  `${number} ${guide.sections.find((section) => section.number === number)?.title ?? ""}`.trim();

function resumed({ groups }: Plan, note: CheckpointMetadata | undefined): string {
  const all = groups.reduce((sum, { steps }) => sum + steps.length, 0);
  if (!note) return `from the beginning: all ${count(all, "step")} are run`;
  const { after, steps, savedAt } = note;
  return `after ${after}, saved ${savedAt.slice(0, 16).replace("T", " ")}: ${all - steps} of ${count(all, "step")} are run`;
}
