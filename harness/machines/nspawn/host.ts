import { execa, ExecaError } from "execa";
import type { Context } from "../../context.ts";
import type { Limit } from "../../deadlines.ts";
import { InfrastructureError } from "../../errors.ts";

export type HostCommand = {
  readonly input?: string;
  readonly env?: Record<string, string>;
  /** What to do when it fails. */
  readonly hint?: string;
  /** How long it may take: as a command on the host does, unless told. */
  readonly limit?: Limit;
};

/** Where root's programs are, even if the user's PATH does not lead there. */
export const hostPath = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

const tailLines = 20;

/** The last lines of a text, for an error. */
export const tailOf = (text: string): string => text.trimEnd().split("\n").slice(-tailLines).join("\n");

/**
 * Runs a command on the host and gives its standard output. InfrastructureError if it cannot run, fails or takes too
 * long; the signal's reason if that ends it.
 */
export async function host(
  file: string,
  args: readonly string[],
  { signal, deadlines }: Context,
  { input, env, hint, limit = "host" }: HostCommand = {},
): Promise<string> {
  try {
    const { stdout } = await execa(file, args, {
      all: true,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
      env: { PATH: hostPath, ...env },
      cancelSignal: signal,
      timeout: deadlines.for(limit),
    });
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
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
 * process. When this process is killed, setpriv has unshare killed, and unshare all that it started.
 */
export function hostContained(
  script: readonly string[],
  context: Context,
  options?: HostCommand,
): Promise<string> {
  const namespaces = "--mount --propagation private --pid --fork --kill-child --mount-proc".split(" ");
  return host(
    "setpriv",
    ["--pdeathsig", "KILL", "unshare", ...namespaces, "sh", ...script],
    context,
    options,
  );
}

/** Waits for the end of all, also when one fails, so that nothing goes on behind the caller's back. */
export async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
