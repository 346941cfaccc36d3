import type { Context } from "../context.ts";
import { bounded } from "./bounded.ts";
import { within } from "./wait.ts";

/** Does two things at once; the first failure ends the other, and is thrown, as is the signal's reason at once. */
export async function together<A, B>(
  context: Context,
  one: (context: Context) => Promise<A>,
  other: (context: Context) => Promise<B>,
): Promise<[A, B]> {
  const failed = new AbortController();
  const inner = { ...context, signal: AbortSignal.any([context.signal, failed.signal]) };
  const begin = <T>(work: (context: Context) => Promise<T>): Promise<T> =>
    bounded("What was done beside it", inner, () => work(inner)).catch((thrown: unknown) => {
      failed.abort(thrown);
      throw thrown;
    });
  const both = Promise.allSettled([begin(one), begin(other)]);
  const [first, second] = await within(both, context);
  if (first.status === "fulfilled" && second.status === "fulfilled") return [first.value, second.value];
  throw failed.signal.reason;
}
