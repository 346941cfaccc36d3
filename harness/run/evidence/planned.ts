import { createHash } from "node:crypto";
import type { Plan, Step } from "../../guide/types.ts";
import type { Redactor } from "../../secrets/redact.ts";
import { describeStep } from "../apply/step.ts";
import type { PlannedStep } from "../../record/blame.ts";

/** All steps of a plan as a record keeps them, in the guide's order. */
export const plannedSteps = (plan: Plan, redactor: Redactor): PlannedStep[] =>
  plan.groups.flatMap(({ steps }) => steps).map((step) => planned(step, redactor));

function planned(step: Step, redactor: Redactor): PlannedStep {
  const { action, expect } = step;
  const digest = createHash("sha256")
    .update(JSON.stringify([action, expect?.text, expect?.within]))
    .digest("hex");
  return { ...describeStep(step, redactor), digest };
}
