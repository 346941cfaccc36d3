import type { SourceLocation } from "../errors.ts";
import type { Blame } from "../record/blame.ts";
import type { RunRecord, StepRecord, TestRecord } from "../record/record.ts";

/** Where a reader looks for what a test said: in the guide, and where the test stands. */
type Places = { readonly guide?: SourceLocation; readonly test?: SourceLocation };

/** What a step is blamed on: there is one blame of a block, however many machines it failed on. */
export const blameOfStep = ({ blames = [] }: RunRecord, { id }: Pick<StepRecord, "id">): Blame | undefined =>
  blames.find(({ of }) => of.startsWith(`${id}@`));

/**
 * The places of a test. One that blames the guide leads to the suspect's line, another to the first step of what it guards.
 * What the guide is not to blame for has no place in it.
 */
export function placesOf(test: TestRecord, record: RunRecord): Places {
  const guide = test.outcome === "error" ? undefined : inGuide(test, record);
  const { location: failed } = test.failure ?? {};
  // What a helper threw stands nowhere in the test.
  const own = failed?.file.endsWith(".test.ts") ? failed : (test.location ?? failed);
  return { ...(guide && { guide }), ...(own && { test: own }) };
}

function inGuide(
  { milestone, outcome, sections }: TestRecord,
  { blames = [], steps, plan = steps }: RunRecord,
): SourceLocation | undefined {
  const suspect = blames.find(({ of }) => of === milestone)?.steps[0];
  if (outcome === "failed" && suspect) return suspect.location;
  return sections
    .flatMap((guarded) =>
      plan.filter(({ section }) => section === guarded || section.startsWith(`${guarded}.`)),
    )
    .at(0)?.location;
}
