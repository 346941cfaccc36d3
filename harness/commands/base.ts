import { Command, CommanderError } from "commander";
import chalk from "chalk";
import { exitCodes, formatLocation, type HarnessError, toHarnessError } from "../errors.ts";
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

/** For an option that can be given several times, or with several values. */
export const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

/** Prints a result: for a program with --json, for a person otherwise. */
export function print(json: boolean | undefined, value: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`);
}

/**
 * Prints what many items came to, and the problems of those that failed: in the document with --json, on standard error
 * for a person. Any problem is the command's exit code.
 */
export function report(
  json: boolean | undefined,
  value: object,
  text: () => string,
  problems: readonly HarnessError[],
): void {
  const told = problems.map(({ verdict, message, details }) => ({ verdict, message, ...details }));
  print(json, { ...value, problems: told }, text);
  if (!json) for (const problem of problems) process.stderr.write(`${describeError(problem)}\n`);
  const [first] = problems;
  if (first) process.exitCode = exitCodes[first.verdict];
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
