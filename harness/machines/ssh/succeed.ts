import { type ErrorDetails, InfrastructureError } from "../../errors.ts";
import { tailOf } from "../../host/exec.ts";
import type { Connection, ExecOptions } from "./connection.ts";

export type SucceedOptions = ExecOptions & {
  readonly hint?: string;
  /** The end of what it prints: without it, it was cut short. */
  readonly end?: string;
};

/**
 * Runs a command that has to succeed, and gives its standard output. InfrastructureError with `failed`, after the machine's
 * name, if it does not.
 */
export async function succeed(
  connection: Connection,
  command: string,
  failed: string,
  { hint, end = "", ...options }: SucceedOptions = {},
): Promise<string> {
  const { machine } = connection;
  const { exitCode, stdout, stderr, timedOut } = await connection.exec(command, options);
  if (exitCode === 0 && !timedOut && stdout.endsWith(end)) return stdout;
  throw new InfrastructureError(`${machine}: ${failed}`, {
    machine,
    exitCode,
    outputTail: tailOf(stderr || stdout),
    ...(hint && { hint }),
  });
}

/**
 * What a machine answers to a question, whatever its exit code. InfrastructureError if it does not come to its end in time: a
 * part of an answer says nothing.
 */
export async function ask(connection: Connection, question: string): Promise<string> {
  const { timedOut, stdout } = await connection.exec(question, { limit: "question" });
  if (!timedOut) return stdout;
  throw unanswered(connection.machine);
}

/** The error for a question that was not answered; `details` say where that was. */
export const unanswered = (machine: string, details: ErrorDetails = {}): InfrastructureError =>
  new InfrastructureError(`${machine}: a question was not answered in time`, {
    machine,
    hint: "See what keeps the machine busy.",
    ...details,
  });
