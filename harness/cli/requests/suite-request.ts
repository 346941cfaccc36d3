import { join } from "node:path";
import type { Command } from "commander";
import { Deadlines } from "../../deadlines.ts";
import { HarnessDefect, UsageError } from "../../errors.ts";
import { projectRoot } from "../../host/paths.ts";
import { interruptions } from "../../interruptions.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import { loadProfile } from "../../profile/profile.ts";
import { notRunning } from "../../run/cluster/open.ts";
import { loadClusterState } from "../../run/cluster/state.ts";
import { milestonesOf, provableOn } from "../../run/suites/groups.ts";
import { vitestProgram } from "../../run/suites/program.ts";
import {
  type ChosenTests,
  chosen,
  hasText,
  redInLastRun,
  type TestName,
  wasRed,
  withFirstOfGroups,
} from "../../run/suites/selection.ts";
import { machinesOf, type Settings } from "../../settings/settings.ts";
import { suiteNames } from "./suite-names.ts";

/** What `pnpm suite` is given beside the settings. */
export type SuiteOptions = {
  readonly guide?: string;
  readonly keepWorkload?: boolean;
  readonly rerunFailed?: boolean;
  readonly grep?: string;
};

/** The suites that `pnpm suite` is to run, and which of their tests, if not all. */
export type SuiteRequest = { readonly suites: readonly string[]; readonly chosen?: ChosenTests };

/**
 * What is asked of `pnpm suite`. UsageError for a suite that there is not, for a text that no test has in its name, or if there
 * is nothing to run again; HarnessDefect if nobody can say which tests there are.
 */
export async function suiteRequest(
  settings: Settings,
  { rerunFailed = false, grep }: SuiteOptions,
  names: readonly string[],
  reports = join(projectRoot, "reports"),
): Promise<SuiteRequest> {
  const profile = loadProfile(settings.guide);
  if (!rerunFailed && grep === undefined) {
    if (names.length > 0) return { suites: milestonesOf(names, profile) };
    throw new UsageError("No suite is named", { hint: `Suites and groups: ${suiteNames()}.` });
  }
  const red = rerunFailed ? await redIn(reports, settings) : undefined;
  const isMilestone = ({ milestone }: TestName): boolean => Object.hasOwn(profile.milestones, milestone);
  const named =
    names.length > 0 ? names : (red?.tests.filter(isMilestone).map(({ milestone }) => milestone) ?? []);
  const suites = milestonesOf(named.length > 0 ? named : ["all"], profile);
  const { milestones, all } = await provableTests(settings, suites);
  // What went wrong outside of all milestones was in each of them.
  const ofThese = red?.tests.filter((test) => milestones.includes(test.milestone) || !isMilestone(test));
  const isRed = ofThese ? wasRed(all, ofThese) : () => true;
  const has = grep === undefined ? () => true : hasText(all, grep);
  const by = [...(rerunFailed ? ["--rerun-failed"] : []), ...(grep === undefined ? [] : [byText(grep)])];
  const about = { by: by.join(" "), ...(red && { run: red.run }) };
  const isWanted = withFirstOfGroups(all, (test) => isRed(test) && has(test), profile);
  const some = chosen(all, isWanted, about);
  if (some.tests.length > 0) return { suites, chosen: some };
  throw new UsageError(`No test of ${suites.join(", ")} is chosen by ${about.by}`, {
    hint: red
      ? `Red in ${red.run}: ${red.tests.map(({ milestone, name }) => `${milestone}: ${name}`).join("; ")}`
      : "",
  });
}

/** UsageError for a suite that there is not. */
export function assertSuites(names: readonly string[], { guide }: { readonly guide: string }): void {
  milestonesOf(names, loadProfile(guide));
}

/** Adds `--grep`, which chooses tests by their names. */
export const grepOption = (target: Command): Command =>
  target.option(
    "--grep <text>",
    "run only the tests with this text in their names; without a suite's name, of all suites",
  );

/** The tests of suites that have a text in their names; errors as those of {@link suiteRequest}. */
export async function testsByText(
  settings: Settings,
  suites: readonly string[],
  text: string,
): Promise<ChosenTests> {
  const { all } = await provableTests(settings, suites);
  const isWanted = withFirstOfGroups(all, hasText(all, text), loadProfile(settings.guide));
  return chosen(all, isWanted, { by: byText(text) });
}

const byText = (text: string): string => `--grep ${JSON.stringify(text)}`;

/** The tests of suites that the run's machines can show; what they cannot is told by the run. */
async function provableTests(settings: Settings, suites: readonly string[]) {
  const machines = await machinesOf(settings);
  const { milestones } = provableOn(machines, suites, loadProfile(settings.guide));
  return { milestones, all: await testsOf(milestones, settings, machines) };
}

async function redIn(reports: string, settings: Settings) {
  const state = await loadClusterState(settings.cluster);
  if (!state) throw await notRunning(settings.cluster);
  return redInLastRun(reports, state, settings);
}

async function testsOf(
  suites: readonly string[],
  settings: Settings,
  machines: readonly MachineSpec[],
): Promise<TestName[]> {
  using context = interruptions("Nothing was started.", new Deadlines(settings.timeoutFactor));
  const facts = { guide: settings.guide, machines };
  const all = await vitestProgram.list(suites, facts, context);
  if (all.length > 0) return all;
  throw new HarnessDefect(`The tests of ${suites.join(", ")} cannot be listed`, {
    hint: "`pnpm suite NAME` without --grep and --rerun-failed says why they cannot be loaded; on a slow host, give them more time by --timeout-factor.",
  });
}
