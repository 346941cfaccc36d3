import type { Command } from "commander";
import { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";
import type { Soak } from "../../run/suites/program.ts";
import type { Settings } from "../../settings/settings.ts";
import { countFor } from "../command/command.ts";
import { workflow } from "../command/workflow.ts";
import { assertSuites } from "../requests/suite-request.ts";

/** Hours: with less than three minutes no fault is over, and nobody can say what grows. */
const shortest = 0.05;
const longest = 24;
/** Hours for what is done before the soak and after it. */
const around = 0.25;

type Options = { readonly hours: number; readonly seed?: number };

/** `soak`: load, churn and faults on a running cluster, what grows meanwhile, and all milestones afterwards. */
export const soakCommand = (): Command =>
  workflow<Options, Soak>({
    name: "soak",
    onExisting: true,
    description:
      "put load, churn and faults on a running cluster for an hour; red if anything grows; then run all suites",
    examples: {
      "pnpm soak": "an hour on the cluster `main`, with a random seed",
      "pnpm soak --hours 0.1 --seed 42": "six minutes, with the faults in the order of this seed",
    },
    define: soakOptions,
    assert: soakAsked,
    body: async (run, _options, _names, soak) => {
      await run.plan();
      await run.request({ suites: ["soak", "all"], soak });
      const { hours, seed } = soak;
      run.recorder.note(
        `Seed ${seed}: \`pnpm soak --hours ${hours} --seed ${seed}\` repeats the order of the faults.`,
      );
      await run.suites(["soak"]);
      await run.suites(["all"]);
    },
  });

/** Adds the options of the command's own. */
export const soakOptions = (target: Command): Command =>
  target
    .option(
      "--hours <hours>",
      `how long, from ${shortest} to ${longest}`,
      countFor("--hours", { from: shortest, to: longest, form: /^\d+(?:\.\d+)?$/, kind: "number" }),
      1,
    )
    .option(
      "--seed <n>",
      "what the order of the faults is drawn from (default: a new one each time)",
      countFor("--seed"),
    );

/** The soak that is asked for. UsageError if the run would end before it, or its guide has no such milestone. */
export function soakAsked(settings: Settings, { hours, seed }: Options): Soak {
  assertSuites(["soak"], settings);
  const limit = settings.deadline ?? new Deadlines(settings.timeoutFactor).for("run");
  if (limit < (hours + around) * 3_600_000) {
    throw new UsageError(`A soak of ${hours} hours would not end before the run's deadline`, {
      hint: `--deadline ${Math.ceil(hours + around)}h gives it enough time.`,
    });
  }
  return { hours, seed: seed ?? 1 + Math.floor(Math.random() * 1_000_000) };
}
