import { join } from "node:path";
import type { Command } from "commander";
import chalk from "chalk";
import { collectGarbage, setFor } from "../../artifacts/index.ts";
import { centosPackages, preparePackages } from "../../artifacts/packages.ts";
import type { ArtifactSet, CacheStatus } from "../../artifacts/set.ts";
import { Deadlines } from "../../deadlines.ts";
import { projectRoot } from "../../host/paths.ts";
import { size } from "../../host/download/meter.ts";
import { interruptions } from "../../interruptions.ts";
import { versionsText } from "../../report/text.ts";
import { newestRecord } from "../../run/evidence/runs.ts";
import { packagesOf } from "../../run/request/needs.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { bare, command, print, report } from "../command/command.ts";
import { noted } from "../command/note.ts";
import { exportCommand, importCommand } from "./export-import.ts";
import { fetching, goesOn, guideOption, usualSet, withSet } from "./options.ts";
import { verifyCommand } from "./verify.ts";

const listHelp = `
The set upstream is downloaded from the addresses in the guide's wget lines, or carried over with import.
ARTIFACT_MIRROR names mirrors, GUIDE_PINS=FILE digests of your own builds, HTTPS_PROXY a proxy: docs/artifacts.md.`;

/** `artifacts`: the binaries: what is needed, fetched or carried over, checked, removed. */
export function artifactsCommand(): Command {
  return bare("artifacts", "the binaries that the guide installs")
    .addHelpText("after", listHelp)
    .addCommand(listCommand())
    .addCommand(fetchCommand())
    .addCommand(importCommand())
    .addCommand(verifyCommand())
    .addCommand(exportCommand())
    .addCommand(gcCommand());
}

function listCommand(): Command {
  const target = command("list", "list what the set needs and what is cached; downloads nothing");
  return withSet(target.addOption(guideOption()), usualSet).action(async (options) => {
    const set = await setFor({ artifacts: usualSet, ...options });
    const entries = await set.inspect();
    const { complete, missing } = await set.complete();
    const { name, versions } = set;
    const newest =
      options.artifacts === undefined ? await newestRecord(join(projectRoot, "reports")) : undefined;
    print(options.json, { set: name, versions, complete, missing, files: entries }, () => [
      newest &&
        newest.artifactSet !== name &&
        chalk.yellow(
          `This is the set ${name}; the newest run here took ${newest.artifactSet}, which \`pnpm artifacts list --artifacts ${newest.artifactSet}\` lists.`,
        ),
      heading(set),
      ...summed(entries).map(shownStatus),
      complete
        ? chalk.green("complete")
        : `${missing.length} of them are missing: \`pnpm artifacts fetch --artifacts ${name}\` fetches them.`,
      options.artifacts === undefined &&
        `Which set a run here takes, and why, says \`pnpm run doctor\`; --artifacts lists another set.`,
    ]);
  });
}

function shownStatus({ name, cached, optional, damage, bytes, digest, source }: CacheStatus): string {
  const state = cached
    ? chalk.green("cached  ")
    : chalk[optional ? "dim" : "yellow"](optional ? "optional" : "missing ");
  const facts = [
    damage && chalk.red(`damaged: ${damage}`),
    digest ?? (source?.startsWith("http") ? "no digest pinned" : undefined),
    source,
  ];
  const line = `${state}  ${(bytes === undefined ? "" : size(bytes)).padStart(9)}  ${name}`;
  return [line, ...facts.filter(Boolean).map((fact) => `                     ${fact}`)].join("\n");
}

/** What there is of a set, for a person: all that yum installs in one line, unless something of it is damaged. */
export function summed(entries: readonly CacheStatus[]): CacheStatus[] {
  const whole = entries.filter(({ ofYum, damage }) => ofYum && damage === undefined);
  const others = entries.filter((entry) => !whole.includes(entry));
  const cached = whole.filter((entry) => entry.cached);
  if (whole.length === 0) return others;
  const name = `what yum installs on CentOS: ${cached.length} of ${whole.length} files`;
  const bytes = cached.reduce((sum, entry) => sum + (entry.bytes ?? 0), 0);
  const digest = `held to ${[...new Set(whole.map(({ digestFrom = "" }) => digestFrom))].join(", ")}`;
  return [...others, { name, cached: cached.length === whole.length, optional: true, bytes, digest }];
}

function fetchCommand(): Command {
  const target = command("fetch", "download or build what is missing, verify all of it")
    .option("--optional", "also optional files, and the packages for embedded machines")
    .option("--packages", "also what the guide installs with yum, for machines with CentOS");
  return fetching(withSet(target.addOption(guideOption()), usualSet)).action(async (options) => {
    const set = await setFor({ artifacts: usualSet, ...options });
    using context = interruptions(goesOn, new Deadlines(options.timeoutFactor));
    const optional = options.optional === true;
    const prepared = await set.prepare(noted, context, { optional, mends: true });
    const packages = optional ? await preparePackages(noted, context) : undefined;
    const ofYum =
      options.packages === true
        ? await centosPackages(packagesOf(await planOf(defaultSettings)), noted, context)
        : undefined;
    const made = { ...prepared, ...(packages && { packages }), ...(ofYum && { centos: ofYum }) };
    const { files, folder, rebuilt } = prepared;
    print(options.json, { set: set.name, versions: set.versions, ...made }, () => [
      heading(set),
      ...files.map(({ name, sha256, bytes }) => `${sha256}  ${String(bytes).padStart(10)}  ${name}`),
      rebuilt && chalk.yellow(`not upstream's, by ${rebuilt.pins}: ${rebuilt.files.join(", ")}`),
      folder,
      packages?.folder,
      ofYum?.folder,
    ]);
  });
}

function gcCommand(): Command {
  return command("gc", "remove what no set uses: old entries, incomplete downloads, remains of killed builds")
    .option("--dry-run", "only list what would be removed")
    .action(async (options) => {
      const dryRun = options.dryRun === true;
      using context = interruptions("What was not removed yet is still there.");
      const { garbage, bytes, problems } = await collectGarbage(noted, context, { dryRun });
      report(
        options.json,
        { dryRun, garbage, bytes },
        () => [
          ...garbage.map(({ path, why }) => `${path}: ${why}`),
          `${size(bytes)} ${dryRun ? "would be freed" : "freed"}`,
        ],
        problems,
      );
    });
}

const heading = ({ name, versions }: Pick<ArtifactSet, "name" | "versions">): string =>
  `${name}: ${versionsText(versions)}`;
