import type { Context } from "../context.ts";
import type { Deadlines } from "../deadlines.ts";
import { HarnessDefect, type HarnessError, InfrastructureError, toHarnessError } from "../errors.ts";
import { type HostProcess, interruptions } from "../interruptions.ts";
import { ClockWatch, type Clocks } from "./cluster/clock-watch.ts";

/** Where time and signals come from; tests have their own. */
export type EndingOptions = { readonly clocks?: Clocks; readonly host?: HostProcess };

/** What becomes of the machines of a run that a signal ends: for the line that says so at once, and for the report. */
export type Fate = { readonly now: string; readonly hint: string };

/** What can end a run before its work is done: a signal, its deadline, a stray error. None of them ends the process meanwhile. */
export class Ending implements Disposable {
  /** Given to the run's work; aborted with the error that says why. */
  readonly context: Context;
  /** Aborted by a signal of the host alone. */
  readonly interrupted: AbortSignal;
  /** Asked when a signal comes. */
  fate = (): Fate => ({ now: "no machines were made", hint: "No machines were made." });
  readonly #controller = new AbortController();
  readonly #interruption: ReturnType<typeof interruptions>;
  readonly #host: HostProcess;
  readonly #clock: ClockWatch;
  readonly #timer: NodeJS.Timeout;
  readonly #stray: HarnessError[] = [];

  constructor(deadlines: Deadlines, { clocks, host = process }: EndingOptions = {}) {
    this.#host = host;
    this.#interruption = interruptions(() => this.fate().hint, deadlines, host);
    this.interrupted = this.#interruption.signal;
    const signal = AbortSignal.any([this.interrupted, this.#controller.signal]);
    this.context = { signal, deadlines };
    this.#clock = new ClockWatch(clocks);
    const deadline = deadlines.for("run");
    this.#timer = setTimeout(() => this.#controller.abort(overrun(deadline)), deadline);
    host.on("unhandledRejection", this.#onStray);
    host.on("uncaughtException", this.#onStray);
  }

  /** Calls `tell` with a line for a person as soon as a signal comes, or if one has come. */
  onSignal(tell: (line: string) => void): void {
    const said = (): void => {
      const again = this.#interruption.received === "SIGINT" ? " (Ctrl-C again changes nothing)" : "";
      tell(`Interrupted: ${this.fate().now}${again}`);
    };
    if (this.interrupted.aborted) said();
    else this.interrupted.addEventListener("abort", said, { once: true });
  }

  /** What has ended the run, or should have: empty if nothing did. */
  failures(): HarnessError[] {
    const { signal } = this.context;
    const clock = this.#clock.failure();
    return [
      // A later signal of the host counts, too.
      ...(this.interrupted.aborted ? [toHarnessError(this.interrupted.reason)] : []),
      ...(signal.aborted ? [toHarnessError(signal.reason)] : []),
      ...this.#stray,
      ...(clock ? [clock] : []),
    ];
  }

  readonly #onStray = (thrown: unknown): void => {
    const { message, details } = toHarnessError(thrown);
    const defect = new HarnessDefect(`An error that nobody awaited: ${message}`, {
      ...details,
      cause: thrown,
    });
    this.#stray.push(defect);
    this.#controller.abort(defect);
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#clock[Symbol.dispose]();
    this.#interruption[Symbol.dispose]();
    this.#host.off("unhandledRejection", this.#onStray);
    this.#host.off("uncaughtException", this.#onStray);
  }
}

const overrun = (deadline: number): InfrastructureError =>
  new InfrastructureError(`The run did not end within ${deadline / 1000} s`, {
    hint: "--deadline gives it longer; the timeline in report.html says what took the time.",
  });
