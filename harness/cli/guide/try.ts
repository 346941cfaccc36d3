import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { checkGuide } from "../../guide/check/index.ts";
import { loadProfile } from "../../profile/profile.ts";
import { earlierRun } from "../../run/evidence/green/earlier.ts";
import { greenLike } from "../../run/evidence/green/green.ts";
import { reporters } from "../../report/index.ts";
import { count, place } from "../../report/text.ts";
import { milestoneTitle } from "../../report/labels.ts";
import { savePoints } from "../../run/checkpoints/chain.ts";
import { sameBeginning, suiteOrder } from "../../run/evidence/guide-change.ts";
import { portsOf, type Settings } from "../../settings/settings.ts";
import { exitCodeOf, withRun } from "../../run/workflow.ts";
import {
  choiceLine,
  command,
  type GivenOptions,
  print,
  settingsOf,
  withOwnCluster,
  withSettings,
} from "../command/command.ts";
import { type Loud, loudnessOf, withLoudness } from "../command/loudness.ts";
import { compare, type Compared } from "./change.ts";

type TryOptions = GivenOptions &
  Loud & {
    readonly check: boolean;
    readonly fresh?: boolean;
    readonly keep?: boolean;
    readonly json?: boolean;
  };

/** `guide try`: whether a change of the guide holds, from the first step that it changes. */
export const guideTryCommand = (): Command =>
  withTryOptions(
    command(
      "try",
      "try a change on machines: check the text, resume before the first changed step, apply the rest, run the suites that guard what changed, then the others",
    ),
  )
    .option("--keep", "leave the machines running at the end; `pnpm shell` and `pnpm down` reach them")
    .action(async (base: string, options: TryOptions) => {
      const { settings, why } = await settingsOf(options);
      if (options.check) await assertClean(settings);
      const compared = await compare(settings, base);
      if (compared.blocks.length === 0) {
        print(options.json, { base: compared.base, blocks: [] }, () =>
          [`No step differs from ${compared.base}: there is nothing to try on machines.`, hint].join("\n"),
        );
        return;
      }
      process.exitCode = await tried(settings, compared, options, why);
    });

/** What a try asks for, whoever starts it. */
export function withTryOptions(target: Command): Command {
  const made = withLoudness(withSettings(target))
    .argument("[base]", "what the guide was changed from: a revision, or another guide's file", "HEAD")
    .option("--no-check", "try it even if `guide check` finds errors")
    .option("--fresh", "start from nothing; neither use checkpoints nor save any");
  return withOwnCluster(made);
}

const hint = "To try a committed change, compare with its parent: pnpm guide try HEAD~1";

/** UsageError with what `guide check` calls errors, if there are any. */
async function assertClean(settings: Settings): Promise<void> {
  const { guide, errata, edits } = settings;
  const input = { guideFile: guide, ports: portsOf(settings), errata };
  const { findings } = await checkGuide({ ...input, extraEdits: edits });
  const errors = findings.filter(({ level }) => level === "error");
  const [first] = errors;
  if (!first) return;
  const told = errors.map(
    ({ location, message, hint: remedy, rule }) => `${place(location)}: ${message} (${rule})\n    ${remedy}`,
  );
  throw new UsageError([`${count(errors.length, "error")} in the guide`, ...told].join("\n"), {
    location: first.location,
    hint: "Correct what `pnpm guide check` finds; --no-check tries it anyway.",
  });
}

async function tried(
  settings: Settings,
  { base, before, blocks, sections, guards }: Compared,
  { json = false, fresh = false, keep = false, ...loud }: TryOptions,
  why: string | undefined,
): Promise<number> {
  const loudness = loudnessOf(loud);
  const record = await withRun({
    command: "try",
    settings,
    reporters: reporters({ json, loudness, earlier: earlierRun(settings) }, greenLike),
    body: async (run) => {
      const { recorder } = run;
      const profile = loadProfile(settings.guide);
      if (why !== undefined) recorder.note(choiceLine(settings, why));
      const plan = await run.plan();
      await run.request({ plan, suites: ["all"] });
      await run.assertPossible(plan);
      recorder.facts = { ...recorder.facts, change: { base, blocks, sections, guards } };
      const named = blocks.map(({ id, kind }) => `${id} (${kind})`).join(", ");
      recorder.note(`Not as in ${base}: ${named}.`);
      recorder.note(
        guards.length === 0
          ? "No suite guards the changed sections."
          : `Guarded by ${guards.map((guard) => milestoneTitle(recorder.facts, guard)).join(", ")}.`,
      );
      // What is tried is done anew, whoever did it before, and is not worth the room of a checkpoint.
      const asFarAs = sameBeginning(before, plan);
      await run.up(await run.prepare(), { resume: !fresh, asFarAs });
      await run.suites(["all"], {
        first: suiteOrder(guards, profile),
        // Pods go with their machines.
        keep: !keep,
        before: (beside) =>
          run.apply(plan, { beside, ...(!fresh && { save: savePoints(asFarAs, settings, { keep }) }) }),
      });
    },
    keep: keep ? "always" : "never",
  });
  return exitCodeOf(record);
}
