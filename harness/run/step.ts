import pRetry from "p-retry";
import { GuideFailure, type HarnessError, NotPossibleHere, toHarnessError } from "../errors.ts";
import { matchOutput } from "../guide/expect.ts";
import type { Step } from "../guide/types.ts";
import { limitShown } from "../machines/lacks.ts";
import type { ExecResult } from "../machines/ssh/connection.ts";
import type { ApplyOptions, Terminal } from "./apply.ts";
import { servedFromCache } from "./assists.ts";
import { tail, unitJournal } from "./diagnose.ts";
import { failureRecord } from "./verdict.ts";

/** No command of the guide takes longer on a machine that works. */
const stepDeadline = 300_000;

/** How much of a step's output its record keeps; the journal has all of it. */
const keptOutput = 64 * 1024;

const pollInterval = 250;

type Context = Pick<ApplyOptions, "recorder" | "redactor" | "signal" | "online" | "patience" | "lacks">;

/**
 * Runs one step on its machine and records it, whatever happens. GuideFailure: the command failed or printed something else.
 */
export async function runStep(step: Step, terminal: Terminal, context: Context): Promise<void> {
  const { recorder } = context;
  const startMs = recorder.now();
  recorder.emit({ type: "step-start", key: step.key, location: step.location });
  const served = step.downloads.length > 0 && !context.online;
  const assists = served ? [servedFromCache(step.key, step.machine)] : [];
  for (const assist of assists) recorder.assist(assist);
  const output: string[] = [];
  const ended = (outcome: "passed" | "failed" | "error", exitCode: number, error?: HarnessError): void => {
    recorder.stepEnded({
      key: step.key,
      id: step.id,
      section: step.section,
      machine: step.machine,
      location: step.location,
      command: context.redactor.text(commandOf(step)),
      startMs,
      durationMs: recorder.now() - startMs,
      outcome,
      exitCode,
      output: output.join("").slice(-keptOutput),
      assists: assists.map((assist) => assist.id),
      ...(error && { failure: failureRecord(error, context.redactor) }),
    });
  };
  try {
    if (step.action.kind === "file") await writeStep(step, step.action, terminal);
    else await commandStep(step, step.action.script, terminal, context, output);
    ended("passed", 0);
  } catch (thrown) {
    const error = toHarnessError(thrown);
    ended(error instanceof GuideFailure ? "failed" : "error", error.details.exitCode ?? 1, error);
    throw error;
  }
}

/** What the reader types, or the file that the reader writes with its path in a first line; not redacted. */
export const commandOf = ({ action }: Step): string =>
  action.kind === "run"
    ? action.script
    : `# ${action.append ? "append to" : "write"} ${action.path}\n${action.content}`;

/** Writes the file as the reader would, with an editor: the folder must be there. */
async function writeStep(
  step: Step,
  action: Extract<Step["action"], { kind: "file" }>,
  { connection, shell }: Terminal,
): Promise<void> {
  const folder = action.path.slice(0, action.path.lastIndexOf("/")) || "/";
  const looked = await shell.run(`test -d ${folder} && test -w ${folder}`);
  if (looked.exitCode !== 0) {
    throw new GuideFailure(`${step.key}: cannot write ${action.path}: there is no folder ${folder}`, {
      ...where(step),
      exitCode: looked.exitCode,
      hint: `A step before this one must make ${folder}.`,
    });
  }
  const before = action.append ? await connection.readFile(action.path) : Buffer.alloc(0);
  await connection.writeFile(action.path, Buffer.concat([before, Buffer.from(`${action.content}\n`)]), {
    mode: action.mode,
  });
}

/** Runs the commands; if their output is shown in the guide, compares it, waiting where the guide says so. */
async function commandStep(
  step: Step,
  script: string,
  terminal: Terminal,
  context: Context,
  output: string[],
): Promise<void> {
  const once = async (): Promise<void> => {
    const result = await runScript(step, script, terminal, context, output);
    if (result.timedOut || result.exitCode !== 0) {
      throw await scriptFailure(step, script, result, terminal, context);
    }
    if (step.expect) {
      const match = matchOutput(step.expect.text, result.stdout, step.expect);
      if (!match.matches) {
        throw new GuideFailure(`${step.key}: the output is not what the guide shows`, {
          ...where(step),
          location: step.expect.location,
          command: script,
          exitCode: result.exitCode,
          outputTail: context.redactor.text(match.difference),
          hint: "Expected and actual first differ here; see the guide's output block.",
        });
      }
    }
  };
  const within = step.expect?.within;
  if (within === undefined) return once();
  return pRetry(once, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: pollInterval,
    factor: 1,
    maxRetryTime: within * context.patience,
    signal: context.signal,
    shouldRetry: ({ error }) => error instanceof GuideFailure,
  });
}

async function runScript(
  step: Step,
  script: string,
  { shell }: Terminal,
  { recorder, redactor, signal, patience }: Context,
  output: string[],
): Promise<ExecResult & { cwd: string }> {
  const streams = { stdout: redactor.fresh(), stderr: redactor.fresh() };
  const record = (stream: "stdout" | "stderr", text: string): void => {
    if (text === "") return;
    output.push(text);
    recorder.emit({ type: "step-output", key: step.key, stream, text });
  };
  const result = await shell.run(script, {
    deadline: stepDeadline * patience,
    signal,
    onOutput: ({ stream, text }) => record(stream, streams[stream].push(text)),
  });
  record("stdout", streams.stdout.end());
  record("stderr", streams.stderr.end());
  return result;
}

async function scriptFailure(
  step: Step,
  script: string,
  result: ExecResult,
  { connection }: Terminal,
  { redactor, patience, lacks }: Context,
): Promise<HarnessError> {
  const journal = await unitJournal(connection, script, redactor);
  const what = result.timedOut
    ? `did not end within ${(stepDeadline * patience) / 1000} s`
    : `ended with exit code ${result.exitCode}`;
  const output = [result.stdout, result.stderr].filter(Boolean).join("\n");
  const details = {
    ...where(step),
    command: redactor.text(script),
    exitCode: result.exitCode,
    outputTail: tail(redactor.text(output)),
    ...(journal !== undefined && { unitJournal: journal }),
  };
  const limit = result.timedOut ? undefined : limitShown(output, lacks);
  if (limit) return new NotPossibleHere(`${step.key}: ${what}: ${limit.reason}`, details);
  return new GuideFailure(`${step.key}: ${what}`, details);
}

const where = (step: Step): { machine: string; step: string; location: Step["location"] } => ({
  machine: step.machine,
  step: step.key,
  location: step.location,
});
