import { execa } from "execa";
import pRetry from "p-retry";
import { z } from "zod";
import { InfrastructureError, type Verdict } from "../../errors.ts";
import { parseJson } from "../../host/persisted.ts";
import { identify, isAlive, isElsewhere, type ProcessIdentity } from "../../host/processes/identity.ts";
import { signal as send } from "../../host/processes/processes.ts";
import type { Interruption } from "../../interruptions.ts";
import type { RunRecord } from "../../record/record.ts";
import { recordIn, startProgram, verdictWithoutRecord } from "../pool/children.ts";
import type { Attempt } from "./history/history.ts";
import { attemptOf } from "./run.ts";

type ChildOptions = {
  /** A program and its arguments; standard output is the run's record, standard error goes where ours goes. */
  readonly command: readonly string[];
  readonly interruption: Pick<Interruption, "signal" | "received">;
  /** Milliseconds in which a child that was told to end has to be gone. */
  readonly endDeadline: number;
  readonly onStart: (child: ProcessIdentity) => Promise<void>;
};

/** How the end-to-end run ended; without a record if it did not come to write one. */
export type ChildEnd = { readonly attempt: Attempt; readonly record?: RunRecord };

/**
 * Runs the end-to-end run to its end. A signal is passed on, and its teardown is waited for; at the deadline it is
 * killed. If this process is killed, the kernel tells the run to end. Whatever happens is told by the attempt's verdict.
 */
export async function runChild(options: ChildOptions): Promise<ChildEnd> {
  const { interruption, endDeadline, onStart } = options;
  const started = performance.now();
  const child = startProgram(options.command, { stderr: "inherit" });
  let killed = false;
  let deadline: NodeJS.Timeout | undefined;
  const passOn = (): void => {
    child.kill(interruption.received ?? "SIGTERM");
    deadline ??= setTimeout(() => {
      killed = true;
      child.kill("SIGKILL");
    }, endDeadline);
  };
  /** Nobody would look after a run that the marker does not name. */
  const endAndThrow = async (error: unknown): Promise<never> => {
    passOn();
    await child;
    throw error;
  };
  interruption.signal.addEventListener("abort", passOn, { once: true });
  try {
    const mark = child.pid === undefined ? undefined : await identify(child.pid);
    if (mark) await onStart(mark).catch((error: unknown) => endAndThrow(error));
    if (interruption.signal.aborted) passOn();
    const { stdout, exitCode, signal, shortMessage } = await child;
    const durationMs = performance.now() - started;
    const printed = parseJson(stdout ?? "");
    const record = recordIn(printed, exitCode);
    if (record) return { attempt: attemptOf(record), record };
    const message = broken.safeParse(printed).data?.error.message;
    const end = (verdict: Verdict, text: string): ChildEnd => ({
      attempt: { verdict, durationMs, message: message ?? text },
    });
    if (interruption.signal.aborted) {
      const late = killed ? `; it was killed, since it was not gone after ${endDeadline / 1000} s` : "";
      return end("interrupted", `ended by ${interruption.received ?? "a signal"}${late}`);
    }
    if (signal !== undefined) {
      return end("infrastructure", `the run was killed by ${signal}; the host may be short of memory`);
    }
    const text = `the run ended without a record, ${exitCode === undefined ? shortMessage : `with exit code ${exitCode}`}`;
    return end(verdictWithoutRecord(exitCode), text);
  } finally {
    clearTimeout(deadline);
    interruption.signal.removeEventListener("abort", passOn);
  }
}

/**
 * Ends a run that outlived its nightly, in good order if it can; false if it is over. InfrastructureError if it stays, or
 * cannot be reached.
 */
export async function endSurvivor(child: ProcessIdentity, endDeadline: number): Promise<boolean> {
  if (!(await isAlive(child))) return false;
  if (await isElsewhere(child)) {
    throw new InfrastructureError(
      `Process ${child.pid}, of a nightly that was killed, belongs to another PID namespace (${child.pidNamespace})`,
      { hint: "See there that it has ended; the next nightly does not look for it again." },
    );
  }
  for (const [name, wait] of [
    ["SIGTERM", endDeadline],
    ["SIGKILL", 10_000],
  ] as const) {
    send(child.pid, name);
    const gone = await pRetry(
      async () => {
        if (await isAlive(child)) throw new Error("alive");
        return true;
      },
      { retries: Number.POSITIVE_INFINITY, factor: 1, minTimeout: 50, maxRetryTime: wait },
    ).catch(() => false);
    if (gone) return true;
  }
  throw new InfrastructureError(`Process ${child.pid}, of a nightly that was killed, does not end`, {
    hint: `See what it waits for: \`cat /proc/${child.pid}/wchan\`.`,
  });
}

const problem = z.looseObject({ message: z.string() });
const printed = z.looseObject({
  removed: z.array(z.string()),
  left: z.array(z.string()),
  failed: z.array(z.string()).default([]),
  problems: z.array(problem).default([]),
});
/** What `--json` prints for a command that fails before its run begins. */
const broken = z.looseObject({ error: problem });

/**
 * Removes what ended or killed runs left, gives it, and says it, with what was damaged and is out of the way now. InfrastructureError if that cannot be done, or a cluster that nobody uses is
 * there still; whatever else needs a person is no reason to end the night.
 * The command is that of `pnpm gc --json`. It has a process group of its own: a signal to ours does not cut it short.
 */
export async function collectGarbage(
  command: readonly string[],
  say: (line: string) => void,
): Promise<readonly string[]> {
  const [program = "", ...args] = command;
  const result = await execa(program, args, { stdin: "ignore", reject: false, detached: true });
  const json = parseJson(result.stdout);
  const { data } = printed.safeParse(json);
  const problems = data?.problems.map(({ message }) => message) ?? [];
  if (data && data.failed.length === 0) {
    for (const line of [...data.removed.map((what) => `Removed ${what}`), ...problems]) say(line);
    return data.removed;
  }
  const message =
    problems.join("; ") ||
    (broken.safeParse(json).data?.error.message ?? result.stderr.trim().split("\n").at(-1));
  throw new InfrastructureError(
    `What earlier runs left could not be removed: ${message || result.shortMessage}`,
    {
      hint: "Run `pnpm gc` by hand; `pnpm status` shows what there is.",
    },
  );
}
