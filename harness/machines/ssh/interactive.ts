import { InfrastructureError } from "../../errors.ts";
import type { SshEndpoint } from "../machine.ts";
import { openClient } from "./connect.ts";
import { quote } from "./quote.ts";

/**
 * Joins this process's terminal to a login shell on a machine, in `folder`, until the shell ends.
 * Without a terminal, standard input is the shell's script. Resolves with the shell's exit code.
 */
export async function interactiveShell(endpoint: SshEndpoint, folder: string): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const client = await openClient(endpoint);
  const ended = Promise.withResolvers<number>();
  client.on("close", () =>
    ended.reject(
      new InfrastructureError(`${endpoint.machine}: the connection was lost`, { machine: endpoint.machine }),
    ),
  );
  const size = (): { rows: number; cols: number } => ({
    rows: stdout.rows ?? 24,
    cols: stdout.columns ?? 80,
  });
  const terminal = stdin.isTTY ? { pty: { term: process.env["TERM"] ?? "xterm", ...size() } } : {};
  client.exec(`cd ${quote(folder)}; exec bash --login`, terminal, (error, channel) => {
    if (error) {
      ended.reject(error);
      return;
    }
    const resize = (): void => channel.setWindow(size().rows, size().cols, 0, 0);
    if (stdin.isTTY) stdin.setRawMode(true);
    stdout.on("resize", resize);
    stdin.pipe(channel);
    channel.pipe(stdout);
    channel.stderr.pipe(stderr);
    channel.on("exit", (code: number | null) => ended.resolve(code ?? 1));
    channel.on("close", () => {
      stdout.off("resize", resize);
      stdin.unpipe(channel);
    });
  });
  try {
    return await ended.promise;
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    client.end();
  }
}
