import { execa } from "execa";
import { z } from "zod";
import { $ } from "zx";
import { exitCodes, graver, HarnessDefect, severity, type Verdict } from "../../errors.ts";
import { projectRoot } from "../../host/paths.ts";
import { parseJson } from "../../host/persisted.ts";
import { owned } from "../../host/processes/owned.ts";
import type { RunRecord } from "../../record/record.ts";
import { fileVariable } from "../../settings/file.ts";
import { settingNames, wordsOf } from "../../settings/schema.ts";
import type { Settings } from "../../settings/settings.ts";

export const verdictSchema = z.enum(severity);

/** Settings as options of another process, which then has the same. */
export const optionsOf = (settings: Settings): string[] =>
  settingNames.flatMap((name) => wordsOf(name, settings[name]));

export type ChildEnd = {
  readonly printed: unknown;
  readonly exitCode: number | undefined;
  readonly outputTail: string;
};

type Environment = Readonly<Record<string, string>>;

/**
 * For a program of which all is asked: what files of settings say is in that already, or was overruled. What it comes to is told to
 * GitHub by who asks.
 */
export const askedWhole: Environment = {
  [fileVariable]: "",
  GITHUB_STEP_SUMMARY: "",
  GITHUB_OUTPUT: "",
};

type ProgramOptions = {
  readonly signal?: AbortSignal;
  readonly stdout?: "pipe" | "inherit";
  readonly stderr?: "pipe" | "inherit";
  readonly env?: Environment;
};

/**
 * Starts a program that makes machines. When the signal is raised, or this process is killed, it is told to end; how it ends is
 * not an error. It is never killed: its machines have to be removed first.
 */
export const startProgram = (
  command: readonly string[],
  { signal, stdout = "pipe", stderr = stdout, env = {} }: ProgramOptions,
) =>
  execa(...owned("TERM", command), {
    cwd: projectRoot,
    env,
    stdin: "ignore",
    stdout,
    stderr,
    reject: false,
    ...(signal && { cancelSignal: signal }),
    forceKillAfterDelay: false,
  });

/**
 * Runs one of the project's programs in a process of its own. When the signal is raised, its end, with the removal of its
 * machines, is waited for, and the signal's reason thrown.
 */
export async function runProgram(
  command: readonly string[],
  signal: AbortSignal,
  options: ProgramOptions = {},
): Promise<ChildEnd> {
  signal.throwIfAborted();
  const child = startProgram([process.execPath, ...command], { env: askedWhole, ...options, signal });
  const { stdout = "", stderr = "", exitCode } = await child;
  signal.throwIfAborted();
  return { printed: parseJson(stdout), exitCode, outputTail: `${stdout}\n${stderr}`.trim().slice(-2000) };
}

/**
 * Runs a workflow (`scripts/NAME.ts`, or another program with arguments of its own) with `--json` as a child, and
 * resolves with the record that it prints, red or green. HarnessDefect if it printed none, for then the run never began;
 * the signal's reason if that was raised.
 */
export async function recordOf(
  name: string | readonly string[],
  args: readonly string[],
  signal: AbortSignal,
): Promise<RunRecord> {
  const program = typeof name === "string" ? [`scripts/${name}.ts`] : name;
  const { printed, exitCode, outputTail } = await runProgram([...program, "--json", ...args], signal);
  const record = recordIn(printed, exitCode);
  if (record) return record;
  throw new HarnessDefect(`${program.join(" ")} ${args.join(" ")} printed no record of a run`, {
    ...(exitCode !== undefined && { exitCode }),
    outputTail,
  });
}

export async function down({ cluster }: Pick<Settings, "cluster">): Promise<void> {
  await $({ quiet: true, nothrow: true })`${process.execPath} harness/cli/cli.ts down --cluster ${cluster}`;
}

/**
 * The record of a run that a process printed, of the harness's verdict if the process ended otherwise than that says: what broke,
 * did so afterwards. Undefined for what is no record: a command that fails before its run begins prints an error in its place.
 */
export function recordIn(printed: unknown, exitCode: number | undefined): RunRecord | undefined {
  if (!isRecord(printed)) return undefined;
  const { verdict } = printed;
  if (exitCode === exitCodes[verdict] || graver(verdict, "harness") === verdict) return printed;
  const how = exitCode === undefined ? "was killed" : `ended with exit code ${exitCode}`;
  const message = `The run printed the verdict ${verdict}, and its process ${how}`;
  return { ...printed, verdict: "harness", failure: { verdict: "harness", message } };
}

/**
 * The verdict behind the exit code of a process that printed no record. A program that breaks ends with that of the guide, too, so
 * nobody has seen the guide fail; that and one that means nothing is a defect of the harness.
 */
export const verdictWithoutRecord = (code: number | undefined): Verdict =>
  severity.find((verdict) => verdict !== "passed" && verdict !== "guide" && exitCodes[verdict] === code) ??
  "harness";

/** What a process printed, if that is the record of a run. */
export const printedRecord = (printed: unknown): RunRecord | undefined =>
  isRecord(printed) ? printed : undefined;

const isRecord = (printed: unknown): printed is RunRecord =>
  typeof printed === "object" && printed !== null && "tests" in printed;
