import type { Step, StepGroup } from "../../../guide/types.ts";
import { NotYet, waitFor } from "../../../waits/wait.ts";
import { turns } from "./unit-survey.ts";
import { lookInterval, type UnitWatch } from "./unit-watch.ts";

/** Work that may take long, given the signal that ends it. */
export type WhileWatched = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Looks after the units while a block works: a death ends the work, and is thrown. What the block starts or stops is left alone. */
export const watchUnitsDuring =
  (units: UnitWatch, group: StepGroup, signal: AbortSignal): WhileWatched =>
  async (work) => {
    if (units.areTouchedBy(group)) return work(signal);
    const [over, death] = [new AbortController(), new AbortController()];
    const look = async (): Promise<never> => {
      await units.look();
      throw new NotYet("no unit is dead");
    };
    waitFor(look, {
      deadline: Infinity,
      interval: 250,
      signal: AbortSignal.any([signal, over.signal]),
      late: ({ last }) => new NotYet(last),
    }).catch((thrown: unknown) => death.abort(thrown));
    try {
      return await work(AbortSignal.any([signal, death.signal]));
    } finally {
      over.abort();
    }
  };

/** Told of each step that is done; ends with the block. */
type Meanwhile = Disposable & { readonly done: (step: Step) => void };

/** Looks after units on machines where nothing of a block works; no machine is asked while one goes down. */
export function lookMeanwhile(units: UnitWatch, { steps }: StepGroup): Meanwhile {
  const busy = new Set(steps);
  const look = (): void => {
    const turned = [...busy].flatMap(({ effects }) => effects.filter(turns));
    const touched = new Set([...busy, ...turned].map(({ machine }) => machine));
    // A machine that cannot be asked is told by the look before the next block.
    units.glance(touched).catch(() => undefined);
  };
  const timer = steps.some(({ reboots }) => reboots) ? undefined : setInterval(look, lookInterval);
  return { done: (step) => void busy.delete(step), [Symbol.dispose]: () => clearInterval(timer) };
}
