import type { Context } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import type { LoadSample } from "./host/load.ts";

/** For tests: a context that nothing aborts unless a signal is given, with the usual deadlines or those. */
export const testContext = ({
  signal = new AbortController().signal,
  deadlines = new Deadlines(),
}: Partial<Context> = {}): Context => ({ signal, deadlines });

/** What the kernel of a host that has time has counted. */
export const loadSample = (changes: Partial<LoadSample> = {}): LoadSample => ({
  at: 0,
  cores: 2,
  load: 1,
  runnable: 2,
  waited: { cpu: 0 },
  stolen: 0,
  throttled: 0,
  ...changes,
});
