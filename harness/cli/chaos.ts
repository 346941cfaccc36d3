import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { exitCodes, UsageError } from "../errors.ts";
import { interruptions } from "../interruptions.ts";
import { projectRoot } from "../host/paths.ts";
import { casesXml } from "../report/junit/cases.ts";
import type { Settings } from "../settings/settings.ts";
import { calibrate } from "../rounds/chaos/calibrate.ts";
import { drawOf } from "../rounds/chaos/draw.ts";
import type { Judged } from "../rounds/chaos/judge.ts";
import { playRound } from "../rounds/chaos/round.ts";
import { isTelling, lineOf, summaryOf, totalsOf } from "../rounds/chaos/summary.ts";
import {
  command,
  countFor,
  type GivenOptions,
  print,
  settingsOfRound,
  withSettings,
} from "./command/command.ts";
import { inLanes } from "../rounds/lanes.ts";

type Options = GivenOptions & {
  readonly json?: boolean;
  readonly seed?: number;
  readonly rounds: number;
  readonly round?: number;
  readonly jobs: number;
};

/** `chaos`: whole runs on real machines, each hit once at a random moment; the verdict and the host are held to it. */
export function chaosCommand(): Command {
  const made = withSettings(
    command(
      "chaos",
      "hit whole runs at random moments: SIGKILL, SIGTERM, a machine killed, its link cut, its sshd stopped, a full disk; then clean up and count what is left",
    ),
  )
    .option(
      "--seed <n>",
      "what the rounds are drawn from; another one each time unless told",
      countFor("--seed"),
    )
    .option("--rounds <n>", "how many", countFor("--rounds"), 12)
    .option("--round <n>", "with --seed: this round of it alone, from 0", Number)
    .option("--jobs <n>", "how many at once, each on machines of its own", countFor("--jobs"), 2);
  made.setOptionValueWithSource("cluster", `chaos-${process.pid}`, "default");
  return made.action(async (options: Options) => {
    const { json, seed = 1 + Math.floor(Math.random() * 1_000_000), jobs } = options;
    const rounds = numbersOf(options);
    const settings = await settingsOfRound(options);
    if (settings.provider !== "nspawn") {
      throw new UsageError(`Machines of the provider ${settings.provider} cannot be hit from outside`, {
        hint: "Leave --provider out: embedded machines can.",
      });
    }
    const judged = await play(settings, seed, rounds, jobs);
    const totals = totalsOf(judged);
    await writeFile(join(projectRoot, "reports/chaos.xml"), xmlOf(seed, judged));
    print(json, { seed, ...totals, played: judged }, () => summaryOf(seed, judged));
    process.exitCode = totals.defects === 0 && isTelling(totals) ? 0 : exitCodes.harness;
  });
}

function numbersOf({ rounds, round, seed }: Options): number[] {
  if (round === undefined) return Array.from({ length: rounds }, (_, index) => index);
  if (seed === undefined) {
    throw new UsageError("--round needs --seed", {
      hint: "Name the seed that `pnpm chaos` printed: a round is drawn from it.",
    });
  }
  if (Number.isInteger(round) && round >= 0) return [round];
  throw new UsageError("--round takes a whole number from 0");
}

async function play(
  settings: Settings,
  seed: number,
  rounds: readonly number[],
  jobs: number,
): Promise<Judged[]> {
  using context = interruptions("The runs under way end, and their machines are removed.");
  process.stderr.write(`seed ${seed}\n`);
  const usual = await calibrate(settings, context.signal);
  return inLanes(rounds, { lanes: jobs, signal: context.signal }, async (round, { lane, signal }) => {
    const own = { ...settings, cluster: `${settings.cluster}-${lane}` };
    const judged = await playRound(drawOf(seed, round), {
      settings: own,
      usual,
      context: { signal, deadlines: context.deadlines },
    });
    process.stderr.write(`${lineOf(judged)}\n`);
    return judged;
  });
}

const xmlOf = (seed: number, rounds: readonly Judged[]): string =>
  casesXml(
    "chaos",
    `runs under faults, seed ${seed}`,
    rounds.map(({ round, kind, hit, during = "", verdict = "none", message = "", seconds, defects }) => ({
      className: `chaos.${kind.replaceAll(" ", "-")}`,
      name: `round ${round}`,
      seconds,
      outcome: defects.length > 0 ? "failed" : hit ? "passed" : "skipped",
      detail: defects.join("; "),
      properties: { during, verdict, message },
    })),
  );
