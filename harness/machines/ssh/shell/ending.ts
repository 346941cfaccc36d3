import { constants } from "node:os";
import type { Context } from "../../../context.ts";
import type { RunOptions } from "../connection.ts";
import { sh } from "../sh.ts";

/** Exit code of a command that its deadline ended, as timeout(1) has it. */
export const timedOutCode = 124;

/** What ends a command: what its options say, or what its connection is bound to. */
export const boundTo = (
  context: Context,
  { limit = "help", deadline, signal }: RunOptions,
): { readonly deadline: number; readonly signal: AbortSignal } => ({
  deadline: deadline ?? context.deadlines.for(limit),
  signal: signal ?? context.signal,
});

/** Steps of 0.1 s that a process group has to end after SIGTERM. */
const graceSteps = 20;

/**
 * Waits until a command has ended; gives whether it had to be ended at the deadline, with `end`. Throws what `end` threw;
 * at an abort it does the same and throws the signal's reason in any case.
 */
export async function untilEnded(
  ended: Promise<void>,
  { deadline, signal }: Pick<RunOptions, "deadline" | "signal">,
  end: () => Promise<void>,
): Promise<boolean> {
  const early = Promise.withResolvers<"timed-out" | "aborted">();
  const timer =
    deadline === undefined || deadline === Infinity
      ? undefined
      : setTimeout(early.resolve, deadline, "timed-out");
  const abort = (): void => early.resolve("aborted");
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    const first = await Promise.race([ended.then(() => "ended" as const), early.promise]);
    if (first === "ended") return false;
    try {
      await end();
    } finally {
      // Not its failure to end: that the machine does not answer is nothing to a run that is over.
      if (first === "aborted") signal?.throwIfAborted();
    }
    return true;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * Shell text that ends the process group of a command's first process: SIGTERM first, SIGKILL for what is left after
 * 2 s. Under sudo that process leads no group; where it is gone already, it led its own.
 */
export const killGroup = (first: number): string =>
  sh`group=$(ps -o pgid= -p ${first} | tr -d ' ')
[ -n "$group" ] || group=${first}
kill -TERM -- -$group 2>/dev/null
n=0
while kill -0 -- -$group 2>/dev/null; do
  n=$((n + 1))
  if [ $n -gt ${graceSteps} ]; then kill -KILL -- -$group; break; fi
  sleep 0.1
done`;

/** 128 + n for signal n, as a shell has it. */
export function signalCode(name: string): number {
  const signals: Record<string, number> = constants.signals;
  return 128 + (signals[name] ?? 0);
}
