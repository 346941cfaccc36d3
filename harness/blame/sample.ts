import { projectRoot } from "../host/paths.ts";
import { defaultSettings, planOf } from "../settings/settings.ts";
import { plannedSteps } from "../run/evidence/planned.ts";
import type { PlannedStep, UnitState } from "../record/blame.ts";
import type { Evidence } from "./evidence.ts";
import { effectsOf } from "./step-effects.ts";

/** For tests: the steps of the guide itself, with some of the mutants' edits. */
export const guideSteps = async (...mutants: readonly string[]): Promise<readonly PlannedStep[]> =>
  (await guideEvidence(...mutants)).plan;

/** The same, with what they do. */
export async function guideEvidence(...mutants: readonly string[]) {
  const edits = mutants.map((id) => `${projectRoot}/fixtures/guide/mutants/${id}.yaml`);
  const plan = await planOf({ ...defaultSettings, edits });
  const planned = plannedSteps(plan);
  const steps = plan.groups.flatMap((group) => group.steps);
  return { plan: planned, effects: effectsOf(planned, steps) };
}

/** A unit that runs, but for the changes. */
export const unit = (machine: string, name: string, changes: Partial<UnitState> = {}): UnitState => ({
  machine,
  unit: name,
  active: "active",
  sub: "running",
  enabled: "enabled",
  result: "success",
  exitStatus: 0,
  restarts: 0,
  ports: [],
  ...changes,
});

/** What a run has to be blamed by. */
export const run = (changes: Partial<Evidence["run"]> = {}): Evidence["run"] => ({
  id: "20190401T101500-e2e-42",
  versions: {},
  ports: [],
  assists: [],
  steps: [],
  tests: [],
  ...changes,
});
