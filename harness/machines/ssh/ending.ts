import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Interrupted } from "../../errors.ts";
import type { RunOptions } from "./connection.ts";

/** How long output may still arrive once the process that wrote it is known to be gone. */
export const drainMs = 500;

/** Exit code of a command that its deadline ended, as timeout(1) has it. */
export const timedOutCode = 124;

/** Steps of 0.1 s that a process group has to end after SIGTERM. */
const graceSteps = 20;

/**
 * Waits until a command has ended. At the deadline it ends the command with `kill` and resolves "timed-out";
 * at an abort it does the same and throws Interrupted.
 */
export async function untilEnded(
  ended: Promise<void>,
  { deadline, signal }: RunOptions,
  kill: () => Promise<void>,
): Promise<"ended" | "timed-out"> {
  const early = Promise.withResolvers<"timed-out" | "aborted">();
  const timer = deadline === undefined ? undefined : setTimeout(early.resolve, deadline, "timed-out");
  const abort = (): void => early.resolve("aborted");
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    const first = await Promise.race([ended.then(() => "ended" as const), early.promise]);
    if (first === "ended") return first;
    await kill();
    await Promise.race([ended, delay(drainMs, undefined, { ref: false })]);
    if (first === "aborted") throw interrupted();
    return first;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** What a command that a signal ended is told with. */
export const interrupted = (): Interrupted =>
  new Interrupted("Interrupted while a command was running", {
    hint: "The command was ended on the machine; what it had done until then stays done.",
  });

/**
 * Shell text that ends the process group of a command's first process: SIGTERM first, SIGKILL for what is left after
 * 2 s. Under sudo that process leads no group; where it is gone already, it led its own.
 */
export const killGroup = (first: number): string =>
  `group=$(ps -o pgid= -p ${first} | tr -d ' ')
group=\${group:-${first}}
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
