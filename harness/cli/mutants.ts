import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { chalk } from "zx";
import {
  assertAlone,
  command,
  countFor,
  type GivenOptions,
  print,
  settingsOfRound,
  withSettings,
} from "./command/command.ts";
import { projectRoot } from "../host/paths.ts";
import { interruptions } from "../interruptions.ts";
import type { TrialScore } from "../record/trial-score.ts";
import { keepTrial } from "../run/evidence/trial-score.ts";
import { gitCommit } from "../run/workflow.ts";
import { isOwnGuide } from "../settings/settings.ts";
import { loadMutants, type Mutant, sectionOf } from "../rounds/mutants/catalogue.ts";
import { expectedOf, type Judgement } from "../rounds/mutants/judge.ts";
import { junitOf } from "../rounds/mutants/junit.ts";
import { tryAll } from "../rounds/mutants/round.ts";

type Options = GivenOptions & {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly jobs: number;
  readonly continue?: boolean;
};

/** The suites on trial: every mutant must turn its milestone red, and nothing that does not depend on it. */
export function mutantsCommand(): Command {
  const mutants = withSettings(
    command(
      "mutants",
      "break the guide or the cluster on purpose; each time the right milestone must turn red",
    ),
  )
    .argument("[mutant...]", "ids of fixtures/mutants; all without")
    .option("--list", "list the catalogue: section, id, kind, what must notice, why")
    .option("--jobs <n>", "how many at once, each on machines of its own", countFor("--jobs"), 2)
    .option("--continue", "go on with a round that was broken off: keep its results")
    .action(async (ids: readonly string[], options: Options, self: Command) => {
      if (options.list) assertAlone(self, "--list", "It shows the catalogue, whatever else is asked for.");
      const chosen = await loadMutants(ids);
      if (options.list) print(options.json, chosen, () => chosen.map(entry).join("\n"));
      else await round(chosen, ids.length === 0, options);
    });
  mutants.setOptionValueWithSource("cluster", `mutants-${process.pid}`, "default");
  return mutants;
}

async function round(chosen: readonly Mutant[], whole: boolean, options: Options): Promise<void> {
  const { json, jobs, continue: keepResults = false } = options;
  const settings = await settingsOfRound(options);
  const { provider, artifacts } = settings;
  using interruption = interruptions("The machines are removed; --continue goes on with what is left.");
  const commit = await gitCommit();
  const startedAt = new Date();
  const begun = performance.now();
  let done = 0;
  const judgements = await tryAll(chosen, {
    jobs,
    keepResults,
    signal: interruption.signal,
    settings,
    said: (judgement) => {
      done += 1;
      say(`[${String(done).padStart(2)} of ${chosen.length}] ${line(judgement)}`);
    },
  });
  const score: TrialScore = {
    killed: judgements.filter(({ outcome }) => outcome === "killed").length,
    of: judgements.length,
    startedAt: startedAt.toISOString(),
    seconds: Math.round((performance.now() - begun) / 100) / 10,
    ...(commit !== undefined && { commit }),
    provider,
    artifactSet: artifacts,
  };
  await writeFile(join(projectRoot, "reports/mutants.xml"), junitOf(chosen, judgements));
  // Some say nothing of all, nor does another guide.
  if (whole && isOwnGuide(settings)) await keepTrial({ ...score, judgements });
  print(json, { ...score, judgements }, () => summary(score, judgements));
  process.exitCode = score.killed === score.of ? 0 : 1;
}

function summary({ killed, of, seconds }: TrialScore, judgements: readonly Judgement[]): string {
  const holes = judgements.filter(({ outcome }) => outcome !== "killed");
  return [
    ...holes.map(line),
    `${killed} of ${of} mutants killed where they should be, in ${seconds.toFixed(0)} s`,
  ].join("\n");
}

const entry = (mutant: Mutant): string =>
  [
    sectionOf(mutant).padEnd(8),
    mutant.id.padEnd(40),
    mutant.kind.padEnd(6),
    expectedOf(mutant).padEnd(10),
    mutant.why.replaceAll(/\s+/g, " ").slice(0, 100),
  ].join("  ");

function line({ outcome, id, expected, detail, seconds }: Judgement): string {
  const colour = outcome === "killed" ? chalk.green : chalk.red;
  const said = detail.replaceAll(/\s+/g, " ").slice(0, 120);
  return `${colour(outcome.padEnd(15))} ${id.padEnd(40)} ${expected.padEnd(10)} ${seconds.toFixed(0).padStart(4)} s  ${said}`;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
