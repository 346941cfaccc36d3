import type { Context } from "../../context.ts";
import type { Connection } from "./connection.ts";

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

  readonly with: Connection["with"] = (context) => new LastingConnection(this.#line.now, context, this.#line);
  readonly exec: Connection["exec"] = (...asked) => this.#now.exec(...asked);
  readonly shell: Connection["shell"] = (...asked) => this.#now.shell(...asked);
  readonly writeFile: Connection["writeFile"] = (...asked) => this.#now.writeFile(...asked);
  readonly readFile: Connection["readFile"] = (...asked) => this.#now.readFile(...asked);
  readonly forward: Connection["forward"] = (...asked) => this.#now.forward(...asked);
  readonly close: Connection["close"] = () => this.#line.now.close();

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #now(): Connection {
    const { now } = this.#line;
    return this.#context ? now.with(this.#context) : now;
  }
}
