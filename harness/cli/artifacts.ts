import type { Command, Option } from "commander";
import chalk from "chalk";
import { collectGarbage, furtherBeside, imagesFile, portableSet, setFor } from "../artifacts/index.ts";
import { centosPackages, preparePackages } from "../artifacts/packages.ts";
import type { ArtifactSet, CacheStatus } from "../artifacts/set.ts";
import { setNames } from "../choices.ts";
import type { Context } from "../context.ts";
import { Deadlines } from "../deadlines.ts";
import { ArtifactError, exitCodes } from "../errors.ts";
import { interruptions } from "../interruptions.ts";
import { size } from "../host/download/meter.ts";
import { goOffline } from "../host/offline.ts";
import { packagesOf } from "../run/request/needs.ts";
import { defaultSettings, planOf } from "../settings/settings.ts";
import { bare, command, describeError, print, report } from "./command/command.ts";
import { configured } from "./command/configured.ts";
import { noted } from "./command/note.ts";
import { optionFor } from "./command/setting-options.ts";
import { exportFrom } from "../artifacts/upstream/export.ts";
import { importInto } from "../artifacts/upstream/import.ts";

const goesOn = "Complete files are kept; the next call continues where this one stopped.";

const listHelp = `
The set upstream is downloaded from where the guide's wget lines say, or carried over with import.
ARTIFACT_MIRROR names mirrors, GUIDE_PINS=FILE digests of your own builds, HTTPS_PROXY a proxy: docs/artifacts.md.`;

/** `artifacts`: the binaries: what is needed, fetched or carried over, checked, removed. */
export function artifactsCommand(): Command {
  const all = bare("artifacts", "the binaries that the guide installs").addHelpText("after", listHelp);
  const parts = [
    listCommand(),
    fetchCommand(),
    importCommand(),
    verifyCommand(),
    exportCommand(),
    gcCommand(),
  ];
  for (const part of parts) all.addCommand(part);
  return all;
}

const withSet = (target: Command): Command =>
  target.addOption(optionFor("artifacts", `which set: ${setNames.join(", ")}`).default("upstream"));

/** For what is asked of a set as it serves a guide. */
const guideOption = (): Option =>
  optionFor("guide", "include the files that artifacts.yaml beside this guide lists");

/** For what may download or build. */
const fetching = (target: Command): Command =>
  configured(withSet(target).addOption(optionFor("offline")).addOption(optionFor("timeoutFactor"))).hook(
    "preAction",
    () => {
      if (target.opts()["offline"] === true) goOffline();
    },
  );

function listCommand(): Command {
  const target = command("list", "list what the set needs and what is cached; downloads nothing");
  return withSet(target.addOption(guideOption())).action(async (options) => {
    const set = await setFor(options);
    const entries = await set.inspect();
    const { complete, missing } = await set.complete();
    const { name, versions } = set;
    print(options.json, { set: name, versions, complete, missing, files: entries }, () =>
      [
        heading(set),
        ...summed(entries).map(({ cached, optional, damage, bytes, digest, source, ...entry }) => {
          const state = cached
            ? chalk.green("cached  ")
            : chalk[optional ? "dim" : "yellow"](optional ? "optional" : "missing ");
          const facts = [
            damage && chalk.red(`damaged: ${damage}`),
            digest ?? (source?.startsWith("http") ? "no digest pinned" : undefined),
            source,
          ];
          const line = `${state}  ${(bytes === undefined ? "" : size(bytes)).padStart(9)}  ${entry.name}`;
          return [line, ...facts.filter(Boolean).map((fact) => `                     ${fact}`)].join("\n");
        }),
        complete ? chalk.green("complete") : chalk.yellow(`not complete: ${missing.join(", ")} missing`),
      ].join("\n"),
    );
  });
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
  return fetching(target.addOption(guideOption())).action(async (options) => {
    const set = await setFor(options);
    using context = interruptions(goesOn, new Deadlines(options.timeoutFactor));
    const optional = options.optional === true;
    const prepared = await set.prepare(noted, context, { optional, mends: true });
    const packages = optional ? await preparePackages(noted, context) : undefined;
    const ofYum =
      options.packages === true
        ? await centosPackages(packagesOf(await planOf(defaultSettings)), noted, context)
        : undefined;
    const made = { ...prepared, ...(packages && { packages }), ...(ofYum && { centos: ofYum }) };
    print(options.json, { set: set.name, versions: set.versions, ...made }, () =>
      [
        heading(set),
        ...prepared.files.map(
          ({ name, sha256, bytes }) => `${sha256}  ${String(bytes).padStart(10)}  ${name}`,
        ),
        ...(prepared.rebuilt
          ? [
              chalk.yellow(
                `not upstream's, by ${prepared.rebuilt.pins}: ${prepared.rebuilt.files.join(", ")}`,
              ),
            ]
          : []),
        prepared.folder,
        ...[packages, ofYum].flatMap((one) => (one ? [one.folder] : [])),
      ].join("\n"),
    );
  });
}

function importCommand(): Command {
  const target = command(
    "import",
    "take files that were carried over; they are recognised by digest, whatever their names",
  ).argument("<path>", "a folder with the files, or a file that export made");
  return fetching(target.addOption(guideOption())).action(async (path: string, options) => {
    const set = portableSet(options.artifacts);
    const further = await furtherBeside(set, options.guide);
    using context = interruptions(goesOn, new Deadlines(options.timeoutFactor));
    const imported = await importInto(set, path, noted, context, further);
    const { taken, present, unrecognised, refused } = imported;
    const missing = await withImages(set, imported.missing, context);
    const failures = refused.map(({ message, details }) => ({ message, ...details }));
    print(options.json, { set: set.name, ...imported, missing, refused: failures }, () =>
      [
        ...taken.map(
          ({ name, from }) => `${chalk.green("taken   ")}  ${name}${from === name ? "" : ` (${from})`}`,
        ),
        ...present.map((name) => `present   ${name}`),
        ...unrecognised.map(
          (name) =>
            `${chalk.yellow("unknown ")}  ${name}: neither its digest nor its name is that of an input`,
        ),
        missing.length === 0 ? chalk.green("complete") : chalk.yellow(`still missing: ${missing.join(", ")}`),
      ].join("\n"),
    );
    if (refused.length === 0) return;
    if (!options.json) process.stderr.write(`${refused.map(describeError).join("\n")}\n`);
    process.exitCode = exitCodes.artifact;
  });
}

/** What a set still lacks: images are built here if nothing else does, for nobody carries them but in an export. */
async function withImages(
  set: ArtifactSet,
  missing: readonly string[],
  context: Context,
): Promise<readonly string[]> {
  if (missing.length !== 1 || missing[0] !== imagesFile) return missing;
  try {
    await set.prepare(noted, context);
    return [];
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    noted.note(`${imagesFile} could not be built: ${error.message.split("\n", 1)[0]}`);
    return missing;
  }
}

function verifyCommand(): Command {
  const target = command("verify", "hash everything in the cache again");
  return withSet(target.addOption(guideOption())).action(async (options) => {
    const set = await setFor(options);
    const checked = await set.verify();
    const damaged = checked.filter(({ damage }) => damage !== undefined);
    print(options.json, { set: set.name, checked, damaged: damaged.length }, () =>
      [
        ...checked.map(({ name, damage }) =>
          damage === undefined
            ? `${chalk.green("whole   ")}  ${name}`
            : `${chalk.red("damaged ")}  ${name}: ${damage}`,
        ),
        `${checked.length} checked, ${damaged.length} damaged`,
      ].join("\n"),
    );
    if (damaged.length === 0) return;
    if (!options.json) {
      const message = `Damaged in the cache: ${damaged.map(({ folder }) => folder).join(", ")}`;
      const guide = options.guide === defaultSettings.guide ? "" : ` --guide ${options.guide}`;
      const hint = `\`pnpm artifacts fetch --artifacts ${set.name}${guide}\`${set.name === "upstream" ? " or an import" : ""} replaces them.`;
      process.stderr.write(`${describeError(new ArtifactError(message, { hint }))}\n`);
    }
    process.exitCode = exitCodes.artifact;
  });
}

function exportCommand(): Command {
  const target = command(
    "export",
    "write the whole set into one tar file, for a host without network",
  ).argument("<file>", "the tar file to write; import takes it");
  return withSet(target.addOption(guideOption())).action(async (file: string, options) => {
    const set = portableSet(options.artifacts);
    const further = await furtherBeside(set, options.guide);
    using context = interruptions(goesOn);
    const exported = await exportFrom(set, file, noted, context, further);
    print(options.json, { set: set.name, ...exported }, () =>
      [...exported.files, `${exported.file}: ${size(exported.bytes)}`].join("\n"),
    );
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
        () =>
          [
            ...garbage.map(({ path, why }) => `${path}: ${why}`),
            `${size(bytes)} ${dryRun ? "would be freed" : "freed"}`,
          ].join("\n"),
        problems,
      );
    });
}

const heading = ({
  name,
  versions,
}: {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
}): string =>
  `${name}: ${Object.entries(versions)
    .map(([project, version]) => `${project} ${version}`)
    .join(", ")}`;
