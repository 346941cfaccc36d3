import type { EventEmitter } from "node:events";
import type { Context } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import { Interrupted } from "./errors.ts";

/** In the environment of a program: who started it says itself why it ends it, so that the program need not. */
export const endsToldVariable = "GUIDE_ENDS_TOLD";

/** Whether somebody else tells a person that this program was interrupted. */
export const endsTold = (env = process.env): boolean => env[endsToldVariable] === "1";

/** Where signals and stray errors arrive: this process, or what a test has in its place. */
export type HostProcess = Pick<EventEmitter, "on" | "off">;

/** Whether and by what this process was told to end. */
export type Interruption = Context & {
  /** The first signal that came. */
  readonly received: NodeJS.Signals | undefined;
};

/**
 * A context whose signal SIGINT, SIGTERM and SIGHUP raise, so that work can be undone or kept for the next time.
 * A second signal changes nothing. `hint` says what becomes of the work, as it is when the signal comes.
 */
export function interruptions(
  hint: string | (() => string),
  deadlines = new Deadlines(),
  host: HostProcess = process,
): Interruption & Disposable {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let first: NodeJS.Signals | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    first ??= name;
    if (controller.signal.aborted) return;
    const becomes = typeof hint === "string" ? hint : hint();
    controller.abort(new Interrupted(`Interrupted by ${name}`, { hint: becomes }));
  };
  for (const name of names) host.on(name, onSignal);
  return {
    signal: controller.signal,
    deadlines,
    get received() {
      return first;
    },
    [Symbol.dispose]: () => {
      for (const name of names) host.off(name, onSignal);
    },
  };
}
