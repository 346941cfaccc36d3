import { createHash } from "node:crypto";
import type { Plan } from "../../guide/types.ts";
import type { Redactor } from "../redact.ts";
import { commandOf } from "../step.ts";
import type { PlannedStep } from "./types.ts";

/** All steps of a plan as a record keeps them, in the guide's order. */
export const plannedSteps = (plan: Plan, redactor: Redactor): PlannedStep[] =>
  plan.groups
    .flatMap(({ steps }) => steps)
    .map((step) => {
      const { key, id, section, machine, location, action, expect } = step;
      const digest = createHash("sha256")
        .update(JSON.stringify([action, expect?.text, expect?.within]))
        .digest("hex");
      return { key, id, section, machine, location, command: redactor.text(commandOf(step)), digest };
    });
