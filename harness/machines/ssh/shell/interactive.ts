import type { Readable, Writable } from "node:stream";
import type { Client, ClientChannel, ExecOptions } from "ssh2";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { within } from "../../../waits/wait.ts";
import type { SshEndpoint } from "../../machine.ts";
import { openLine } from "../connect.ts";
import { signalCode } from "./ending.ts";
import { hangUp } from "../liveness.ts";
import { shellQuote, throughSudo } from "../quote.ts";
import { sh } from "../sh.ts";

export type Stdio = {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: Writable & { readonly rows?: number; readonly columns?: number };
  readonly stderr: Writable;
};

/**
 * A login shell on a machine for a person, in a folder of it; with a terminal if the person has one.
 * Resolves with the shell's exit code. A person may take any time; the signal ends it. InfrastructureError if the connection fails or dies.
 */
export async function interactiveShell(
  endpoint: SshEndpoint,
  folder: string,
  context: Context,
  stdio: Stdio = process,
): Promise<number> {
  const line = await openLine(endpoint, context);
  const raw = stdio.stdin.isTTY === true;
  try {
    stdio.stdin.setRawMode?.(raw);
    return await line.liveness.during("an interactive shell", () =>
      within(attend(endpoint.machine, line.client, shellIn(folder, endpoint.sudo === true), stdio), context),
    );
  } finally {
    stdio.stdin.setRawMode?.(false);
    stdio.stdin.pause();
    await hangUp(line, context.deadlines);
  }
}

function shellIn(folder: string, sudo: boolean): string {
  const command = sh`cd -- ${shellQuote(folder)}; exec bash --login`;
  return sudo ? throughSudo(command) : command;
}

function attend(
  machine: string,
  client: Client,
  command: string,
  { stdin, stdout, stderr }: Stdio,
): Promise<number> {
  const exit = Promise.withResolvers<number>();
  const size = (): { rows: number; cols: number } => ({
    rows: stdout.rows ?? 24,
    cols: stdout.columns ?? 80,
  });
  const options: ExecOptions = stdin.isTTY
    ? { pty: { ...size(), term: process.env["TERM"] ?? "xterm" } }
    : {};
  const listen = (channel: ClientChannel): void => {
    const resized = (): void => channel.setWindow(size().rows, size().cols, 0, 0);
    let code: number | undefined;
    stdin.pipe(channel);
    channel.pipe(stdout, { end: false });
    channel.stderr.pipe(stderr, { end: false });
    stdout.on("resize", resized);
    channel.on("exit", (exitCode: number | null, signal?: string) => {
      code = exitCode ?? signalCode(signal ?? "");
    });
    channel.on("close", () => {
      stdin.unpipe(channel);
      stdout.off("resize", resized);
      if (code !== undefined) return exit.resolve(code);
      // How the shell ended nobody knows: that is no success.
      return exit.reject(
        new InfrastructureError(`${machine}: the shell's channel was closed without an exit status`, {
          machine,
          hint: "The machine's sshd ended it, as when the machine stops.",
        }),
      );
    });
  };
  client.exec(command, options, (error, channel) => {
    if (error) exit.reject(error);
    else listen(channel);
  });
  return exit.promise;
}
