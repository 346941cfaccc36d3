import { createHash } from "node:crypto";
import { z } from "zod";
import { UsageError } from "../cluster/index.ts";
import { type Expected, longestBack } from "../faults/outages.ts";

const soakSchema = z.object({ hours: z.number().positive(), seed: z.int() });

/** How long a soak lasts, and what its faults are drawn from. */
type Soak = z.infer<typeof soakSchema>;

/** A soak that nobody says anything of, as of a mutant: six minutes. */
const short: Soak = { hours: 0.1, seed: 1 };

/** What `pnpm soak` asks for, in GUIDE_SOAK. UsageError for another shape. */
export function soakOf(text: string | undefined): Soak {
  if (text === undefined) return short;
  const parsed = soakSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(`GUIDE_SOAK is not hours and a seed: ${z.prettifyError(parsed.error)}`, {
    hint: "Use `pnpm soak --hours 1 --seed 1`.",
  });
}

/** Seconds that a fault takes beside its own time at least, until all is back and was looked at. */
const around = 60;

/** Seconds for which nothing is done after that. */
export const calmOf = ({ hours }: Pick<Soak, "hours">): number => Math.min(120, 600 * hours);

/** A fault of the schedule, and the second at which the next one is due. */
type Scheduled<Fault> = { readonly fault: Fault; readonly due: number };

/** Of a fault what its place in the schedule depends on. */
type Lasting = {
  readonly name: string;
  readonly lasts: number;
  readonly expected: Readonly<Record<string, Expected>>;
};

/** A number that words determine. */
const number = (...words: readonly (string | number)[]): string =>
  createHash("sha256").update(words.join(" ")).digest("hex");

/**
 * The faults of a soak, in an order that its seed determines: each once before one comes again, and only those that are over before
 * the soak is; none that takes more than half of it, if there are others. The last fault has until its end.
 */
export function scheduleOf<Fault extends Lasting>(
  faults: readonly Fault[],
  { hours, seed }: Soak,
): Scheduled<Fault>[] {
  const end = 3600 * hours;
  const lengthOf = ({ lasts, expected }: Fault): number =>
    lasts / 1000 + Math.max(around, longestBack(expected)) + calmOf({ hours });
  const fitting = faults.filter((fault) => 2 * lengthOf(fault) <= end);
  const scheduled: Scheduled<Fault>[] = [];
  let now = 0;
  for (let lap = 0; ; lap += 1) {
    const order = (fitting.length > 0 ? fitting : faults)
      .map((fault) => ({ fault, place: number(seed, lap, fault.name) }))
      .toSorted((a, b) => (a.place < b.place ? -1 : 1));
    const before = scheduled.length;
    for (const { fault } of order) {
      const due = now + lengthOf(fault);
      if (due > end) continue;
      scheduled.push({ fault, due });
      now = due;
    }
    if (scheduled.length === before) break;
  }
  return scheduled.map(({ fault, due }, index) => ({
    fault,
    due: index === scheduled.length - 1 ? end : due,
  }));
}
