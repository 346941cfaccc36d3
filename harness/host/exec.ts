import { setTimeout as delay } from "node:timers/promises";
import { execa, ExecaError } from "execa";
import type { Context } from "../context.ts";
import type { Deadlines, Limit } from "../deadlines.ts";
import { InfrastructureError } from "../errors.ts";
import { owned } from "./processes/owned.ts";
import { within } from "../waits/wait.ts";
import { signal } from "./processes/processes.ts";

export type HostCommand = {
  readonly input?: string;
  readonly env?: Record<string, string>;
  readonly hint?: string;
  /** How long it may take: as a command on the host does, unless told. */
  readonly limit?: Limit;
  /** It heeds no SIGTERM, as unshare(1) with --fork: nothing is lost if it is killed at once. */
  readonly unstoppable?: boolean;
};

/** PATH that leads to root's programs, too, even if the user's does not. */
export const hostPath = (): string => `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

/** The last lines of a text, for an error. */
export const tailOf = (text: string, lines = 20): string =>
  text.trimEnd().split("\n").slice(-lines).join("\n");

/**
 * Runs a command on the host and gives its standard output. InfrastructureError if it cannot run, fails or takes too
 * long; the signal's reason if that ends it. What it had started ends with it.
 */
export async function host(
  file: string,
  args: readonly string[],
  context: Context,
  { input, env, hint, limit = "host", unstoppable = false }: HostCommand = {},
): Promise<string> {
  context.signal.throwIfAborted();
  const command = [file, ...args].join(" ");
  const milliseconds = context.deadlines.for(limit);
  const child = execa(file, args, {
    all: true,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
    env: { PATH: hostPath(), ...env },
    // In a process group of its own, which can be ended as a whole.
    detached: true,
  });
  const late = (): Error =>
    new InfrastructureError(`${file} did not end within ${milliseconds / 1000} s on the host`, {
      command,
      ...(hint && { hint }),
    });
  try {
    const { stdout } = await within(child, { signal: context.signal, deadline: milliseconds, late });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) {
      await endGroup(child, context.deadlines, unstoppable ? ["SIGKILL"] : undefined);
      throw error;
    }
    const { exitCode, all, shortMessage } = error;
    throw new InfrastructureError(`${file} failed on the host: ${shortMessage}`, {
      command,
      outputTail: tailOf(all ?? ""),
      ...(exitCode !== undefined && { exitCode }),
      ...(hint && { hint }),
      cause: error,
    });
  }
}

/** Sends a process group one signal after the other until its first process is gone and its output closed. */
export async function endGroup(
  child: Promise<unknown> & { readonly pid?: number | undefined },
  deadlines: Deadlines,
  signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGKILL"],
): Promise<void> {
  const { pid } = child;
  const ended = child.then(
    () => true,
    () => true,
  );
  for (const name of signals) {
    if (pid !== undefined) signal(-pid, name);
    if (await Promise.race([ended, delay(deadlines.for("end"), false, { ref: false })])) return;
  }
}

/**
 * Runs a shell script in mount and process namespaces of its own: its end, whatever the cause, leaves no mount and no
 * process. When this process is killed, so is unshare, and with it all that it started.
 */
export function hostContained(
  script: readonly string[],
  context: Context,
  options?: Omit<HostCommand, "unstoppable">,
): Promise<string> {
  const namespaces = "--mount --propagation private --pid --fork --kill-child --mount-proc".split(" ");
  const command = ["unshare", ...namespaces, "sh", ...script];
  return host(...owned("KILL", command), context, { ...options, unstoppable: true });
}

/** Runs a command in a mount namespace of its own: what it mounts goes with it. */
export const hostWithMounts = (
  command: readonly string[],
  context: Context,
  options?: HostCommand,
): Promise<string> => host("unshare", ["--mount", "--propagation", "private", ...command], context, options);

/** Waits for the end of all, also when one fails, so that nothing goes on behind the caller's back. */
export async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
