import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { type CheckFinding, checkGuide } from "../../guide/check/index.ts";
import { loadProfile } from "../../profile/profile.ts";
import { findingLines } from "../../report/check/check.ts";
import { count } from "../../report/text.ts";
import { milestoneTitle } from "../../report/labels.ts";
import { savePoints } from "../../run/checkpoints/chain.ts";
import { sameBeginning, suiteOrder } from "../../run/evidence/guide-change.ts";
import type { Run } from "../../run/run.ts";
import { portsOf, type Settings } from "../../settings/settings.ts";
import { print } from "../command/command.ts";
import { withCauses } from "./causes.ts";
import { workflow } from "../command/workflow.ts";
import { compare, type Compared, differs } from "./change.ts";

type TryOptions = {
  readonly check: boolean;
  readonly fresh?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
};

/** `guide try`: whether a change of the guide holds, from the first step that it changes. */
export const guideTryCommand = (): Command =>
  workflow<TryOptions, Compared>({
    name: "try",
    description:
      "try a change on machines: check the text, resume before the first changed step, apply the rest, run the suites that guard what changed, then the others",
    define: (made) =>
      withTryOptions(made).option(
        "--keep",
        "leave the machines running at the end; `pnpm shell` and `pnpm down` reach them",
      ),
    cluster: () => `try-${process.pid}`,
    assert: async (settings, { check }, [base = "HEAD"]) => {
      if (check) await assertClean(settings);
      return compare(settings, base);
    },
    isIdle: (compared, { json }) => {
      if (differs(compared)) return false;
      const { base, blocks } = compared;
      print(json, { base, blocks }, () => [
        `No step differs from ${base}, nor do the profile and artifacts.yaml: there is nothing to try on machines.`,
        "To try a committed change, compare with its parent: pnpm guide try HEAD~1",
      ]);
      return true;
    },
    body: tried,
    keep: ({ keep }) => (keep ? "always" : "never"),
  });

/** What a try asks for beside the settings, whoever starts it. */
export const withTryOptions = (target: Command): Command =>
  target
    .argument("[base]", "what the guide was changed from: a revision, or another guide's file", "HEAD")
    .option("--no-check", "try it even if `guide check` finds errors")
    .option("--fresh", "start from nothing; neither use checkpoints nor save any");

const isError = ({ level }: CheckFinding): boolean => level === "error";

/** UsageError with what `guide check` calls errors, if there are any. */
async function assertClean(settings: Settings): Promise<void> {
  const { guide, errata, edits } = settings;
  const input = { guideFile: guide, ports: portsOf(settings), errata };
  const checked = await checkGuide({ ...input, extraEdits: edits });
  const number = checked.findings.filter(isError).length;
  if (number === 0) return;
  const { findings } = await withCauses(checked, { ...input, extraEdits: edits });
  const told = findingLines({ findings: findings.filter(isError), kept: [], unfollowed: [] });
  const what = `\`pnpm guide check\` finds ${count(number, "error")}, so nothing is tried:`;
  throw new UsageError([what, ...told].join("\n").trimEnd(), {
    hint: "Correct what it finds; --no-check tries it anyway.",
  });
}

async function tried(
  run: Run,
  { fresh = false, keep = false }: TryOptions,
  _args: readonly string[],
  { base, before, blocks, sections, guards, profile: otherProfile, artifacts: otherList }: Compared,
): Promise<void> {
  const { recorder, settings } = run;
  const profile = loadProfile(settings.guide);
  const plan = await run.plan();
  await run.request({ plan, suites: ["all"] });
  await run.assertPossible(plan);
  const beside = {
    ...(otherProfile && { profile: otherProfile }),
    ...(otherList && { artifacts: otherList }),
  };
  const change = { base, blocks, sections, guards, ...beside };
  recorder.facts = { ...recorder.facts, change };
  const named = blocks.map(({ id, kind }) => `${id} (${kind})`);
  const files = [otherProfile && "the profile", otherList && "artifacts.yaml"].filter(Boolean);
  recorder.note(`Not as in ${base}: ${[...named, ...files].join(", ")}.`);
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
    before: (staying) =>
      run.apply(plan, { beside: staying, ...(!fresh && { save: savePoints(asFarAs, settings, { keep }) }) }),
  });
}
