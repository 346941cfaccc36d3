import { projectRoot } from "../host/paths.ts";
import { processRedactor } from "../secrets/redact.ts";
import { defaultSettings, planOf } from "../settings/settings.ts";
import { plannedSteps } from "../run/evidence/planned.ts";
import type { PlannedStep } from "../record/blame.ts";

/** For tests: the steps of the guide itself, with some of the mutants' edits. */
export async function guideSteps(...mutants: readonly string[]): Promise<PlannedStep[]> {
  const edits = mutants.map((id) => `${projectRoot}/fixtures/guide/mutants/${id}.yaml`);
  const plan = await planOf({ ...defaultSettings, edits });
  return plannedSteps(plan, processRedactor);
}
