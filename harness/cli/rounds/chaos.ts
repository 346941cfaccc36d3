import type { Command } from "commander";
import { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";
import { provider } from "../../machines/index.ts";
import { playDraws } from "../../rounds/chaos/attempt.ts";
import { chaos } from "../../rounds/chaos/chaos.ts";
import { command, countFor, settingsAsGiven, settingsOfRound } from "../command/command.ts";
import { noted } from "../command/note.ts";
import { runAndReport, type RoundOptions, withRounds } from "../command/rounds.ts";

type Options = RoundOptions & { readonly seed?: number; readonly rounds: number };

/** `chaos`: whole runs on real machines, each hit once at a random moment; the verdict and the host are held to it. */
export const chaosCommand = (): Command =>
  withRounds(
    command(
      "chaos",
      "inject faults into whole runs at random moments: SIGKILL, SIGTERM, a machine killed, its link cut, its sshd stopped, a full disk; then clean up and count what is left",
    ),
  )
    .option(
      "--seed <n>",
      "what decides the fault of each round (default: a random number)",
      countFor("--seed"),
    )
    .option("--rounds <n>", "how many runs", countFor("--rounds"), 12)
    .argument("[round...]", "with --seed: only these of its rounds, counted from 0")
    .action(async (named: readonly string[], options: Options, self: Command) => {
      if (named.length > 0 && self.getOptionValueSource("rounds") === "cli") {
        throw new UsageError("--rounds says how many rounds there are, not which", {
          hint: "Leave it out, or the numbers of rounds.",
        });
      }
      const rounds = numbersOf(named, options);
      const given = await settingsAsGiven(options);
      const { faults } = provider(given);
      if (!faults) {
        throw new UsageError(`Faults cannot be injected into machines of the provider ${given.provider}`, {
          hint: "Leave --provider out: embedded machines allow it.",
        });
      }
      const settings = await settingsOfRound(options);
      const { seed = 1 + Math.floor(Math.random() * 1_000_000) } = options;
      noted.note(`seed ${seed}`);
      const deadlines = new Deadlines(settings.timeoutFactor);
      const draws = playDraws(seed, rounds, settings, faults, deadlines);
      await runAndReport(chaos, draws, { settings, whole: named.length === 0 }, options);
    });

/** The numbers of the rounds that are asked for. UsageError for one that is none, or that no seed draws. */
function numbersOf(named: readonly string[], { rounds, seed, shard, continue: goesOn }: Options): number[] {
  const needs = [
    named.length > 0 && "A round by its number",
    shard && "--shard",
    goesOn && "--continue",
  ].find(Boolean);
  if (needs && seed === undefined) {
    throw new UsageError(`${needs} needs --seed`, {
      hint: "Name the seed that `pnpm chaos` printed: it decides the rounds.",
    });
  }
  if (named.length === 0) return Array.from({ length: rounds }, (_, index) => index);
  const wrong = named.find((number) => !/^\d+$/.test(number));
  if (wrong === undefined) return named.map(Number);
  throw new UsageError(`A round is a whole number from 0, not ${JSON.stringify(wrong)}`);
}
