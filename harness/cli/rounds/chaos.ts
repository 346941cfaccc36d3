import type { Command } from "commander";
import { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";
import { playDraws } from "../../rounds/chaos/attempt.ts";
import { chaos } from "../../rounds/chaos/chaos.ts";
import { command, countFor, settingsOfRound } from "../command/command.ts";
import { play, type RoundOptions, withRounds } from "../command/rounds.ts";

type Options = RoundOptions & { readonly seed?: number; readonly rounds: number; readonly round?: number };

/** `chaos`: whole runs on real machines, each hit once at a random moment; the verdict and the host are held to it. */
export const chaosCommand = (): Command =>
  withRounds(
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
    .action(async (options: Options) => {
      const rounds = numbersOf(options);
      const settings = await settingsOfRound(options);
      if (settings.provider !== "nspawn") {
        throw new UsageError(`Machines of the provider ${settings.provider} cannot be hit from outside`, {
          hint: "Leave --provider out: embedded machines can.",
        });
      }
      const { seed = 1 + Math.floor(Math.random() * 1_000_000) } = options;
      process.stderr.write(`seed ${seed}\n`);
      const deadlines = new Deadlines(settings.timeoutFactor);
      const draws = playDraws(seed, rounds, settings, deadlines);
      await play(chaos, draws, { settings, whole: options.round === undefined }, options);
    });

function numbersOf({ rounds, round, seed, shard, continue: goesOn }: Options): number[] {
  const needs = [round !== undefined && "--round", shard && "--shard", goesOn && "--continue"].find(Boolean);
  if (needs && seed === undefined) {
    throw new UsageError(`${needs} needs --seed`, {
      hint: "Name the seed that `pnpm chaos` printed: a round is drawn from it.",
    });
  }
  if (round === undefined) return Array.from({ length: rounds }, (_, index) => index);
  if (Number.isInteger(round) && round >= 0) return [round];
  throw new UsageError("--round takes a whole number from 0");
}
