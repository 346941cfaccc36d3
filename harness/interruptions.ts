import type { EventEmitter } from "node:events";
import type { Context } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import { Interrupted } from "./errors.ts";

/** Where signals and stray errors arrive: this process, or what a test has in its place. */
export type HostProcess = Pick<EventEmitter, "on" | "off">;

/**
 * A context whose signal SIGINT, SIGTERM and SIGHUP raise, so that work can be undone or kept for the next time.
 * A second signal changes nothing. `hint` says what becomes of the work.
 */
export function interruptions(
  hint: string,
  deadlines = new Deadlines(),
  host: HostProcess = process,
): Context & Disposable {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const handlers = names.map((name) => {
    const handler = (): void => controller.abort(new Interrupted(`Interrupted by ${name}`, { hint }));
    host.on(name, handler);
    return [name, handler] as const;
  });
  return {
    signal: controller.signal,
    deadlines,
    [Symbol.dispose]: () => {
      for (const [name, handler] of handlers) host.off(name, handler);
    },
  };
}
