import type { Duplex } from "node:stream";
import pLimit from "p-limit";
import type { ClientChannel, PseudoTtyOptions } from "ssh2";
import type { Context } from "../../context.ts";
import { GuideFailure, InfrastructureError } from "../../errors.ts";
import { within } from "../../waits/wait.ts";
import type {
  Connection,
  ExecOptions,
  ExecResult,
  FileOptions,
  KeptShell,
  ShellState,
} from "./connection.ts";
import { boundTo } from "./shell/ending.ts";
import { type Channels, execIn, type RawResult } from "./channel/exec.ts";
import { readFile, writeFile } from "./channel/files.ts";
import { openShell } from "./shell/kept-shell.ts";
import { hangUp, type Line, noAnswer } from "./liveness.ts";
import { firstLine, throughSudo } from "./quote.ts";

/** sshd allows ten sessions a connection (sshd_config(5), MaxSessions): some are left for shells and for ending commands. */
const maxCommands = 7;

/** What all views of one connection share. */
type Shared = Line & {
  /** Whether every command goes through it. */
  readonly sudo: boolean;
};

/** An SSH connection that is up; see `connect`. */
export class SshConnection implements Connection {
  readonly machine: string;
  readonly #line: Shared;
  readonly #context: Context;
  readonly #channels: Channels;
  readonly #limited: ReturnType<typeof pLimit>;

  constructor(line: Shared, context: Context, limited = pLimit(maxCommands)) {
    this.machine = line.liveness.machine;
    this.#line = line;
    this.#context = context;
    this.#limited = limited;
    this.#channels = {
      machine: this.machine,
      deadlines: context.deadlines,
      open: (...asked) => this.#open(...asked),
    };
  }

  with(context: Context): Connection {
    return new SshConnection(this.#line, context, this.#limited);
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const result = await this.#exec(command, options);
    return { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() };
  }

  shell(state: Partial<ShellState> = {}): Promise<KeptShell> {
    return openShell(this.#channels, this.#line.liveness, state, this.#context);
  }

  writeFile(path: string, content: string | Uint8Array, options?: FileOptions): Promise<void> {
    return writeFile(this.machine, this.#execAs(`writing ${path}`), path, content, options);
  }

  readFile(path: string): Promise<Buffer> {
    return readFile(this.machine, this.#execAs(`reading ${path}`), path);
  }

  forward(host: string, port: number): Promise<Duplex> {
    const what = `connecting to ${host}:${port}`;
    const open = Promise.withResolvers<Duplex>();
    return this.#line.liveness.during(what, () => {
      this.#context.signal.throwIfAborted();
      this.#ask(() =>
        this.#line.client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
          if (error) open.reject(forwardError(this.machine, `${host}:${port}`, error));
          else open.resolve(channel);
        }),
      );
      return this.#answered(what, open.promise, this.#context.signal, (late) => late.destroy());
    });
  }

  async close(): Promise<void> {
    if (!this.#line.liveness.alive) return;
    await hangUp(this.#line, this.#context.deadlines);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #exec(command: string, given: ExecOptions, what = firstLine(command)): Promise<RawResult> {
    const options = { ...given, ...boundTo(this.#context, given) };
    return this.#line.liveness.during(what, () =>
      this.#inTurn(() => execIn(this.#channels, command, options), options.signal),
    );
  }

  #execAs(what: string): (command: string, options: ExecOptions) => Promise<RawResult> {
    return (command, options) => this.#exec(command, options, what);
  }

  /** Waits for a turn, if the signal is not raised before; a turn that nobody waits for any more is over as it comes. */
  async #inTurn<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const [turn, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    void this.#limited(() => {
      turn.resolve();
      return over.promise;
    });
    try {
      await within(turn.promise, { signal });
      return await work();
    } finally {
      over.resolve();
    }
  }

  #open<T>(
    command: string,
    listen: (channel: ClientChannel) => T,
    signal?: AbortSignal,
    pty?: PseudoTtyOptions,
  ): Promise<T> {
    const open = Promise.withResolvers<T>();
    let opened: ClientChannel | undefined;
    this.#ask(() =>
      this.#line.client.exec(
        this.#line.sudo ? throughSudo(command) : command,
        pty ? { pty } : {},
        (error, channel) => {
          if (error) {
            open.reject(sessionError(this.machine, error));
            return;
          }
          // Whoever waits is told by the connection, which knows why.
          channel.on("error", () => undefined);
          opened = channel;
          open.resolve(listen(channel));
        },
      ),
    );
    return this.#answered("opening a session", open.promise, signal, () => opened?.close());
  }

  /** The machine's answer to a request; one that comes when nobody waits for it any more is given up. */
  async #answered<T>(
    what: string,
    answer: Promise<T>,
    signal: AbortSignal | undefined,
    giveUp: (late: T) => void,
  ): Promise<T> {
    const deadline = this.#context.deadlines.for("question");
    const late = (): Error =>
      noAnswer(this.machine, ` does not answer: ${what} took more than ${deadline / 1000} s`);
    try {
      return await within(answer, { signal, deadline, late });
    } catch (error) {
      void answer.then(giveUp, () => undefined);
      throw error;
    }
  }

  /** ssh2 throws once its socket cannot be written any more: the connection is lost, and who waits is told so. */
  #ask(request: () => void): void {
    try {
      request();
    } catch (error) {
      this.#line.liveness.lost(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

const sessionError = (machine: string, cause: Error): InfrastructureError =>
  new InfrastructureError(`${machine}: sshd opened no session: ${cause.message}`, {
    machine,
    hint: "See MaxSessions in its sshd_config and the journal of its sshd.",
    cause,
  });

/** Of the reasons of RFC 4254, 5.1, that of a target which does not answer; all others are sshd's own, whatever it says. */
const connectFailed = 2;

function forwardError(machine: string, target: string, cause: Error): GuideFailure | InfrastructureError {
  if ("reason" in cause && cause.reason === connectFailed) {
    return new GuideFailure(`${machine}: nothing answers at ${target}: ${cause.message}`, {
      machine,
      hint: "See whether the service that should listen there is active.",
      cause,
    });
  }
  return new InfrastructureError(`${machine}: sshd forwards no connections: ${cause.message}`, {
    machine,
    hint: "Set AllowTcpForwarding yes in its sshd_config, and see the journal of its sshd.",
    cause,
  });
}
