import type { Context } from "./context.ts";
import { Deadlines } from "./deadlines.ts";

/** For tests: a context that nothing aborts unless a signal is given, with the usual deadlines or those. */
export const testContext = ({
  signal = new AbortController().signal,
  deadlines = new Deadlines(),
}: Partial<Context> = {}): Context => ({ signal, deadlines });
