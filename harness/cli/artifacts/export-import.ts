import type { Command } from "commander";
import chalk from "chalk";
import { furtherBeside, imagesFile, portableSet } from "../../artifacts/index.ts";
import type { ArtifactSet } from "../../artifacts/set.ts";
import { exportFrom } from "../../artifacts/upstream/export.ts";
import { importInto } from "../../artifacts/upstream/import.ts";
import type { Context } from "../../context.ts";
import { Deadlines } from "../../deadlines.ts";
import { ArtifactError, exitCodes } from "../../errors.ts";
import { size } from "../../host/download/meter.ts";
import { fromCaller } from "../../host/paths.ts";
import { interruptions } from "../../interruptions.ts";
import { command, describeError, print } from "../command/command.ts";
import { configured } from "../command/configured.ts";
import { noted } from "../command/note.ts";
import { fetching, goesOn, guideOption, withPortable } from "./options.ts";

/** `artifacts import`: takes a set from files that were carried over. */
export function importCommand(): Command {
  const target = command(
    "import",
    "take files that were carried over; they are recognised by digest, whatever their names",
  ).argument("<path>", "a folder with the files, or a file that export made");
  return fetching(configured(withPortable(target.addOption(guideOption())))).action(
    async (path: string, options) => {
      const set = portableSet(options.artifacts);
      const further = await furtherBeside(set, options.guide);
      using context = interruptions(goesOn, new Deadlines(options.timeoutFactor));
      const imported = await importInto(set, fromCaller(path), noted, context, further);
      const { taken, present, unrecognised, refused } = imported;
      const missing = await withImages(set, imported.missing, context);
      const failures = refused.map(({ message, details }) => ({ message, ...details }));
      const isEmpty = taken.length + present.length + unrecognised.length + refused.length === 0;
      print(options.json, { set: set.name, ...imported, missing, refused: failures }, () => [
        ...taken.map(
          ({ name, from }) => `${chalk.green("taken   ")}  ${name}${from === name ? "" : ` (${from})`}`,
        ),
        ...present.map((name) => `present   ${name}`),
        ...unrecognised.map(
          (name) =>
            `${chalk.yellow("unknown ")}  ${name}: neither its digest nor its name is that of an input`,
        ),
        isEmpty && `${chalk.yellow("nothing ")}  there is no file in it`,
        missing.length === 0 ? chalk.green("complete") : chalk.yellow(`still missing: ${missing.join(", ")}`),
      ]);
      if (refused.length === 0) return;
      if (!options.json) process.stderr.write(`${refused.map(describeError).join("\n")}\n`);
      process.exitCode = exitCodes.artifact;
    },
  );
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

/** `artifacts export`: writes a set for another host. */
export function exportCommand(): Command {
  const target = command(
    "export",
    "write the whole set into one tar file, for a host without network",
  ).argument("<file>", "the tar file to write; import takes it");
  return withPortable(target.addOption(guideOption())).action(async (file: string, options) => {
    const set = portableSet(options.artifacts);
    const further = await furtherBeside(set, options.guide);
    using context = interruptions(goesOn);
    const exported = await exportFrom(set, fromCaller(file), noted, context, further);
    print(options.json, { set: set.name, ...exported }, () => [
      ...exported.files,
      `${exported.file}: ${size(exported.bytes)}`,
    ]);
  });
}
