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
import { gravestExitCode, UsageError } from "../errors.ts";
import { projectRoot } from "../host/paths.ts";
import { interruptions } from "../interruptions.ts";
import { assertOwnGuide } from "../settings/settings.ts";
import { reproduceAll } from "../rounds/repro/all.ts";
import { type Entry, loadEntries } from "../rounds/repro/catalogue.ts";
import { errataDocument } from "../rounds/repro/document.ts";
import { junitOf } from "../rounds/repro/junit.ts";
import { newErratum, type NewOptions } from "../rounds/repro/new.ts";
import { type Result, reproduceOne } from "../rounds/repro/one.ts";
import { loadProofs, proofsOf, saveProofs, withProof } from "../rounds/repro/proved.ts";
import { line, list } from "../rounds/repro/table.ts";

type Options = GivenOptions & {
  readonly list?: boolean;
  readonly all?: boolean;
  readonly jobs: number;
  readonly continue?: boolean;
  readonly fix?: boolean;
  readonly fresh?: boolean;
  readonly keep?: boolean;
  readonly writeDocs?: boolean;
  readonly json?: boolean;
};

/** Install bugs by name: the guide with one defect back in, and what a reader then sees. */
export function reproCommand(): Command {
  const repro = withSettings(command("repro", "reproduce install bugs of the catalogue, live"))
    .argument("[id...]", "ids of fixtures/guide/errata and fixtures/guide/mistakes")
    .option("--list", "list the catalogue: section, id, class, when it was proved, symptom")
    .option("--all", "all of the catalogue, one after the other; a table and reports/repro.xml")
    .option("--jobs <n>", "how many at once, each on machines of its own", countFor("--jobs"), 1)
    .option("--continue", "go on with a round that was broken off: keep its results")
    .option("--fix", "go on with the correction, and see the step or milestone turn green")
    .option("--fresh", "do not start from checkpoints")
    .option("--keep", "leave the machines running; `pnpm shell` and `pnpm down` reach them")
    .option("--write-docs", "keep the proofs in fixtures/guide/errata/proved.json and write docs/errata.md")
    .action(async (ids: readonly string[], options: Options, self: Command) => {
      if (options.list) assertAlone(self, "--list", "It shows the catalogue, whatever else is asked for.");
      const entries = await loadEntries(ids);
      if (options.list) return showList(entries, options);
      assertOptions(ids, options, self);
      const [entry] = entries;
      if (entries.length === 1 && entry && !options.all) await one(entry, options);
      else await round(entries, options);
    });
  repro.enablePositionalOptions().addCommand(
    command("new", "write an erratum from a reader's guide or patch and the output that failed")
      .option("--guide <file>", "the guide as the reader has it")
      .option("--patch <file>", "or what differs, as a unified diff")
      .requiredOption("--output <file>", "the output of the failing command, or of a run")
      .requiredOption("--id <id>", "the erratum's id, and its file's name in fixtures/guide/errata")
      .action(async (options: NewOptions & { readonly json?: boolean }) => {
        const file = await newErratum(options);
        print(options.json, { file }, () => `${file}\nComplete it, then: pnpm repro ${options.id} --fix`);
      }),
  );
  repro.setOptionValueWithSource("cluster", `repro-${process.pid}`, "default");
  return repro;
}

function assertOptions(ids: readonly string[], { all, keep: stay, writeDocs }: Options, self: Command): void {
  if (ids.length === 0 && !all && !writeDocs) {
    throw new UsageError("Name the install bug to reproduce", {
      hint: "`pnpm repro --list` shows them all.",
    });
  }
  if (all && ids.length > 0) {
    throw new UsageError("--all means all of the catalogue, whatever is named", {
      hint: "Leave one of them out.",
    });
  }
  const given = (name: string): boolean => self.getOptionValueSource(name) === "cli";
  const rounds = ["jobs", "continue"].find(given);
  if (rounds !== undefined && ids.length < 2 && !all) {
    throw new UsageError(`--${rounds} is for a round of several install bugs`, {
      hint: "Name them, or say --all.",
    });
  }
  const runs = ["fix", "fresh"].find(given);
  if (runs !== undefined && ids.length === 0 && !all) {
    throw new UsageError(`--${runs} needs an install bug`, {
      hint: "Without one, --write-docs writes the page alone.",
    });
  }
  if (stay && ids.length !== 1) throw new UsageError("--keep leaves the machines of one install bug");
}

async function showList(entries: readonly Entry[], { json }: Options): Promise<void> {
  const proofs = await loadProofs();
  const rows = entries.map((entry) => Object.assign({}, entry, { proofs: proofsOf(entry, proofs) }));
  print(json, rows, () => list(rows));
}

async function one(entry: Entry, options: Options): Promise<void> {
  const settings = await settingsOfRound(options);
  if (options.writeDocs) assertOwnGuide(settings, "--write-docs");
  const { fix = false, fresh = false, keep: stay = false, json = false } = options;
  const result = await reproduceOne(entry, settings, { fix, fresh, keep: stay, json });
  if (options.writeDocs) await keep([result]);
  print(json, result, () => screen(entry, result, settings.cluster, stay));
  process.exitCode = result.exitCode;
}

async function round(entries: readonly Entry[], options: Options): Promise<void> {
  // Without ids and --all there is nothing to run, but the page to write.
  const chosen = options.all || entries.length < (await loadEntries()).length ? entries : [];
  const settings = await settingsOfRound(options);
  if (options.writeDocs) assertOwnGuide(settings, "--write-docs");
  const { fix = false, fresh = false, jobs, json } = options;
  using interruption = interruptions("The machines are removed; --continue goes on with what is left.");
  const results = await reproduceAll(chosen, {
    settings,
    signal: interruption.signal,
    fix,
    fresh,
    jobs,
    keepResults: options.continue === true,
    said: (entry, result) => say(line(entry, result)),
  });
  await writeFile(join(projectRoot, "reports/repro.xml"), junitOf(entries, results));
  if (options.writeDocs) await keep(results);
  const count = (outcome: Result["outcome"]): number =>
    results.filter((result) => result.outcome === outcome).length;
  print(json, results, () => {
    const wrong = results.filter(({ exitCode, outcome }) => exitCode !== 0 && outcome !== "not here");
    return [
      ...wrong.map(({ id, expected, seen, fixed }) =>
        [id, expected && `  expected  ${expected}`, `  seen      ${seen}`, fixed && `  corrected ${fixed}`]
          .filter(Boolean)
          .join("\n"),
      ),
      `${count("reproduced")} reproduced, ${count("not reproduced")} not reproduced, ${count("not judged")} not judged, ${count("not here")} not to be shown here`,
    ].join("\n");
  });
  process.exitCode = gravestExitCode(
    results.flatMap(({ exitCode, outcome }) => (outcome === "not here" ? [] : [exitCode])),
  );
}

/** Keeps the proofs of a round, and writes the page. */
async function keep(results: readonly Result[]): Promise<void> {
  const proofs = results.reduce(
    (known, { id, proof }) => (proof ? withProof(known, id, proof) : known),
    await loadProofs(),
  );
  await saveProofs(proofs);
  await writeFile(join(projectRoot, "docs/errata.md"), errataDocument(await loadEntries(), proofs));
}

function screen(entry: Entry, result: Result, cluster: string, stays: boolean): string {
  const { outcome, expected, seen, fixed, seconds } = result;
  const colour = outcome === "reproduced" ? chalk.green : outcome === "not here" ? chalk.yellow : chalk.red;
  return [
    `${colour(outcome)}  ${entry.id} (${entry.section}, ${entry.class}), ${seconds.toFixed(0)} s`,
    ...(expected === undefined ? [] : [`expected  ${expected}`]),
    `seen      ${seen}`,
    ...(fixed === undefined
      ? []
      : [`corrected ${fixed === "green" ? chalk.green(fixed) : chalk.red(fixed)}`]),
    ...(stays ? [`next      pnpm shell MACHINE --cluster ${cluster}; pnpm down --cluster ${cluster}`] : []),
  ].join("\n");
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
