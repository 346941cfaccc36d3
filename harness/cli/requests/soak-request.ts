import type { Command } from "commander";
import { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";
import type { Soak } from "../../run/suites/program.ts";
import type { Settings } from "../../settings/settings.ts";
import { countFor } from "../command/command.ts";
import { assertSuites } from "./requests.ts";

/** Hours: with less than three minutes no fault is over, and nobody can say what grows. */
const shortest = 0.05;
const longest = 24;
/** Hours for what is done before the soak and after it. */
const around = 0.25;

/** What `pnpm soak` is given beside the settings. */
export type SoakOptions = { readonly hours: number; readonly seed?: number };

/** Adds the options of `pnpm soak`. */
export const soakOptions = (target: Command): Command =>
  target
    .option("--hours <hours>", `how long, from ${shortest} to ${longest}`, hoursIn, 1)
    .option(
      "--seed <n>",
      "what the faults are drawn from; another one each time unless told",
      countFor("--seed"),
    );

function hoursIn(text: string): number {
  const hours = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (hours >= shortest && hours <= longest) return hours;
  throw new UsageError(`--hours takes a number from ${shortest} to ${longest}, not ${JSON.stringify(text)}`);
}

/** The soak that is asked for. UsageError if the run would end before it, or its guide has no such milestone. */
export function soakRequest(settings: Settings, { hours, seed }: SoakOptions): Soak {
  assertSuites(settings, ["soak"]);
  const limit = settings.deadline ?? new Deadlines(settings.timeoutFactor).for("run");
  if (limit < (hours + around) * 3_600_000) {
    throw new UsageError(`A soak of ${hours} hours is not over before the run's deadline`, {
      hint: `--deadline ${Math.ceil(hours + around)}h gives it the time.`,
    });
  }
  return { hours, seed: seed ?? 1 + Math.floor(Math.random() * 1_000_000) };
}
