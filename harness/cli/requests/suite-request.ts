import { join } from "node:path";
import { Deadlines } from "../../deadlines.ts";
import { HarnessDefect, UsageError } from "../../errors.ts";
import { projectRoot } from "../../host/paths.ts";
import { interruptions } from "../../interruptions.ts";
import { loadProfile } from "../../profile/profile.ts";
import { notRunning } from "../../run/cluster/open.ts";
import { loadClusterState } from "../../run/cluster/state.ts";
import { milestonesOf } from "../../run/suites/groups.ts";
import { vitestProgram } from "../../run/suites/program.ts";
import { type ChosenTests, chosen, hasText, redInLastRun, wasRed } from "../../run/suites/selection.ts";
import { machinesOf, type Settings } from "../../settings/settings.ts";
import { suiteNames } from "./requests.ts";

/** What `pnpm suite` is given beside the settings. */
export type SuiteOptions = {
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
    throw new UsageError("Nothing says which suites to run", { hint: `Suites and groups: ${suiteNames()}.` });
  }
  const red = rerunFailed ? await redIn(reports, settings) : undefined;
  const suites = milestonesOf(
    names.length > 0
      ? names
      : (red?.tests.map(({ milestone }) => milestone).filter((name) => name in profile.milestones) ?? [
          "all",
        ]),
    profile,
  );
  const all = await testsOf(suites, settings);
  const isRed = red ? wasRed(all, red) : () => true;
  const has = grep === undefined ? () => true : hasText(all, grep);
  const by = [
    ...(rerunFailed ? ["--rerun-failed"] : []),
    ...(grep === undefined ? [] : [`--grep ${JSON.stringify(grep)}`]),
  ];
  const about = { by: by.join(" "), ...(red && { run: red.run }) };
  const some = chosen(all, (test) => isRed(test) && has(test), about);
  if (some.tests.length > 0) return { suites, chosen: some };
  throw new UsageError(`No test of ${suites.join(", ")} is chosen by ${about.by}`, {
    hint: red
      ? `Red in ${red.run}: ${red.tests.map(({ milestone, name }) => `${milestone}: ${name}`).join("; ")}`
      : "",
  });
}

async function redIn(reports: string, settings: Settings) {
  const state = await loadClusterState(settings.cluster);
  if (!state) throw notRunning(settings.cluster);
  return redInLastRun(reports, state, settings);
}

async function testsOf(suites: readonly string[], settings: Settings) {
  using context = interruptions("Nothing was begun.", new Deadlines(settings.timeoutFactor));
  const facts = { guide: settings.guide, machines: await machinesOf(settings) };
  const all = await vitestProgram.list(suites, facts, context);
  if (all.length > 0) return all;
  throw new HarnessDefect(`Nobody can say which tests ${suites.join(", ")} have`, {
    hint: "`pnpm suite NAME` without --grep and --rerun-failed says why they cannot be loaded.",
  });
}
