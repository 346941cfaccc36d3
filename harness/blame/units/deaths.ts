import { changesUnit } from "../../guide/effects/effects.ts";
import type { PlannedStep, UnitFinding } from "../../record/blame.ts";
import type { Known } from "../evidence.ts";
import { type Reason, weights } from "../rank.ts";
import { has as does } from "../step-effects.ts";
import { leadsOf } from "../trace.ts";
import { isTelling } from "./last-words.ts";
import { describeFinding } from "./units.ts";

/**
 * Changed steps that gave a unit what it died with. One that says why it dies was started all right: a change there outweighs one of
 * the step that starts it.
 */
export function givenTo(
  { machine, unit, said = "" }: UnitFinding,
  { effects, since, units }: Known,
): Reason[] {
  if (!isTelling(said)) return [];
  const changed = new Set(since?.blocks.map(({ id }) => id));
  const isStarter = ({ key }: PlannedStep): boolean =>
    effects.some((each) => each.step.key === key && does(each, machine, unit, changesUnit));
  return leadsOf({ machine, kind: "unit", name: unit }, effects, units)
    .filter(({ step }) => changed.has(step.id) && !isStarter(step))
    .map(({ step, why }) => ({
      step,
      kind: "died",
      weight: weights.died * weights.mentioned,
      why: `${unit} died with what it was given: ${why}`,
    }));
}

/** What became of a unit, on all machines on which the same did. */
export function deathWords(finding: UnitFinding, deaths: readonly UnitFinding[]): string {
  const words = describeFinding(finding);
  const alike = deaths.filter((other) => describeFinding(other) === words);
  const machines = alike.map(({ machine }) => machine).toSorted();
  return `on ${machines.join(", ")}: ${words}`;
}
