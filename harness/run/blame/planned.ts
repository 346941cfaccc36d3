import { createHash } from "node:crypto";
import type { Plan, Step } from "../../guide/types.ts";
import type { Redactor } from "../redact.ts";
import { describeStep } from "../step.ts";
import type { PlannedStep } from "./types.ts";

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
