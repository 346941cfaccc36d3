import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import chalk from "chalk";
import { command, print, settingsAsGiven, settingsOfRound } from "../command/command.ts";
import { listed, runAndReport, type RoundOptions, withRounds } from "../command/rounds.ts";
import { UsageError } from "../../errors.ts";
import { fromCaller, projectRoot } from "../../host/paths.ts";
import { written } from "../../rounds/commit.ts";
import { reproduceEach, reproduceOne } from "../../rounds/repro/one.ts";
import { type Entry, loadEntries } from "../../rounds/repro/catalogue/catalogue.ts";
import { errataDocument, list } from "../../rounds/repro/catalogue/document.ts";
import { newErratum, type NewOptions, toComplete } from "../../rounds/repro/new/new.ts";
import { loadProofs, proofsOf, saveProofs, withProof } from "../../rounds/repro/catalogue/proved.ts";
import { repro, type Result } from "../../rounds/repro/catalogue/result.ts";
import { assertOwnGuide, isOwnGuide, type Settings } from "../../settings/settings.ts";
import { argument } from "../command/offered.ts";

const readPath = (text: string): string => fromCaller(text);

type Options = RoundOptions & {
  readonly all?: boolean;
  readonly fix?: boolean;
  readonly fresh?: boolean;
  readonly keep?: boolean;
  readonly writeDocs?: boolean;
};

/** Install bugs by name: the guide with one defect back in, and what a reader then sees. */
export function reproCommand(): Command {
  const made = withRounds(command("repro", "reproduce install bugs of the catalogue, live"), {
    list: "list the catalogue: section, id, class, when it was proved, symptom",
    jobs: 1,
  })
    .addArgument(argument("[id...]", "ids of fixtures/guide/errata and fixtures/guide/mistakes", "repro"))
    .option("--all", "the whole catalogue; a table and reports/repro.xml")
    .option("--fix", "then apply the correction, until the step or milestone is green")
    .option("--fresh", "do not start from checkpoints")
    .option("--keep", "leave the machines running; `pnpm shell` and `pnpm down` reach them")
    .option("--write-docs", `keep the proofs in ${written.proofs} and write ${written.errata}`)
    .action(async (ids: readonly string[], options: Options, self: Command) => {
      const entries = await loadEntries(ids);
      const proofs = options.list ? await loadProofs() : {};
      const rows = entries.map((entry) => ({ ...entry, proofs: proofsOf(entry, proofs) }));
      if (await listed(self, rows, list)) return;
      assertOptions(ids, options, self);
      const { all = false, writeDocs = false } = options;
      if (writeDocs) assertOwnGuide(await settingsAsGiven(options), "--write-docs");
      const settings = await settingsOfRound(options);
      // Without an id and --all there is nothing to run, but the page to write.
      const pageAlone = ids.length === 0 && !all;
      const results = pageAlone ? [] : await reproduced(entries, settings, options);
      if (writeDocs) await keep(results);
      if (pageAlone) print(options.json, results, () => `wrote ${written.errata}`);
    });
  made.enablePositionalOptions().addCommand(
    command("new", "write an erratum from a reader's guide or patch and the output of the failure")
      .option("--guide <file>", "the guide as the reader has it", readPath)
      .option("--patch <file>", "or what differs, as a unified diff", readPath)
      .requiredOption("--output <file>", "the output of the failing command, or of a run", readPath)
      .requiredOption("--id <id>", "the erratum's id, and its file's name in fixtures/guide/errata")
      .action(async (options: NewOptions & { readonly json?: boolean }) => {
        const file = await newErratum(options);
        const left = (await loadEntries([options.id])).flatMap(toComplete);
        print(options.json, { file, left }, () => [
          file,
          "Still to be written:",
          ...left.map((one) => `  ${one}`),
          `Then: pnpm repro ${options.id} --fix`,
        ]);
      }),
  );
  return made;
}

function assertOptions(ids: readonly string[], { all, keep: stay, writeDocs }: Options, self: Command): void {
  if (ids.length === 0 && !all && !writeDocs) {
    throw new UsageError("Name the install bug to reproduce", {
      hint: "`pnpm repro --list` shows them all.",
    });
  }
  if (all && ids.length > 0) {
    throw new UsageError("--all runs the whole catalogue, and takes no ids", {
      hint: "Leave one of them out.",
    });
  }
  const given = (name: string): boolean => self.getOptionValueSource(name) === "cli";
  const rounds = ["jobs", "shard", "continue"].find(given);
  if (rounds !== undefined && ids.length < 2 && !all) {
    throw new UsageError(`--${rounds} is for a round of several install bugs`, {
      hint: "Name them, or say --all.",
    });
  }
  const runs = ["fix", "fresh"].find(given);
  if (runs !== undefined && ids.length === 0 && !all) {
    throw new UsageError(`--${runs} needs an install bug`, {
      hint: "Without one, --write-docs only writes the page.",
    });
  }
  if (stay && ids.length !== 1) throw new UsageError("--keep leaves the machines of one install bug");
}

/** Reproduces one entry live, several in a round. */
async function reproduced(
  entries: readonly Entry[],
  settings: Settings,
  options: Options,
): Promise<readonly Result[]> {
  const {
    all = false,
    fix = false,
    fresh = false,
    keep: stay = false,
    json = false,
    quiet = false,
  } = options;
  const [entry] = entries;
  if (entry && entries.length === 1 && !all) {
    const result = await reproduceOne(entry, settings, { fix, fresh, keep: stay, json, quiet });
    print(json, result, () => screen(entry, result, settings.cluster, stay));
    process.exitCode = result.exitCode;
    return [result];
  }
  const whole = all && isOwnGuide(settings);
  const round = await runAndReport(
    repro,
    reproduceEach(entries, { fix, fresh }),
    { settings, whole },
    options,
  );
  return round.results;
}

/** Keeps the proofs of a round, and writes the page. */
async function keep(results: readonly Result[]): Promise<void> {
  const proofs = results.reduce(
    (known, { id, proof }) => (proof ? withProof(known, id, proof) : known),
    await loadProofs(),
  );
  await saveProofs(proofs);
  await writeFile(join(projectRoot, written.errata), errataDocument(await loadEntries(), proofs));
}

function screen(entry: Entry, result: Result, cluster: string, stays: boolean) {
  const { outcome, expected, seen, fixed, seconds } = result;
  const colour = outcome === "reproduced" ? chalk.green : outcome === "not here" ? chalk.yellow : chalk.red;
  return [
    `${colour(outcome)}  ${entry.id} (${entry.section}, ${entry.class}), ${seconds.toFixed(0)} s`,
    expected !== undefined && `expected  ${expected}`,
    `seen      ${seen}`,
    fixed && `corrected ${fixed === "green" ? chalk.green(fixed) : chalk.red(fixed)}`,
    stays && `next      pnpm shell MACHINE --cluster ${cluster}; pnpm down --cluster ${cluster}`,
  ];
}
