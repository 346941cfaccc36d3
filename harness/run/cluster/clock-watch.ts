import { InfrastructureError } from "../../errors.ts";

/** Milliseconds between two comparisons. */
const interval = 1000;

/** Milliseconds that wall and monotonic time may differ by between two comparisons: NTP slews by 0.5 ms a second. */
const tolerance = 1000;

/** Where time comes from; tests have one of their own. */
export type Clocks = { readonly wall: () => number; readonly monotonic: () => number };

const hostClocks: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/** Compares the host's wall clock with its monotonic one: a jump makes certificates and leases say what is not the guide's. */
export class ClockWatch implements Disposable {
  readonly #clocks: Clocks;
  readonly #timer: NodeJS.Timeout;
  #offset: number;
  #jumped = 0;

  constructor(clocks: Clocks = hostClocks) {
    this.#clocks = clocks;
    this.#offset = clocks.wall() - clocks.monotonic();
    this.#timer = setInterval(() => this.#compare(), interval);
    this.#timer.unref();
  }

  /** What happened so far; undefined if nothing did. */
  failure(): InfrastructureError | undefined {
    this.#compare();
    if (this.#jumped === 0) return undefined;
    const seconds = Math.round(this.#jumped / 100) / 10;
    return new InfrastructureError(`The host's clock jumped by ${seconds > 0 ? "+" : ""}${seconds} s`, {
      hint: "A time service stepped it, or the host was suspended. Let the clock settle, then run again.",
    });
  }

  #compare(): void {
    const offset = this.#clocks.wall() - this.#clocks.monotonic();
    const jump = offset - this.#offset;
    this.#offset = offset;
    // The largest one is told: a step back does not undo the harm.
    if (Math.abs(jump) > tolerance && Math.abs(jump) > Math.abs(this.#jumped)) this.#jumped = jump;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
