import type { Context } from "./context.ts";
import { Deadlines, type Limit } from "./deadlines.ts";

/** For tests: a context that nothing aborts unless a signal is given, with the usual deadlines or those. */
export const testContext = ({
  signal = new AbortController().signal,
  deadlines = new Deadlines(),
}: Partial<Context> = {}): Context => ({ signal, deadlines });

/** Deadlines of which some are so short, in milliseconds, that a test sees them pass. */
export class ShortDeadlines extends Deadlines {
  readonly #short: Partial<Record<Limit, number>>;

  constructor(short: Partial<Record<Limit, number>>) {
    super();
    this.#short = short;
  }

  override for(limit: Limit): number {
    return this.#short[limit] ?? super.for(limit);
  }
}
