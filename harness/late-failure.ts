import { type ErrorDetails, GuideFailure, type HarnessError, InfrastructureError } from "./errors.ts";
import { hostLoad, starvation } from "./host-load.ts";

/** What did not come in time: the guide's fault, unless this host had no time to give. */
export function lateFailure(message: string, details: ErrorDetails): HarnessError {
  const why = starvation(hostLoad());
  if (why === undefined) return new GuideFailure(message, { ...details, late: true });
  return new InfrastructureError(`${message}; ${why}`, {
    ...details,
    late: true,
    hint: "Try again on a host that is idle, or give it more time with `--patience`.",
  });
}
