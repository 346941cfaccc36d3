import type { Deadlines } from "./deadlines.ts";

/** What every call that can block is given: when to give up, and for how long to wait. */
export type Context = {
  /** Aborted with the error to throw: the run was interrupted, or its deadline is over. */
  readonly signal: AbortSignal;
  readonly deadlines: Deadlines;
};
