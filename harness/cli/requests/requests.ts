import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import { completes } from "../command/completes.ts";
import type { Plan } from "../../guide/types.ts";
import { suggestFrom } from "../../input/suggest.ts";
import { providerOf } from "../../machines/index.ts";
import { inUse } from "../../machines/ledger/folder.ts";
import { loadProfile, type Profile } from "../../profile/profile.ts";
import { type Continuation, continuationOf } from "../../run/apply/applied-guide.ts";
import { noStep, selectGroups } from "../../run/apply/apply.ts";
import { loadClusterState } from "../../run/cluster/state.ts";
import { milestonesOf } from "../../run/suites/groups.ts";
import type { ChosenTests } from "../../run/suites/selection.ts";
import { planOf, type Settings } from "../../settings/settings.ts";
import { suiteNames, suiteWords } from "./suite-names.ts";
import { assertSuites, grepOption, testsByText } from "./suite-request.ts";
import { stepOption } from "../command/offered.ts";

/** What `pnpm e2e` is given beside the settings. */
export type E2eOptions = {
  readonly keep?: boolean;
  readonly suite: readonly string[];
  readonly grep?: string;
  readonly resume?: boolean | string;
  readonly checkpoint: readonly string[];
  readonly fresh?: boolean;
  readonly save: boolean;
  readonly continue?: boolean;
  readonly asWritten: readonly string[];
};

/** Adds the options of `pnpm e2e`. Those that contradict each other end it with a UsageError. */
export const e2eOptions = (target: Command): Command =>
  grepOption(target)
    .option("--keep", "leave the machines running at the end; `pnpm shell` and `pnpm down` reach them")
    .addOption(
      completes(
        new Option("--suite <name...>", `suites and groups to run: ${suiteNames()}`).default(["all"]),
        suiteWords(),
      ),
    )
    .addOption(
      stepOption(
        "--resume [step]",
        "start from the newest checkpoint whose earlier steps are unchanged, or from the one after a step",
      ),
    )
    .addOption(
      stepOption(
        "--checkpoint <step...>",
        "save the machines after these steps, too, not only after sections",
      ).default([]),
    )
    .addOption(
      new Option("--fresh", "neither use checkpoints nor save any").conflicts(["resume", "checkpoint"]),
    )
    .option(
      "--no-save",
      "save no checkpoints, and resume from none that holds what --edits or --as-written change: for a throwaway guide",
    )
    .option(
      "--continue",
      "with --as-written: correct each erratum when it is triggered, go on, and list them in that order",
    )
    .hook("preAction", (made) => assertContinues(made.opts()));

/** UsageError for words that neither `pnpm e2e` nor the command `own` before it takes, and for suites that there are not, before a night begins with them. */
export function assertE2eWords(e2e: Command, words: readonly string[], own: Command): void {
  const { operands, unknown } = e2e.parseOptions([...words]);
  const [odd] = [...unknown, ...operands];
  if (odd !== undefined) {
    const name = own.name();
    const names = [...own.options, ...e2e.options].flatMap(({ long }) =>
      long === "--keep" ? [] : (long ?? []),
    );
    const list = `\`pnpm ${name} --help\` and \`pnpm e2e --help\` list its options.`;
    throw new UsageError(`\`pnpm ${name}\` does not take ${odd}`, { hint: suggestFrom(odd, names, list) });
  }
  const { guide, suite } = e2e.opts<E2eOptions & Pick<Settings, "guide">>();
  let profile: Profile;
  try {
    profile = loadProfile(guide);
  } catch {
    // Whoever looks at the night is to see that; it is no slip of the hand.
    return;
  }
  milestonesOf(suite, profile);
}

function assertContinues(options: E2eOptions): void {
  if (options.continue !== true || options.asWritten.length > 0) return;
  throw new UsageError("--continue needs --as-written", {
    hint: "`pnpm e2e --as-written --continue` corrects each erratum when it is triggered.",
  });
}

/** Whether the guide is walked as it was once written, and not applied from a plan. UsageError for what that cannot do. */
export function isWalk({ continue: correct, asWritten, resume, checkpoint, grep }: E2eOptions): boolean {
  if (correct !== true && !asWritten.includes("all")) return false;
  if (resume === undefined && checkpoint.length === 0 && grep === undefined) return true;
  throw new UsageError("--as-written without ids starts from the beginning, runs whole and saves nothing", {
    hint: "Leave out --resume, --checkpoint and --grep, or name the errata for --as-written.",
  });
}

/**
 * Which tests `pnpm e2e` is to run, if not all of its suites. UsageError for a suite, a test or a step that there is not, options
 * that contradict each other, or machines to be kept that are there already.
 */
export async function e2eRequest(settings: Settings, options: E2eOptions): Promise<ChosenTests | undefined> {
  // What contradicts itself is no run either.
  isWalk(options);
  const { suite, resume, checkpoint, grep, keep = false } = options;
  assertSuites(suite, settings);
  if (keep) await assertFree(settings);
  const steps = [...checkpoint, ...(typeof resume === "string" ? [resume] : [])];
  if (steps.length > 0) assertSteps(await planOf(settings), steps);
  return grep === undefined ? undefined : testsByText(settings, suite, grep);
}

/** UsageError for a cluster that is there already. */
export async function assertFree({ cluster }: Settings): Promise<void> {
  const holder = await providerOf(cluster);
  if (holder) throw inUse(cluster, `its machines are the provider ${holder.name}'s`);
}

/** The part of the guide that `pnpm apply` is given: its first step, its last section. */
export type PartOptions = { readonly from?: string; readonly to?: string };

/** UsageError for a step or a section that the plan does not have. */
export const assertPart = async (settings: Settings, part: PartOptions): Promise<void> =>
  void selectGroups(await planOf(settings), part);

/** The part of the guide that is to be applied, and what is said of it; or why there is nothing to do. */
export type ApplyRequest = PartOptions & Continuation;

/** What `pnpm apply` is to do: without a first step it goes on where the guide was applied to. UsageError as of both. */
export async function applyRequest(settings: Settings, { from, to }: PartOptions): Promise<ApplyRequest> {
  const plan = await planOf(settings);
  const part = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  selectGroups(plan, part);
  const state = from === undefined ? await loadClusterState(settings.cluster) : undefined;
  return { ...part, ...(state && continuationOf(state, plan, to)) };
}

/** UsageError for a step that the plan does not have. */
function assertSteps(plan: Plan, ids: readonly string[]): void {
  const unknown = ids.find((id) => !plan.groups.some((group) => group.id === id));
  if (unknown !== undefined) throw noStep(unknown, plan);
}
