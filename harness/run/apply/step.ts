import { type Answer, variableOf } from "../../guide/parse/answers/answers.ts";
import { GuideFailure, type HarnessError, toHarnessError } from "../../errors.ts";
import { matchOutput } from "../../guide/plan/expect.ts";
import type { Step } from "../../guide/types.ts";
import { type Assist, spoken } from "../../progress.ts";
import { describeWait, waitFor } from "../../waits/wait.ts";
import type { ApplyOptions, Terminal } from "./apply.ts";
import { helpToFetch } from "../assists.ts";
import type { PlannedStep } from "../../record/blame.ts";
import { asksForSecret, mask } from "../../secrets/forms.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { reboot } from "./reboot.ts";
import { typedText } from "../evidence/typed-text.ts";
import { isFailed, keptOutput, runScript, type StepLog } from "./script/script.ts";
import { scriptFailure, where } from "./script/script-failure.ts";
import { writeStep } from "./script/write-file.ts";
import type { WhileWatched } from "./units/watch-during.ts";
import { UnitDied } from "./units/unit-death.ts";
import { failureRecord } from "../verdict.ts";
import type { ShellRunResult } from "../../machines/ssh/connection.ts";
import { sh } from "../../machines/ssh/sh.ts";
import { unanswered } from "../../machines/ssh/succeed.ts";

const pollInterval = 100;

type StepOptions = Pick<
  ApplyOptions,
  "recorder" | "context" | "online" | "hosts" | "limitations" | "judged" | "returned"
> & {
  /** Looks after the units that steps before have started, beside what waits. */
  readonly whileWatched: WhileWatched;
};

/** Runs one step and records it, whatever happens. GuideFailure if it failed, and all around it was in order. */
export async function runStep(step: Step, terminal: Terminal, options: StepOptions): Promise<void> {
  const { recorder } = options;
  const startMs = recorder.now();
  recorder.emit({ type: "step-start", key: step.key, location: step.location });
  const helps = assistsOf(step, options);
  for (const assist of helps) recorder.assist(assist);
  const log: StepLog = { output: [], assists: new Set(helps.map(({ id }) => id)), left: [] };
  let printed: string | undefined;
  const ended = (outcome: "passed" | "failed" | "error", exitCode: number, error?: HarnessError): void => {
    recorder.stepEnded({
      ...describeStep(step),
      startMs,
      durationMs: recorder.now() - startMs,
      outcome,
      exitCode,
      output: log.output.join("").slice(-keptOutput),
      ...(outcome === "passed" && printed !== undefined && { printed }),
      assists: [...log.assists],
      ...(log.left.length > 0 && { left: log.left }),
      ...(error && { failure: failureRecord(error) }),
    });
  };
  try {
    if (step.action.kind === "file") await writeStep(step, step.action, terminal);
    else {
      const { before = step.action.script } = step.reboots ?? {};
      const stdout = await commandStep(step, before, terminal, { ...options, log });
      if (stdout.length < keptOutput) printed = processRedactor.text(stdout);
      if (step.reboots) await reboot(step, step.reboots, terminal, { ...options, log });
    }
    ended("passed", 0);
  } catch (thrown) {
    const failure = toHarnessError(thrown);
    // A unit's death was judged when it was found.
    const error = failure instanceof UnitDied ? failure : await options.judged(failure);
    ended(error instanceof GuideFailure ? "failed" : "error", error.details.exitCode ?? 1, error);
    throw error;
  }
}

function assistsOf(step: Step, { online, limitations }: StepOptions): Assist[] {
  const isPacked =
    limitations.some(({ capability }) => capability === "packages") &&
    step.asks?.some(({ capability }) => capability === "yum");
  return [
    ...(step.downloads.length > 0 && !online ? [helpToFetch("artifact-cache", step)] : []),
    ...(isPacked ? [helpToFetch("package-cache", step)] : []),
  ];
}

/** A step as records have it. */
export const describeStep = (step: Step): Omit<PlannedStep, "digest"> => {
  const { key, id, section, machine, location } = step;
  return { key, id, section, machine, location, command: typedText(commandOf(step)) };
};

/** What the reader types, and answers, or the file that the reader writes below its path; only secret answers are redacted. */
export function commandOf({ action }: Step): string {
  if (action.kind === "file")
    return `# ${action.append ? "append to" : "write"} ${action.path}\n${action.content}`;
  const answers = (action.tty ?? []).map(({ prompt, reply }) => {
    const open = reply === "" || variableOf(reply) !== undefined || !asksForSecret(prompt);
    return `# ${prompt} => ${open ? reply : mask}`.trimEnd();
  });
  return [action.script, ...answers].join("\n");
}

/** What goes on in the background of a shell: what it prints is in the output of steps that have nothing to do with it. */
const besideIt = ({ beside = [] }: Pick<ShellRunResult, "beside">): string =>
  beside.length === 0
    ? ""
    : ` Commands that earlier steps left running may print here, too: ${typedText(beside.join("; "))}`;

/** Runs the commands; if their output is shown in the guide, compares it, waiting where the guide says so. Resolves with that output. */
async function commandStep(
  step: Step,
  script: string,
  terminal: Terminal,
  options: StepOptions & { readonly log: StepLog },
): Promise<string> {
  const { signal, deadlines } = options.context;
  const { tty } = step.action.kind === "run" ? step.action : {};
  const once = async (ends: AbortSignal): Promise<string> => {
    const answers = tty && (await withValues(step, tty, terminal));
    const typed = { ...step, ...(answers && { tty: answers }) };
    const bound = { ...options, context: { signal: ends, deadlines } };
    const result = await runScript(typed, script, terminal, bound);
    if (isFailed(result)) throw await scriptFailure(step, script, result, terminal, options);
    for (const command of (result.left ?? []).map(typedText)) {
      options.log.left.push(command);
      options.recorder.note(`${step.key} leaves this running: ${command}`);
    }
    if (step.expect) {
      const match = matchOutput(step.expect.text, result.stdout, step.expect);
      if (!match.matches) {
        throw new GuideFailure(`${step.key}: the output is not what the guide shows`, {
          ...where(step),
          location: step.expect.location,
          command: typedText(script),
          exitCode: result.exitCode,
          outputTail: processRedactor.text(match.difference),
          hint: `Expected and actual first differ here; see the guide's output block.${besideIt(result)}`,
        });
      }
    }
    return result.stdout;
  };
  const within = step.expect?.within;
  if (within === undefined) return once(signal);
  let seen = new GuideFailure(`${step.key}: nothing was seen`);
  const deadline = deadlines.scaled(within);
  const start = performance.now();
  const far = (): string =>
    `${step.key} waits for its output, ${spoken((performance.now() - start) / 1000)} of ${spoken(deadline / 1000)}`;
  const wait = (ends: AbortSignal): Promise<string> =>
    waitFor(() => once(ends), {
      deadline,
      interval: pollInterval,
      signal: ends,
      observation: (thrown) => {
        if (!(thrown instanceof GuideFailure)) return undefined;
        seen = thrown;
        return thrown.message;
      },
      late: (waited) =>
        new GuideFailure(`${seen.message} (${describeWait(waited)})`, {
          ...seen.details,
          late: waited.milliseconds,
        }),
    });
  return options.whileWatched((ends) => options.recorder.watch(far, () => wait(ends)));
}

/** Answers with the values of the variables that are replies. GuideFailure for a variable that has none. */
async function withValues(
  step: Step,
  answers: readonly Answer[],
  { shell }: Terminal,
): Promise<readonly Answer[]> {
  const valued: Answer[] = [];
  for (const { prompt, reply } of answers) {
    const name = variableOf(reply);
    const told =
      name === undefined ? undefined : await shell.run(sh`printf %s "$${name}"`, { limit: "question" });
    if (told?.timedOut) throw unanswered(step.machine, where(step));
    const value = told?.stdout ?? reply;
    if (name !== undefined && value === "") {
      throw new GuideFailure(`${step.key}: nothing has set $${name}, which answers "${prompt}"`, {
        ...where(step),
        hint: `An earlier step must set it: ${name}=…`,
      });
    }
    if (name !== undefined && asksForSecret(`${prompt} ${name}`)) processRedactor.learn([value]);
    valued.push({ prompt, reply: value });
  }
  return valued;
}
