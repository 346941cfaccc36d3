import { projectRoot } from "../host/paths.ts";
import { processRedactor } from "../secrets/redact.ts";
import { defaultSettings, planOf } from "../settings/settings.ts";
import { plannedSteps } from "../run/evidence/planned.ts";
import type { PlannedStep } from "../record/blame.ts";
import { effectsOf } from "./step-effects.ts";

/** For tests: the steps of the guide itself, with some of the mutants' edits. */
export const guideSteps = async (...mutants: readonly string[]): Promise<readonly PlannedStep[]> =>
  (await guideEvidence(...mutants)).plan;

/** The same, with what they do. */
export async function guideEvidence(...mutants: readonly string[]) {
  const edits = mutants.map((id) => `${projectRoot}/fixtures/guide/mutants/${id}.yaml`);
  const plan = await planOf({ ...defaultSettings, edits });
  const planned = plannedSteps(plan, processRedactor);
  return {
    plan: planned,
    effects: effectsOf(
      planned,
      plan.groups.flatMap(({ steps }) => steps),
    ),
  };
}
