import { Command, CommanderError, type Option } from "commander";
import chalk, { chalkStderr } from "chalk";
import {
  exitCodes,
  formatLocation,
  gravest,
  type HarnessError,
  Interrupted,
  toHarnessError,
  UsageError,
} from "../../errors.ts";
import { endsTold } from "../../interruptions.ts";
import { visible } from "../../input/odd-characters.ts";
import { noCommand } from "../../report/github/annotation.ts";
import { harmless, plain } from "../../report/text.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { assertRuntime } from "../runtime.ts";

const exitCodeHelp = `
Exit codes: 0 passed, 1 the guide or a milestone failed, 2 usage or invalid guide, 3 artifact,
4 infrastructure, 5 harness, 6 not possible here, 130 interrupted.`;

/** A command with what all commands share: --json, help after an error, documented exit codes. */
export const command = (name: string, description: string): Command =>
  bare(name, description).option("--json", "print one JSON document on standard output, nothing else");

/** A command that only holds others; an option of its own would be taken from theirs. */
export function bare(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addHelpText("after", exitCodeHelp)
    .showHelpAfterError("(--help lists the options)")
    .configureHelp({ optionDescription, optionTerm })
    .configureOutput({ writeErr: (text) => process.stderr.write(processRedactor.text(text)) })
    .hook("preAction", assertSettingsFiles)
    .exitOverride();
}

/** What is wrong with a file of settings ends a command that takes no setting, too. */
async function assertSettingsFiles(): Promise<void> {
  const { readSettingsFiles, settingsFiles } = await import("../../settings/file.ts");
  await readSettingsFiles(settingsFiles());
}

/** An option by its present name, which is its last one: an old name is no invitation. */
const optionTerm = ({ flags }: Option): string => flags.replace(/^(?:--[\w-]+, )+(?=--)/, "");

/** What the help says of an option: with its choices, and a default that says more than that it is not given. */
function optionDescription({
  description,
  argChoices,
  defaultValue,
  defaultValueDescription,
}: Option): string {
  const initial = typeof defaultValue === "boolean" ? [] : [defaultValue ?? []].flat();
  const facts = [
    ...(argChoices ? [`choices: ${argChoices.join(", ")}`] : []),
    ...(initial.length > 0 ? [`default: ${defaultValueDescription ?? initial.join(" ")}`] : []),
  ];
  return facts.length > 0 ? `${description} (${facts.join("; ")})` : description;
}

/**
 * Reads a number for an option, such as `--jobs`: a whole one from 1 unless told. UsageError for anything else, or one that is not
 * kept exactly.
 */
export const countFor =
  (option: string, { from = 1, to = Number.MAX_SAFE_INTEGER, form = /^\d+$/, kind = "whole number" } = {}) =>
  (text: string): number => {
    const number = form.test(text) ? Number(text) : -1;
    if (number >= from && number <= to) return number;
    const range = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`;
    throw new UsageError(`${option} takes a ${kind} ${range}, not ${JSON.stringify(text)}`);
  };

/** Text for a person, redacted, of which neither a terminal nor a workflow obeys anything. */
const forPerson = (text: string): string => noCommand(harmless(processRedactor.text(text)));

/** What a person reads: a text, or its lines without those that do not apply. */
type Shown = string | readonly (string | false | undefined)[];

const textOf = (shown: Shown): string =>
  typeof shown === "string" ? shown : shown.filter((line) => line !== undefined && line !== false).join("\n");

/** Prints a result, redacted: for a program with --json, for a person otherwise. */
export function print(json: boolean | undefined, value: unknown, shown: () => Shown): void {
  const text = json ? JSON.stringify(processRedactor.value(value), null, 2) : forPerson(textOf(shown()));
  process.stdout.write(`${text}\n`);
}

/**
 * Prints what many items came to, and the problems of those that failed, redacted: in the document with --json, on standard error
 * for a person. The gravest problem decides the exit code.
 */
export function report(
  json: boolean | undefined,
  value: object,
  shown: () => Shown,
  problems: readonly HarnessError[],
): void {
  const told = problems.map(({ verdict, message, details }) => ({ verdict, message, ...details }));
  print(json, { ...value, problems: told }, shown);
  if (!json) for (const problem of problems) process.stderr.write(`${describeError(problem)}\n`);
  const worst = gravest(problems);
  if (worst) process.exitCode = exitCodes[worst.verdict];
}

/** A failure on one screen, redacted: message, place, output, hint. */
export function describeError(error: HarnessError): string {
  const { location, machine, step, command: script, exitCode, outputTail, unitJournal, hint } = error.details;
  const facts = [
    location && `at       ${formatLocation(location)}`,
    step && `step     ${step}`,
    machine && `machine  ${machine}`,
    exitCode !== undefined && `exit     ${exitCode}`,
    script && `command\n${indent(visible(script))}`,
    outputTail && `output\n${indent(plain(outputTail))}`,
    unitJournal && `journal\n${indent(plain(unitJournal))}`,
    hint && `${chalk.bold("next")}     ${plain(hint)}`,
  ];
  // A terminal obeys none of what a guide or a machine says.
  const lines = [chalk.red(`${error.verdict}: ${plain(error.message)}`), ...facts.filter(Boolean)];
  return forPerson(lines.join("\n"));
}

const indent = (text: string): string => text.replace(/^/gm, "    ");

/** A group of commands without a word lists them: that is what was asked for, and no error. */
function isListing(program: Command, words: readonly string[]): boolean {
  let asked: Command | undefined = program;
  for (const word of words) asked = asked?.commands.find((each) => each.name() === word);
  const isGroup = asked?.options.every(({ long }) => long !== "--json") ?? false;
  return isGroup && (asked?.commands.length ?? 0) > 0;
}

/** Who asks for no colours gets none (https://no-color.org), unless they are asked for by force. */
function honourNoColor({ NO_COLOR: no, FORCE_COLOR: force }: NodeJS.ProcessEnv): void {
  if (no && force === undefined) [chalk.level, chalkStderr.level] = [0, 0];
}

/** Parses the arguments and runs the command; errors become a message and the exit code of their verdict. */
export async function main(program: Command, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // As a person has typed it.
  if (!program.name().startsWith("pnpm")) program.name(`pnpm run ${program.name()}`);
  process.stdout.off("error", endUnread).on("error", endUnread);
  process.stderr.off("error", unread).on("error", unread);
  honourNoColor(process.env);
  const words = argv[0] === "--" ? argv.slice(1) : argv;
  // What comes after `--` is for a command of another.
  const own = new Set(words.slice(0, [...words, "--"].indexOf("--")));
  const json = (): boolean => program.opts<{ json?: boolean }>().json === true || own.has("--json");
  // What nobody awaited ends the process here, and tells no secret either.
  const crash = (thrown: unknown): void => {
    // A run has an end of its own for it, with what it made removed.
    if (process.listenerCount("uncaughtException") > 1) return;
    const error = toHarnessError(thrown);
    sayLast(error, json());
    process.exit(exitCodes[error.verdict]);
  };
  process.on("uncaughtException", crash);
  try {
    assertRuntime();
    await program.parseAsync(isListing(program, words) ? [...words, "--help"] : words, { from: "user" });
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      process.exitCode = thrown.exitCode === 0 ? 0 : exitCodes.usage;
      // A person has read it already.
      if (thrown.exitCode !== 0 && json())
        sayLast(
          new UsageError(thrown.message.replace(/^error: /, ""), { hint: "--help lists the options" }),
          true,
        );
      return;
    }
    const error = toHarnessError(thrown);
    if (!(error instanceof Interrupted && endsTold())) sayLast(error, json());
    process.exitCode = exitCodes[error.verdict];
  } finally {
    process.off("uncaughtException", crash);
  }
}

let isEnding = false;

/** Nobody waits for the result of what is not read any more (`| head`): what can be interrupted, such as a run, ends as if it were. */
function endUnread(error: NodeJS.ErrnoException): void {
  unread(error);
  if (error.code !== "EPIPE" || isEnding || process.listenerCount("SIGTERM") === 0) return;
  isEnding = true;
  process.stderr.write("Nobody reads standard output any more: this is ended as by Ctrl-C.\n");
  process.kill(process.pid, "SIGTERM");
}

/** Who reads our output may stop reading, or the terminal is gone; the end of a run and its teardown go on. */
function unread(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
}

/** The last words of a command that failed. */
function sayLast(error: HarnessError, json: boolean): void {
  const { verdict, message, details, cause } = error;
  if (json) return print(true, { verdict, error: { message, ...details } }, () => message);
  process.stderr.write(`${describeError(error)}\n`);
  if (verdict === "harness" && cause instanceof Error) {
    process.stderr.write(`${forPerson(cause.stack ?? cause.message)}\n`);
  }
}
