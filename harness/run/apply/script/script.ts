import { endsItself } from "../../../guide/effects/parts.ts";
import type { ScriptPart, Step } from "../../../guide/types.ts";
import type { Answer } from "../../../guide/parse/answers/answers.ts";
import type { ExecResult, ShellRunResult, Typist } from "../../../machines/ssh/connection.ts";
import type { ApplyOptions, Terminal } from "../apply.ts";
import { helpToFetch } from "../../assists.ts";
import { type FailedDownload, failedDownload, fetchedNothing } from "../../../blame/download/download.ts";
import { tailOf } from "../../../host/exec.ts";
import { screen } from "../../evidence/diagnose.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { RecordedStream } from "../../../secrets/recorded-stream.ts";
import { Answers, type Unanswered } from "./answers.ts";

/** Characters of an output's end that a record keeps; the journal has more. */
export const keptOutput = 64 * 1024;

/** What a step's record takes: what was printed, redacted; ids of help; commands that go on in the background. */
export type StepLog = { readonly output: string[]; readonly assists: Set<string>; readonly left: string[] };

type ScriptOptions = Pick<ApplyOptions, "recorder" | "context" | "hosts"> & { readonly log: StepLog };

/** How a script ended, or the part of it that failed. */
export type Ended = ExecResult &
  Pick<ShellRunResult, "left" | "beside" | "failed"> & {
    /** Which of the step's commands failed, if it has several and that is known. */
    readonly failedCommand?: string;
    readonly cutShort?: true;
    readonly late?: string;
    readonly download?: FailedDownload;
    /** What was asked and not answered at its terminal, or answered and not asked. */
    readonly unanswered?: Unanswered;
  };

/** What of a step says how a script of it is typed; with answers, if there are any, at a terminal. */
type TypedStep = Pick<Step, "key" | "machine" | "parts"> & { readonly tty?: readonly Answer[] };

/** Types a step's script; a download of its own that fails for the network's sake is tried once more. */
export async function runScript(
  step: TypedStep,
  script: string,
  terminal: Terminal,
  options: ScriptOptions,
): Promise<Ended> {
  const whole = { script, fetchers: [], alone: false, quiet: false };
  const all = { exitCode: 0, stdout: "", stderr: "", durationMs: 0, timedOut: false, left: [] as string[] };
  let beside: Ended["beside"];
  for (const part of step.parts ?? [whole]) {
    const ended = await runPart(step, part, terminal, options);
    all.stdout += ended.stdout;
    all.stderr += ended.stderr;
    all.durationMs += ended.durationMs;
    all.left.push(...(ended.left ?? []));
    if (isFailed(ended)) {
      const { exitCode, timedOut, failed } = ended;
      const isOne = part.script.trim() === script.trim() && !part.script.trim().includes("\n");
      const failedCommand = failed && !isOne ? failedLine(part.script, failed) : undefined;
      return { ...ended, ...all, exitCode, timedOut, ...(failedCommand !== undefined && { failedCommand }) };
    }
    beside = ended.beside;
  }
  return { ...all, ...(beside && { beside }) };
}

const dense = (text: string): string => text.replaceAll(/\s/g, "");

/** A command that failed with its line of the script, or alone where bash writes it otherwise, or counts lines so. */
function failedLine(script: string, { line, command }: NonNullable<ShellRunResult["failed"]>): string {
  const written = script.split("\n")[line - 1]?.trim() ?? "";
  return dense(written).includes(dense(command)) ? written : command;
}

/** Whether a script has not come to its end, or has not got what it was told to. */
export const isFailed = ({ exitCode, cutShort, late, download, unanswered }: Ended): boolean =>
  exitCode !== 0 ||
  cutShort === true ||
  late !== undefined ||
  download !== undefined ||
  unanswered !== undefined;

/** Whether wget may have begun a file: it would save another one under another name, and leave the first as it is. */
const mayHaveBegun = ({ fetchers }: ScriptPart, { exitCode, stdout, stderr }: Ended): boolean => {
  if (!fetchers.includes("wget") || exitCode === 5 || exitCode === 8) return false;
  const said = stdout + stderr;
  return (
    !/unable to resolve host address|^Connecting to .*failed: /m.test(said) || /^Saving to: /m.test(said)
  );
};

async function runPart(
  step: TypedStep,
  part: ScriptPart,
  terminal: Terminal,
  options: ScriptOptions,
): Promise<Ended> {
  const first = await typed(step, part, terminal, options);
  const { download, late } = first;
  if (!part.alone || download?.fault !== "network" || late !== undefined || mayHaveBegun(part, first))
    return first;
  const { recorder, log } = options;
  const command = processRedactor.text(part.script.trim());
  recorder.note(`${step.key}: ${download.said}; tried again: ${command}`);
  const assist = helpToFetch("download-repeated", step);
  recorder.assist(assist);
  log.assists.add(assist.id);
  const second = await typed(step, part, terminal, options);
  if (!second.download) return second;
  const { said } = second.download;
  const how = said === download.said ? "and so it was when tried again" : `and before that, ${download.said}`;
  return { ...second, download: { ...second.download, said: `${said}, ${how}` } };
}

async function typed(
  step: TypedStep,
  { script, fetchers, alone, quiet }: ScriptPart,
  { shell }: Terminal,
  { recorder, context: { signal, deadlines }, hosts = [], log }: ScriptOptions,
): Promise<Ended> {
  const streams = {
    stdout: new RecordedStream(processRedactor),
    stderr: new RecordedStream(processRedactor),
  };
  const record = (stream: "stdout" | "stderr", text: string): void => {
    if (text === "") return;
    log.output.push(text);
    recorder.emit({ type: "step-output", key: step.key, stream, text });
  };
  /** The end of it, for a script that is ended before it says how. */
  const printed = { stdout: "", stderr: "" };
  const limit = deadlines.for(quiet ? "step" : "stepSilence");
  // How long a download takes is the network's affair, as long as something comes.
  const deadline = fetchers.length > 0 ? Infinity : deadlines.for("step");
  using silence = new Silence(limit);
  const answers = step.tty && new Answers(step.tty);
  const typist: Typist | undefined =
    answers &&
    ((line, finished) => {
      // What a program says because it is ended is no word on what it waited for.
      if (silence.signal.aborted) return undefined;
      const answer = answers.answer(line, finished);
      silence.heard(answers.waits ? deadlines.for("prompt") : limit);
      return answer;
    });
  const run = async (): Promise<Ended> => {
    try {
      const result = await shell.run(script, {
        deadline,
        surviving: alone,
        ...(typist && { typist }),
        signal: AbortSignal.any([signal, silence.signal]),
        onOutput: ({ stream, text }) => {
          if (!answers) silence.heard();
          printed[stream] = (printed[stream] + text).slice(-keptOutput);
          record(stream, streams[stream].push(text));
        },
      });
      if (result.endedShell && !endsItself(script)) return { ...result, cutShort: true };
      return result.timedOut ? { ...result, late: `did not end within ${deadline / 1000} s` } : result;
    } catch (thrown) {
      if (signal.aborted || !silence.signal.aborted) throw thrown;
      const late = `printed nothing for ${silence.limit / 1000} s`;
      return { ...printed, exitCode: 124, durationMs: silence.limit, timedOut: true, late };
    }
  };
  const ended = await run();
  record("stdout", streams.stdout.end());
  record("stderr", streams.stderr.end());
  // What other commands printed before says nothing of the one that failed; yum has much to say after the reason.
  const said = [ended.stdout, ended.stderr].filter(Boolean).join("\n");
  const output = processRedactor.text(tailOf(said, alone ? 400 : screen));
  const { exitCode, late } = ended;
  // A download that stands still asks nothing.
  const silent = late !== undefined && (answers?.waits === true || fetchers.length === 0);
  const unanswered = silent || exitCode === 0 ? answers?.problem(silent ? "silent" : "passed") : undefined;
  if (unanswered) return { ...ended, unanswered };
  if (!isFailed(ended) && !(alone && fetchedNothing(fetchers, output))) return ended;
  const fetched = { machines: hosts, fetchers, alone, script, exitCode, output };
  const download = failedDownload({ ...fetched, ...(late !== undefined && { late }) });
  return { ...ended, ...(download && { download }) };
}

/** A signal that is raised once nothing was heard for so many milliseconds. */
class Silence implements Disposable {
  readonly #controller = new AbortController();
  readonly #usual: number;
  #timer: NodeJS.Timeout;
  limit: number;

  constructor(milliseconds: number) {
    this.#usual = milliseconds;
    this.limit = milliseconds;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something was heard: the time begins anew, with another limit if one is given. */
  heard(limit = this.#usual): void {
    if (limit === this.limit) this.#timer.refresh();
    else {
      clearTimeout(this.#timer);
      this.limit = limit;
      this.#timer = this.#start();
    }
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => this.#controller.abort(), this.limit);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
