import type { Command } from "commander";
import { artifactSet } from "../../artifacts/index.ts";
import { UsageError } from "../../errors.ts";
import { shortPath } from "../../host/paths.ts";
import { interruptions } from "../../interruptions.ts";
import { exitCodeOf, type Kind, type RoundCases } from "../../rounds/kind.ts";
import type { Round, Shard } from "../../rounds/records.ts";
import { casesOf, playRound, type Told } from "../../rounds/round.ts";
import { tellGithub } from "../../rounds/page/github.ts";
import { sinceLines } from "../../rounds/page/since.ts";
import { silent } from "../../progress.ts";
import type { Settings } from "../../settings/settings.ts";
import { noted } from "./note.ts";
import { assertAlone, countFor, type GivenOptions, print, withOwnCluster, withSettings } from "./command.ts";

/** What every kind of round is asked for. */
export type RoundOptions = GivenOptions & {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly jobs: number;
  readonly shard?: Shard;
  readonly continue?: boolean;
  readonly quiet?: boolean;
};

/** Adds the settings and what all kinds of rounds take; `--list` where there is a catalogue, which says what it shows. */
export function withRounds(
  target: Command,
  { list, jobs = 2 }: { readonly list?: string; readonly jobs?: number } = {},
): Command {
  if (list !== undefined) target.option("--list", list);
  withSettings(target)
    .option("--jobs <n>", "how many to run at once, each on machines of its own", countFor("--jobs"), jobs)
    .option(
      "--shard <i/n>",
      "only the i-th of n parts, each for a host of its own; `pnpm report merge` joins the results",
      readShard,
    )
    .option("--continue", "go on with a round that was broken off: keep its results")
    .option("-q, --quiet", "print only the end, and no progress");
  return withOwnCluster(target);
}

function readShard(text: string): Shard {
  const [index = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (index >= 1 && index <= of) return { index, of };
  throw new UsageError(`--shard takes I/N, such as 1/3, not ${JSON.stringify(text)}`);
}

/** With `--list`, shows the cases, of a shard if one is asked for, and resolves with true. UsageError for what has no use then. */
export async function listed<C>(
  target: Command,
  cases: readonly C[],
  text: (cases: readonly C[]) => string,
): Promise<boolean> {
  const { list, json, shard } = target.opts<RoundOptions>();
  if (!list) return false;
  assertAlone(target, "--list", "It only lists the catalogue.", ["--shard"]);
  const chosen = casesOf(cases, shard);
  print(json, chosen, () => text(chosen));
  return true;
}

/** Runs a round with these options and prints its result. `whole` if its cases are the whole catalogue. */
export async function runAndReport<C extends { readonly id: string }, R>(
  kind: Kind<R>,
  trying: RoundCases<C, R>,
  { settings, whole }: { readonly settings: Settings; readonly whole: boolean },
  { json, jobs, shard, continue: keepResults = false, quiet = false }: RoundOptions,
): Promise<Round<R>> {
  const { versions } = artifactSet(settings.artifacts);
  using interruption = interruptions("The machines are removed; --continue goes on with what is left.");
  const { signal } = interruption;
  const options = {
    settings,
    versions,
    whole,
    jobs,
    shard,
    keepResults,
    signal,
    progress: quiet ? silent : noted,
  };
  const told = await playRound(kind, trying, options);
  await tell(kind, told, json);
  return told.round;
}

/** Prints a round, and sets the exit code. */
export async function tell<R>(
  kind: Kind<R>,
  { round, page, since }: Told<R>,
  json: boolean | undefined,
): Promise<void> {
  await tellGithub(kind, round, since);
  const summary = await kind.summary(round);
  print(json, kind.document(round), () => [summary, ...sinceLines(since), shortPath(page)]);
  process.exitCode = exitCodeOf(kind, round);
}
