import { dirname, join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import chalk from "chalk";
import { errataIds } from "../guide/errata.ts";
import { exitCodes, formatLocation, type HarnessError, toHarnessError } from "../errors.ts";
import { chooseArtifacts } from "../run/choose.ts";
import { defaultSettings, type Settings } from "../run/settings.ts";
import { assertRuntime } from "../runtime.ts";

const exitCodeHelp = `
Exit codes: 0 passed, 1 the guide or a milestone failed, 2 usage or invalid guide, 3 artifact,
4 infrastructure, 5 harness, 130 interrupted.`;

/** A command with what all commands share: --json, help after an error, documented exit codes. */
export const command = (name: string, description: string): Command =>
  bare(name, description).option("--json", "print one JSON document on standard output, nothing else");

/** A command that only holds others; an option of its own would be taken from theirs. */
export function bare(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addHelpText("after", exitCodeHelp)
    .showHelpAfterError("(--help shows what is possible)")
    .exitOverride();
}

/** Adds the option that chooses a cluster. */
export const withCluster = (target: Command): Command =>
  target.addOption(new Option("--cluster <id>", "the machines to use").default(defaultSettings.cluster));

/** Adds the options that choose what is run and on what. */
export function withSettings(target: Command): Command {
  return withCluster(target)
    .addOption(new Option("--provider <name>", "what makes the machines").default(defaultSettings.provider))
    .addOption(
      new Option("--inventory <file>", "hosts that exist already, to be used as machines").implies({
        provider: "inventory",
      }),
    )
    .addOption(
      new Option("--adopt", "take hosts that carry the guide already, and leave them as they are").default(
        defaultSettings.adopt,
      ),
    )
    .addOption(
      new Option(
        "--artifacts <set>",
        "where the binaries come from: guide or debian; guide if it is complete in the cache",
      ),
    )
    .addOption(new Option("--guide <file>", "the guide's Markdown file").default(defaultSettings.guide))
    .addOption(
      new Option(
        "--as-written [erratum...]",
        "put errata back as originally written; all of them without ids",
      )
        .default(defaultSettings.errata, "none")
        .preset(allErrata)
        .argParser(collect),
    )
    .addOption(
      new Option("--edits <file...>", "YAML files with further edits of the guide")
        .default(defaultSettings.edits, "none")
        .argParser(collect),
    )
    .addOption(
      new Option("--nodes <number>", "how many nodes to make")
        .default(defaultSettings.nodes)
        .argParser(Number),
    )
    .addOption(
      new Option("--online", "let the guide's wget lines download for real").default(defaultSettings.online),
    )
    .addOption(
      new Option("--patience <factor>", "multiply every deadline, for machines that are slow")
        .default(defaultSettings.patience)
        .argParser(Number),
    );
}

/** In the place of ids: every erratum there is. */
const allErrata = "all";

const errataOf = (guide: string): Promise<string[]> => errataIds(join(dirname(dirname(guide)), "errata"));

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

/** A command's parsed options. */
type SettingsOptions = Omit<Settings, "artifacts" | "errata"> & {
  readonly artifacts?: string;
  readonly asWritten: readonly string[];
};

/** The settings among a command's parsed options; if nobody names an artifact set, also `why` it is this one. */
export async function settingsOf(options: SettingsOptions): Promise<{ settings: Settings; why?: string }> {
  const { cluster, provider, inventory, adopt, guide, asWritten, edits, nodes, online, patience } = options;
  const machines = { provider, ...(inventory !== undefined && { inventory }), adopt, nodes };
  const errata = asWritten.includes(allErrata) ? await errataOf(guide) : asWritten;
  const rest = { cluster, ...machines, guide, errata, edits, online, patience };
  if (options.artifacts !== undefined) return { settings: { ...rest, artifacts: options.artifacts } };
  const { artifacts, why } = await chooseArtifacts(rest);
  return { settings: { ...rest, artifacts }, why };
}

/** Names of the options that a person gave, as commander spells them. */
export const askedFor = (target: Command): ReadonlySet<string> =>
  new Set(Object.keys(target.opts()).filter((name) => target.getOptionValueSource(name) === "cli"));

/** Prints a result: for a program with --json, for a person otherwise. */
export function print(json: boolean | undefined, value: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`);
}

/** A failure on one screen: message, place, output, hint. */
export function describeError(error: HarnessError): string {
  const { location, machine, step, command: script, exitCode, outputTail, unitJournal, hint } = error.details;
  const facts = [
    location && `at       ${formatLocation(location)}`,
    step && `step     ${step}`,
    machine && `machine  ${machine}`,
    exitCode !== undefined && `exit     ${exitCode}`,
    script && `command\n${indent(script)}`,
    outputTail && `output\n${indent(outputTail)}`,
    unitJournal && `journal\n${indent(unitJournal)}`,
    hint && `${chalk.bold("next")}     ${hint}`,
  ];
  return [chalk.red(`${error.verdict}: ${error.message}`), ...facts.filter(Boolean)].join("\n");
}

const indent = (text: string): string => text.replace(/^/gm, "    ");

/** Parses the arguments and runs the command; errors become a message and the exit code of their verdict. */
export async function main(program: Command, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // Who reads our output may stop reading (`| head`), or the terminal is gone; the run and its teardown go on.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
  try {
    assertRuntime();
    await program.parseAsync(
      argv.filter((arg, index) => !(arg === "--" && index === 0)),
      { from: "user" },
    );
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      process.exitCode = thrown.exitCode === 0 ? 0 : exitCodes.usage;
      return;
    }
    const error = toHarnessError(thrown);
    if (program.opts<{ json?: boolean }>().json || argv.includes("--json")) {
      const { verdict, message, details } = error;
      process.stdout.write(`${JSON.stringify({ verdict, error: { message, ...details } }, null, 2)}\n`);
    } else {
      process.stderr.write(`${describeError(error)}\n`);
      if (error.verdict === "harness" && error.cause instanceof Error) {
        process.stderr.write(`${error.cause.stack}\n`);
      }
    }
    process.exitCode = exitCodes[error.verdict];
  }
}
