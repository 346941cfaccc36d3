import { Interrupted } from "./errors.ts";

export type Interruption = {
  /** Raised with Interrupted. */
  readonly signal: AbortSignal;
  /** The first signal that came. */
  readonly name: NodeJS.Signals | undefined;
};

/**
 * An abort signal that SIGINT, SIGTERM and SIGHUP raise until it is disposed of, so that work can be undone or kept for
 * the next time. A second signal changes nothing. `hint` says what becomes of the work.
 */
export function interruptions(hint: string): Interruption & Disposable {
  const controller = new AbortController();
  let first: NodeJS.Signals | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    first ??= name;
    controller.abort(new Interrupted(`Interrupted by ${name}`, { hint }));
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get name() {
      return first;
    },
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
