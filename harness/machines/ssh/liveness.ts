import type { Socket } from "node:net";
import type { Client } from "ssh2";
import type { Deadlines } from "../../deadlines.ts";
import { type ErrorDetails, InfrastructureError } from "../../errors.ts";

/** The error for a machine that does not answer; `what` says what of it is known. */
export const noAnswer = (machine: string, what: string, details: ErrorDetails = {}): InfrastructureError =>
  new InfrastructureError(`${machine}${what}`, {
    machine,
    hint: `See whether ${machine} still runs and what its console says.`,
    ...details,
  });

/** An SSH client that is let in, the socket below it, and whether it lives. */
export type Line = { readonly client: Client; readonly socket: Socket; readonly liveness: Liveness };

/** Says goodbye and waits for the end; of a machine that does not answer, for as long as a goodbye may take. */
export async function hangUp({ client, socket }: Line, deadlines: Deadlines): Promise<void> {
  const closed = Promise.withResolvers<void>();
  // ssh2's own `destroy` does nothing once `end` was called.
  const forced = setTimeout(() => socket.destroy(), deadlines.for("goodbye"));
  socket.once("close", () => closed.resolve());
  client.end();
  if (!socket.closed) await closed.promise;
  clearTimeout(forced);
}

/** Knows whether a connection is alive, and ends whatever waits on it when it dies. */
export class Liveness {
  readonly machine: string;
  #cause: Error | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(machine: string, client: Client) {
    this.machine = machine;
    client.on("error", (error) => this.lost(error));
    client.on("close", () => this.lost(new Error("the connection was closed")));
  }

  get alive(): boolean {
    return this.#cause === undefined;
  }

  /** The first cause stays: later ones are its echo. */
  lost(cause: Error): void {
    if (this.#cause) return;
    this.#cause = cause;
    for (const wake of this.#waiting) wake();
  }

  /** Runs `work`; InfrastructureError naming machine and `what` as soon as the connection is dead. */
  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const dead = Promise.withResolvers<never>();
    const wake = (): void => dead.reject(this.#error(what));
    if (this.#cause) throw this.#error(what);
    this.#waiting.add(wake);
    try {
      return await Promise.race([work(), dead.promise]);
    } finally {
      this.#waiting.delete(wake);
    }
  }

  #error(what: string): InfrastructureError {
    const reason = this.#cause?.message ?? "unknown";
    return noAnswer(this.machine, `: connection lost during: ${what} (${reason})`, {
      command: what,
      cause: this.#cause,
    });
  }
}
