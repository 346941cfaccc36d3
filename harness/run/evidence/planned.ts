import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Plan, Step } from "../../guide/types.ts";
import { formatLocation } from "../../errors.ts";
import { shortPath } from "../../host/paths.ts";
import { describeStep } from "../apply/step.ts";
import type { PlannedStep } from "../../record/blame.ts";
import type { RunRecord } from "../../record/record.ts";

/** All steps of a plan as a record keeps them, in the guide's order. */
export const plannedSteps = (plan: Plan): PlannedStep[] =>
  plan.groups.flatMap(({ steps }) => steps).map(planned);

/** What a record keeps of a plan: its steps and sections, and what of the guide's blocks is changed, left out or not run. */
export function factsOf(
  plan: Plan,
): Required<Pick<RunRecord, "accounting" | "sections" | "dropped" | "changed" | "plan">> {
  const { accounting, guide, groups, dropped } = plan;
  const skipped = guide.blocks.flatMap((block) => {
    if (block.kind !== "skip") return [];
    const { location, reason } = block;
    const id = formatLocation({ ...location, file: shortPath(location.file) });
    return [{ id, by: "the guide", reason }];
  });
  const changed = groups.flatMap(({ id, steps }) =>
    (steps[0]?.changedBy ?? [])
      .map(({ id: by, reason }) => ({ id, by, reason }))
      .filter((one, index, all) => all.findIndex((other) => isDeepStrictEqual(other, one)) === index),
  );
  return {
    accounting,
    sections: guide.sections.map(({ number, title }) => ({ number, title })),
    dropped: [...dropped, ...skipped],
    changed,
    plan: plannedSteps(plan),
  };
}

function planned(step: Step): PlannedStep {
  const { action, expect, answerLines } = step;
  const digest = digestOf([action, expect?.text, expect?.within]);
  const expectDigest = digestOf([expect?.text, expect?.within]);
  const mode = action.kind === "file" && { mode: action.mode.toString(8) };
  // The first line of a file's command is its path, which the fence has.
  const firstLine = step.location.line + (action.kind === "file" ? 0 : 1);
  const lines = step.changedBy.length === 0 && { firstLine, ...(answerLines && { answerLines }) };
  return { ...describeStep(step), digest, expectDigest, ...mode, ...lines };
}

const digestOf = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
