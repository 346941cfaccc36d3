import { access } from "node:fs/promises";
import pRetry from "p-retry";

/** Milliseconds. Whoever opens it has deadlines of its own; this only ends what was left alone. */
const deadline = 3_600_000;

/**
 * Resolves when the file exists that `GUIDE_GATE` names: the suites are loaded while the guide is still being applied, and
 * begin when that is done. At once without one.
 */
export async function gateOpen(): Promise<void> {
  const gate = process.env["GUIDE_GATE"];
  if (gate === undefined) return;
  await pRetry(() => access(gate), {
    retries: Number.POSITIVE_INFINITY,
    factor: 1,
    minTimeout: 20,
    maxRetryTime: deadline,
  });
}

/** For vitest, which would end the wait sooner. */
export const gateTimeout = deadline + 10_000;
