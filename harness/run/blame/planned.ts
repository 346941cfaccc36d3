import type { Plan } from "../../guide/types.ts";
import type { Redactor } from "../redact.ts";
import { commandOf } from "../step.ts";
import type { PlannedStep } from "./types.ts";

/** All steps of a plan as a record keeps them, in the guide's order. */
export const plannedSteps = (plan: Plan, redactor: Redactor): PlannedStep[] =>
  plan.groups
    .flatMap(({ steps }) => steps)
    .map((step) => {
      const { key, id, section, machine, location } = step;
      return { key, id, section, machine, location, command: redactor.text(commandOf(step)) };
    });
