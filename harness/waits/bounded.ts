import type { Context } from "../context.ts";
import type { Deadlines } from "../deadlines.ts";
import { HarnessDefect, InfrastructureError } from "../errors.ts";

/** Work goes on although its signal was aborted a while ago: whoever waits for it has left it behind. */
export class LeftBehind extends HarnessDefect {}

/**
 * Waits for work that was given the context's signal. Once that is aborted, for as long as an end may take: then throws
 * LeftBehind, and whatever becomes of the work is nobody's business any more.
 */
export async function bounded<T>(
  what: string,
  { signal, deadlines }: Context,
  work: () => Promise<T>,
): Promise<T> {
  const grace = deadlines.for("windDown");
  const late = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    timer = setTimeout(() => {
      late.reject(
        new LeftBehind(`${what} went on for ${grace / 1000} s after its end was requested`, {
          hint: "What it made may still be there: `pnpm gc` removes it once this process is over.",
          cause: signal.reason,
        }),
      );
    }, grace);
  };
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  late.promise.catch(() => undefined);
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** The context of what undoes work: what ended the work does not end it, a limit of its own does. */
export const undoing = ({ deadlines }: Pick<Context, "deadlines">): Context & Disposable =>
  limited("The teardown", deadlines.for("teardown"), deadlines);

/** A context that ends by itself: InfrastructureError that names `what` after so many milliseconds, or with `parent`. */
export function limited(
  what: string,
  milliseconds: number,
  deadlines: Deadlines,
  parent?: AbortSignal,
): Context & Disposable {
  const controller = new AbortController();
  const late = (): void =>
    controller.abort(new InfrastructureError(`${what} did not end within ${milliseconds / 1000} s`));
  const timer = setTimeout(late, milliseconds);
  return {
    signal: parent ? AbortSignal.any([parent, controller.signal]) : controller.signal,
    deadlines,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
