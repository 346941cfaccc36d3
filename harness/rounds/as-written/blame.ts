import type { Erratum } from "../../guide/edit/errata.ts";
import type { Plan } from "../../guide/types.ts";
import type { FailureRecord, TestRecord } from "../../record/record.ts";
import { appearanceOf } from "../repro/judge.ts";

/** The erratum that a failure of the guide as written is due to. */
export type ErratumMatch = {
  readonly erratum: Erratum;
  /** Whether the failure is the symptom that the catalogue has; otherwise it is of a step that the erratum changed. */
  readonly asCatalogued: boolean;
};

/**
 * Of the errata that are still in the guide, the one whose symptom a failed step is; else the last that changed that
 * step. Undefined for a failure that no erratum accounts for.
 */
export function blameStep(
  failure: FailureRecord,
  errata: readonly Erratum[],
  { groups }: Plan,
): ErratumMatch | undefined {
  const known = errata.find(
    (erratum) => "step" in erratum.symptom && appearanceOf(erratum, { failure, tests: [] }).appeared,
  );
  if (known) return { erratum: known, asCatalogued: true };
  const failed = groups.find(({ steps }) => steps.some(({ key }) => key === failure.step));
  const changers = failed?.steps[0]?.changedBy.map(({ id }) => id) ?? [];
  const erratum = errata.findLast(({ id }) => changers.includes(id));
  return erratum && { erratum, asCatalogued: false };
}

/** The same for red milestones: the erratum whose symptom one of them is. */
export function blameTests(
  tests: readonly TestRecord[],
  errata: readonly Erratum[],
): ErratumMatch | undefined {
  const erratum = errata.find((one) => "milestone" in one.symptom && appearanceOf(one, { tests }).appeared);
  return erratum && { erratum, asCatalogued: true };
}
