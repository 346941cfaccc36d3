import type { Effect, Step } from "../guide/types.ts";
import type { PlannedStep } from "../record/blame.ts";

/** A step, and what its own text does, whichever step runs that. */
export type StepEffects = { readonly step: PlannedStep; readonly effects: readonly Effect[] };

/** What each planned step's text does: what a script does is the affair of the step that wrote it. */
export function effectsOf(plan: readonly PlannedStep[], steps: readonly Step[]): StepEffects[] {
  const all = steps.flatMap(({ key, effects }) =>
    effects.map((effect) => ({ key: effect.by ?? key, effect })),
  );
  const byText = Map.groupBy(all, ({ key }) => key);
  return plan.map((step) => ({ step, effects: (byText.get(step.key) ?? []).map(({ effect }) => effect) }));
}

/** Whether an effect is on a file, be it that a word only looks like one. */
export const isOnFile = ({ does }: Effect): boolean => /^(?:reads|writes|removes)$/.test(does);

/** Whether a step's text has such an effect on a machine. */
export const has = (
  { effects }: StepEffects,
  machine: string,
  what: string,
  does: (effect: Effect) => boolean,
): boolean => effects.some((effect) => effect.machine === machine && effect.what === what && does(effect));

export const isMade = ({ does }: Effect): boolean => does === "writes";
