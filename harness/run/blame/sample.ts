import { projectRoot } from "../../paths.ts";
import { processRedactor } from "../redact.ts";
import { defaultSettings, planOf } from "../settings.ts";
import { plannedSteps } from "./planned.ts";
import type { PlannedStep } from "./types.ts";

/** For tests: the steps of the guide itself, with some of the mutants' edits. */
export async function guideSteps(...mutants: readonly string[]): Promise<PlannedStep[]> {
  const edits = mutants.map((id) => `${projectRoot}/fixtures/mutants/${id}.yaml`);
  const plan = await planOf({ ...defaultSettings, edits });
  return plannedSteps(plan, processRedactor);
}
