import type { Duplex } from "node:stream";
import pLimit from "p-limit";
import type { Client, ClientChannel } from "ssh2";
import { GuideFailure, InfrastructureError } from "../../errors.ts";
import type { Connection, ExecResult, FileOptions, KeptShell, ShellPlace } from "./connection.ts";
import { type Channels, execIn, type ExecOptions, type RawResult } from "./exec.ts";
import { readFile, writeFile } from "./files.ts";
import { openShell } from "./kept-shell.ts";
import type { Liveness } from "./liveness.ts";
import { firstLine, throughSudo } from "./quote.ts";

/** sshd allows ten sessions a connection (sshd_config(5), MaxSessions): some are left for shells and for ending commands. */
const maxCommands = 7;

/** How long the machine has to answer a goodbye. */
const goodbyeMs = 1000;

/** An SSH connection that is up; see `connect`. */
export class SshConnection implements Connection {
  readonly machine: string;
  readonly #client: Client;
  readonly #liveness: Liveness;
  readonly #channels: Channels;
  readonly #sudo: boolean;
  readonly #limited = pLimit(maxCommands);

  /** With `sudo`, every command goes through it. */
  constructor(client: Client, liveness: Liveness, sudo = false) {
    this.machine = liveness.machine;
    this.#client = client;
    this.#liveness = liveness;
    this.#sudo = sudo;
    this.#channels = { machine: this.machine, open: (command, listen) => this.#open(command, listen) };
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const result = await this.#exec(command, options);
    return { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() };
  }

  shell(place: Partial<ShellPlace> = {}): Promise<KeptShell> {
    return openShell(this.#channels, this.#liveness, place);
  }

  writeFile(path: string, content: string | Uint8Array, options?: FileOptions): Promise<void> {
    const exec = (command: string, execOptions: ExecOptions): Promise<RawResult> =>
      this.#exec(command, execOptions, `writing ${path}`);
    return writeFile(this.machine, exec, path, content, options);
  }

  readFile(path: string): Promise<Buffer> {
    const exec = (command: string, options: ExecOptions): Promise<RawResult> =>
      this.#exec(command, options, `reading ${path}`);
    return readFile(this.machine, exec, path);
  }

  forward(host: string, port: number): Promise<Duplex> {
    const open = Promise.withResolvers<Duplex>();
    return this.#liveness.during(`connecting to ${host}:${port}`, () => {
      this.#ask(() =>
        this.#client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
          if (error) open.reject(forwardError(this.machine, `${host}:${port}`, error));
          else open.resolve(channel);
        }),
      );
      return open.promise;
    });
  }

  async close(): Promise<void> {
    if (!this.#liveness.alive) return;
    const closed = Promise.withResolvers<void>();
    const forced = setTimeout(() => this.#client.destroy(), goodbyeMs);
    this.#client.on("close", closed.resolve);
    this.#client.end();
    await closed.promise;
    clearTimeout(forced);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #exec(command: string, options: ExecOptions, what = firstLine(command)): Promise<RawResult> {
    return this.#liveness.during(what, () => this.#limited(() => execIn(this.#channels, command, options)));
  }

  #open<T>(command: string, listen: (channel: ClientChannel) => T): Promise<T> {
    const open = Promise.withResolvers<T>();
    this.#ask(() =>
      this.#client.exec(this.#sudo ? throughSudo(command) : command, (error, channel) => {
        if (error) {
          open.reject(sessionError(this.machine, error));
          return;
        }
        // Whoever waits is told by the connection, which knows why.
        channel.on("error", () => undefined);
        open.resolve(listen(channel));
      }),
    );
    return open.promise;
  }

  /** ssh2 throws once its socket cannot be written any more: the connection is lost, and who waits is told so. */
  #ask(request: () => void): void {
    try {
      request();
    } catch (error) {
      this.#liveness.lost(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

const sessionError = (machine: string, cause: Error): InfrastructureError =>
  new InfrastructureError(`${machine}: sshd opened no session: ${cause.message}`, {
    machine,
    hint: "See MaxSessions in its sshd_config and the journal of its sshd.",
    cause,
  });

function forwardError(machine: string, target: string, error: Error): GuideFailure | InfrastructureError {
  const refusedBySshd = error.message.includes("prohibited");
  if (refusedBySshd) {
    return new InfrastructureError(`${machine}: sshd forwards no connections: ${error.message}`, {
      machine,
      hint: "Set AllowTcpForwarding yes in its sshd_config.",
      cause: error,
    });
  }
  return new GuideFailure(`${machine}: nothing answers at ${target}: ${error.message}`, {
    machine,
    hint: "See whether the service that should listen there is active.",
    cause: error,
  });
}
