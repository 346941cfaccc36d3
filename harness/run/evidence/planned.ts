import { createHash } from "node:crypto";
import type { Plan, Step } from "../../guide/types.ts";
import type { Redactor } from "../../secrets/redact.ts";
import { describeStep } from "../apply/step.ts";
import type { PlannedStep } from "../../record/blame.ts";

/** All steps of a plan as a record keeps them, in the guide's order. */
export const plannedSteps = (plan: Plan, redactor: Redactor): PlannedStep[] =>
  plan.groups.flatMap(({ steps }) => steps).map((step) => planned(step, redactor));

function planned(step: Step, redactor: Redactor): PlannedStep {
  const { action, expect, answerLines } = step;
  const digest = createHash("sha256")
    .update(JSON.stringify([action, expect?.text, expect?.within]))
    .digest("hex");
  // The first line of a file's command is its path, which the fence has.
  const firstLine = step.location.line + (action.kind === "file" ? 0 : 1);
  const lines = step.changedBy.length === 0 && { firstLine, ...(answerLines && { answerLines }) };
  return { ...describeStep(step, redactor), digest, ...lines };
}
