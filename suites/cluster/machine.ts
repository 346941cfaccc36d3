import { type Duplex, Readable } from "node:stream";
import { z } from "zod";
import {
  apiserverLacks,
  GuideFailure,
  type Connection,
  type ExecResult,
  observe,
  type Observed,
  sh,
  shownUnits,
} from "../../harness/cluster.ts";
import { patience } from "./expect/answered.ts";
import { exchange, followLines, type HttpAnswer, type HttpRequest } from "./tls/http.ts";
import { accessesOf, machineAt, traceAccess } from "./trace/access-trace.ts";
import type { AnswerTimeout } from "./waits/answer-timeout.ts";
import { profile, slowness } from "./run.ts";
import { type TlsAnswer, type TlsRequest, tlsRequest } from "./tls/tls.ts";

export type Run = {
  readonly stdin?: string;
  /** Milliseconds; 30 s if absent. */ readonly deadline?: number;
};

const unit = z.object({
  ActiveState: z.string(),
  SubState: z.string(),
  UnitFileState: z.string(),
  MainPID: z.string(),
  /** When systemd starts it again by itself. */
  Restart: z.string().default(""),
});

/** State of a systemd unit, as `systemctl show` prints it. */
export type Unit = Readonly<z.infer<typeof unit>>;

/** A machine as a suite sees it. All commands run as root, over SSH. */
export class SuiteMachine {
  readonly name: string;
  readonly address: string;
  readonly role: "master" | "node";
  readonly #connection: Connection;
  readonly #answerTimeout: AnswerTimeout;

  constructor(
    spec: { name: string; address: string; role: "master" | "node" },
    connection: Connection,
    answerTimeout: AnswerTimeout,
  ) {
    this.name = spec.name;
    this.address = spec.address;
    this.role = spec.role;
    this.#connection = connection;
    this.#answerTimeout = answerTimeout;
  }

  /** Runs a command; a non-zero exit is a result, and so is that it did not end. */
  run(command: string, { stdin, deadline = 30_000 }: Run = {}): Promise<ExecResult> {
    for (const look of accessesOf(this.name, command)) traceAccess(look);
    return this.#connection.exec(command, {
      deadline: deadline * slowness,
      ...(stdin !== undefined && { stdin }),
    });
  }

  /** What a command comes to, whatever it exits with; GuideFailure if it does not end: what it has not said by then is no answer. */
  async result(command: string, options?: Run): Promise<ExecResult> {
    const result = await this.run(command, options);
    if (result.timedOut) throw this.#failed(command, result);
    return result;
  }

  /** Runs a command and returns its standard output; GuideFailure if it does not exit with 0, or does not end. */
  async succeed(command: string, options?: Run): Promise<string> {
    const result = await this.run(command, options);
    if (result.exitCode === 0) return result.stdout;
    throw this.#failed(command, result);
  }

  #failed(command: string, { exitCode, stdout, stderr, timedOut, durationMs }: ExecResult): GuideFailure {
    const seconds = Math.round(durationMs / 100) / 10;
    const how = timedOut ? `did not end (asked once in ${seconds} s)` : `exited with ${exitCode}`;
    const message = `${this.name}: a command ${how}: ${(stderr || stdout).trim()}\n${command}`;
    const details = {
      machine: this.name,
      command,
      exitCode,
      outputTail: `${stdout}${stderr}`.slice(-2000),
      hint: `Run it again with \`pnpm shell ${this.name}\`.`,
    };
    return new GuideFailure(message, { ...details, ...(timedOut && { late: durationMs }) });
  }

  /**
   * Starts a command and resolves once its standard error says that it is ready; `ended` is its result, `said` what
   * `ready` found. GuideFailure if it ends before. The command has to end by itself, within 30 s; or with its standard
   * input, if it is given one.
   */
  async start(
    command: string,
    ready: RegExp,
    stdin?: Readable,
  ): Promise<{ readonly ended: Promise<ExecResult>; readonly said: RegExpExecArray }> {
    for (const look of accessesOf(this.name, command)) traceAccess(look);
    const isReady = Promise.withResolvers<RegExpExecArray>();
    let stderr = "";
    const ended = this.#connection.exec(command, {
      ...(stdin ? { stdin, deadline: Infinity } : { deadline: 30_000 * slowness }),
      onOutput: ({ stream, text }) => {
        if (stream === "stderr") stderr += text;
        const said = ready.exec(stderr);
        if (said) isReady.resolve(said);
      },
    });
    const early = ended.then(({ durationMs }) => {
      throw new GuideFailure(`${this.name}: ${command}\nended before it was ready: ${stderr.trim()}`, {
        machine: this.name,
        command,
        ...(durationMs >= patience && { late: durationMs }),
        hint: `Run it again with \`pnpm shell ${this.name}\`.`,
      });
    });
    const said = await Promise.race([isReady.promise, early]);
    early.catch(() => undefined);
    return { ended, said };
  }

  /**
   * Starts a command that ends with its standard input, and resolves once it is ready, as `start`. What is returned ends it and
   * resolves to its result; the end of the connection ends it, too, so that what it undoes last is undone whatever happens.
   */
  async hold(command: string, ready: RegExp): Promise<() => Promise<ExecResult>> {
    const life = new Readable({ read: () => undefined });
    const { ended } = await this.start(command, ready, life);
    // A connection that is lost is told to whoever asks next.
    ended.catch(() => undefined);
    return () => {
      life.push(null);
      return ended;
    };
  }

  /**
   * Stops all processes of a unit where they are, and resolves once the main one stands: on a busy host a thread goes on until it
   * is scheduled next, which is waited for, 10 s at most. What is returned lets them go on, and so does the end of the connection.
   */
  freeze(name: string): Promise<() => Promise<ExecResult>> {
    return this.hold(
      sh`exec 3<&0
trap 'systemctl kill --signal=CONT ${name}' EXIT
systemctl kill --signal=STOP ${name} || exit
pid=$(systemctl show --property=MainPID ${name} | cut -d= -f2) left=200
while ps -L -o stat= -p $pid | grep -qv '^T' && [ $((left -= 1)) -gt 0 ]; do sleep 0.05; done
echo stopped >&2
cat <&3 >/dev/null`,
      /stopped/,
    );
  }

  /** A file's text. Private keys and tokens stay in memory: they are never printed. */
  async read(path: string): Promise<string> {
    traceAccess({ machine: this.name, kind: "file", name: path });
    return (await this.#connection.readFile(path)).toString();
  }

  /** Whether there is a file of that path. GuideFailure if the machine does not say. */
  async has(path: string): Promise<boolean> {
    // ls(1) ends with 2 for what is not there.
    return (await this.succeed(sh`ls -d ${path} || [ $? -eq 2 ]`)) !== "";
  }

  /** State of a systemd unit; one that does not exist is `inactive`. */
  async unit(name: string): Promise<Unit> {
    const properties = "ActiveState,SubState,UnitFileState,MainPID,Restart";
    const [shown] = shownUnits(await this.succeed(sh`systemctl show --property=${properties} ${name}`));
    return unit.parse(Object.fromEntries(shown ?? []));
  }

  /** What is up on it: units that somebody started or enabled, ports, addresses; and which units have failed. */
  async observe(): Promise<Observed> {
    for (const name of profile.units) traceAccess({ machine: this.name, kind: "unit", name });
    return observe(this.#connection);
  }

  /** Why an apiserver that was up on it does not answer as one that has started whole; nothing if it does. */
  apiserverLacks(up: Observed["up"]): Promise<string[]> {
    return apiserverLacks(this.#connection, up, profile);
  }

  /** Which of some units are down with no job of systemd's to start them: nobody will. */
  async leftDown(units: readonly string[]): Promise<string[]> {
    if (units.length === 0) return [];
    const shown = await this.succeed(sh`systemctl show --property=Id,ActiveState,Job ${units.join(" ")}`);
    return (
      shownUnits(shown)
        .filter((one) => /^(?:inactive|failed)$/.test(one.get("ActiveState") ?? ""))
        // Without one it is left out, empty or 0, by the version of systemd.
        .filter((one) => !Number(one.get("Job") ?? 0))
        .map((one) => one.get("Id") ?? "")
    );
  }

  /** Where a program listens for TCP connections: `10.0.0.5:2379`, `*:10251`; in order. */
  async listens(program: string): Promise<string[]> {
    // The kernel keeps 15 characters of a program's name.
    const name = program.slice(0, 15);
    const lines = (await this.succeed(sh`ss -Hltnp`))
      .split("\n")
      .filter((line) => line.includes(`"${name}"`));
    return lines.map((line) => line.trim().split(/\s+/)[3] ?? "").toSorted();
  }

  /** The program that a login shell finds by its bare name; empty if none. */
  async inPath(program: string): Promise<string> {
    return (await this.result(sh`env -i HOME=/root bash -lc 'command -v ${program}'`)).stdout.trim();
  }

  /** One HTTP request to a port that listens for this machine alone. GuideFailure if no answer comes. */
  async http(options: Omit<HttpRequest, "host">): Promise<HttpAnswer> {
    const host = "127.0.0.1";
    const { port, path = "" } = options;
    return this.#ask(port, `http://${host}:${port}${path}`, host, (stream) =>
      exchange(stream, "http", { ...options, host }),
    );
  }

  /**
   * Follows what a port that listens for this machine alone goes on to say at `path`, line by line, once it has begun; what is
   * returned ends it.
   */
  async follow(port: number, path: string, onLine: (line: string) => void): Promise<() => void> {
    const host = "127.0.0.1";
    const stream = await this.#connection.forward(host, port);
    const begun = followLines(stream, { host, port, path }, onLine);
    const what = `${this.name}: an answer from http://${host}:${port}${path}`;
    await this.#answerTimeout.waitFor(`${this.name}:${port}`, what, begun);
    return () => void stream.destroy();
  }

  /** One HTTP request over TLS, to where this machine reaches host:port; the machine itself if no host is named. */
  async tls(options: Omit<TlsRequest, "host"> & { readonly host?: string }): Promise<TlsAnswer> {
    const { host = this.address, port, path = "" } = options;
    const machine = machineAt(host);
    if (machine !== undefined) traceAccess({ machine, kind: "port", name: String(port) });
    return this.#ask(port, `https://${host}:${port}${path}`, host, (stream) =>
      tlsRequest(stream, { ...options, host }),
    );
  }

  async #ask<T>(port: number, url: string, host: string, ask: (stream: Duplex) => Promise<T>): Promise<T> {
    const stream = this.#connection.forward(host, port);
    try {
      // By its machine's name if it listens for that alone.
      const server = `${host === "127.0.0.1" ? this.name : host}:${port}`;
      const what = `${this.name}: an answer from ${url}`;
      return await this.#answerTimeout.waitFor(server, what, stream.then(ask));
    } catch (thrown) {
      // With a connection that is lost all its streams break off: it says so itself, and no server is to blame.
      if (thrown instanceof GuideFailure) await this.#connection.exec(sh`true`, { limit: "question" });
      throw thrown;
    } finally {
      stream.then(
        (open) => open.destroy(),
        () => undefined,
      );
    }
  }
}
