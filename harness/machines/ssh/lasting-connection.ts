import type { Duplex } from "node:stream";
import type { Context } from "../../context.ts";
import type {
  Connection,
  ExecOptions,
  ExecResult,
  FileOptions,
  KeptShell,
  ShellState,
} from "./connection.ts";

/** What all views of one lasting connection share. */
type Line = { now: Connection };

/** A connection that outlives its machine's boots: who holds it goes on over the one that it is renewed with. */
export class LastingConnection implements Connection {
  readonly #line: Line;
  readonly #context: Context | undefined;

  constructor(first: Connection, context?: Context, line: Line = { now: first }) {
    this.#line = line;
    this.#context = context;
  }

  get machine(): string {
    return this.#line.now.machine;
  }

  /** Goes on over another connection; the one before is closed, or dead. */
  async renew(next: Connection): Promise<void> {
    const before = this.#line.now;
    this.#line.now = next;
    await before.close();
  }

  with(context: Context): Connection {
    return new LastingConnection(this.#line.now, context, this.#line);
  }

  exec(command: string, options?: ExecOptions): Promise<ExecResult> {
    return this.#now.exec(command, options);
  }

  shell(state?: Partial<ShellState>): Promise<KeptShell> {
    return this.#now.shell(state);
  }

  writeFile(path: string, content: string | Uint8Array, options?: FileOptions): Promise<void> {
    return this.#now.writeFile(path, content, options);
  }

  readFile(path: string): Promise<Buffer> {
    return this.#now.readFile(path);
  }

  forward(host: string, port: number): Promise<Duplex> {
    return this.#now.forward(host, port);
  }

  close(): Promise<void> {
    return this.#line.now.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #now(): Connection {
    const { now } = this.#line;
    return this.#context ? now.with(this.#context) : now;
  }
}
