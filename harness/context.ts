import type { Deadlines } from "./deadlines.ts";
import { InfrastructureError } from "./errors.ts";

/** What every call that can block is given: when to give up, and for how long to wait. */
export type Context = {
  /** Aborted with the error to throw: the run was interrupted, or its deadline is over. */
  readonly signal: AbortSignal;
  readonly deadlines: Deadlines;
};

/**
 * The context of what comes after work, whatever ended that: what it made is removed, what is known of a failure is
 * gathered. Only a limit of its own ends it.
 */
export function afterwards(
  { deadlines }: Pick<Context, "deadlines">,
  limit: "teardown" | "evidence",
): Context {
  const controller = new AbortController();
  const milliseconds = deadlines.for(limit);
  const late = (): void =>
    controller.abort(
      new InfrastructureError(`The ${limit} was not over after ${milliseconds / 1000} s`, {
        hint: "`pnpm gc` removes what is left.",
      }),
    );
  setTimeout(late, milliseconds).unref();
  return { signal: controller.signal, deadlines };
}
