import { execa, ExecaError } from "execa";
import pRetry, { AbortError } from "p-retry";
import { InfrastructureError } from "../../errors.ts";
import { owned } from "../../owned.ts";

export type HostCommand = {
  readonly input?: string;
  readonly env?: Record<string, string>;
  /** What to do when it fails. */
  readonly hint?: string;
};

/** Where root's programs are, even if the user's PATH does not lead there. */
export const hostPath = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

const tailLines = 20;

/** The last lines of a text, for an error. */
export const tailOf = (text: string): string => text.trimEnd().split("\n").slice(-tailLines).join("\n");

/** Runs a command on the host and gives its standard output. InfrastructureError if it cannot run or fails. */
export async function host(
  file: string,
  args: readonly string[],
  { input, env, hint }: HostCommand = {},
): Promise<string> {
  try {
    const { stdout } = await execa(file, args, {
      all: true,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
      env: { PATH: hostPath, ...env },
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const { exitCode, all, shortMessage } = error;
    throw new InfrastructureError(`${file} failed on the host: ${shortMessage}`, {
      command: [file, ...args].join(" "),
      outputTail: tailOf(all ?? ""),
      ...(exitCode !== undefined && { exitCode }),
      ...(hint && { hint }),
      cause: error,
    });
  }
}

/**
 * Runs a shell script in mount and process namespaces of its own: its end, whatever the cause, leaves no mount and no
 * process. When this process is killed, so is unshare, and with it all that it started.
 */
export function hostContained(script: readonly string[], options?: HostCommand): Promise<string> {
  const namespaces = "--mount --propagation private --pid --fork --kill-child --mount-proc".split(" ");
  return host(...owned("KILL", ["unshare", ...namespaces, "sh", ...script]), options);
}

/** Waits for the end of all, also when one fails, so that nothing goes on behind the caller's back. */
export async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/**
 * Polls until `look` gives true. A string is the last observation, given to `late` when the time is over;
 * whatever `look` throws ends the wait at once.
 */
export async function until(
  look: () => Promise<true | string>,
  { deadline, late }: { readonly deadline: number; readonly late: (last: string) => Promise<Error> | Error },
): Promise<void> {
  const end = performance.now() + deadline;
  let last = "nothing yet";
  const attempt = async (): Promise<void> => {
    let seen: true | string;
    try {
      seen = await look();
    } catch (error) {
      throw new AbortError(error instanceof Error ? error : String(error));
    }
    if (seen === true) return;
    last = seen;
    throw performance.now() < end ? new Error(seen) : new AbortError(await late(last));
  };
  await pRetry(attempt, { retries: Infinity, minTimeout: 10, factor: 1.2, maxTimeout: 50 });
}
