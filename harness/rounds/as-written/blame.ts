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
 * Of the errata that are still in the guide, the one whose symptom a failed step is, on whichever machine; else the last that
 * changed that step. Undefined for a failure that no erratum accounts for.
 */
export function blameStep(
  failure: FailureRecord,
  errata: readonly Erratum[],
  { groups }: Plan,
  others: readonly FailureRecord[] = [],
): ErratumMatch | undefined {
  const known = errata.find(
    (erratum) => "step" in erratum.symptom && appearanceOf(erratum, { failure, others, tests: [] }).appeared,
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

export type LocatedErratum = ErratumMatch & { readonly where: string };

const short = (text: string, otherwise: string): string => {
  const [first = "", ...more] = text.trim().split("\n");
  return first === "" ? otherwise : `\`${first}\`${more.length > 0 ? " …" : ""}`;
};

export function sentence({ erratum, asCatalogued }: ErratumMatch): string {
  const { id, section, written, corrected } = erratum;
  const how = asCatalogued ? "" : ", though not with the symptom that the catalogue has";
  return `This is the erratum ${id} of section ${section}${how}: as written ${short(written, "nothing")}, corrected ${short(corrected, "nothing")}.`;
}

export function reportOf(met: readonly LocatedErratum[], left: readonly Erratum[]): string {
  return [
    `As written, the guide fails ${met.length} times:`,
    ...met.map(({ erratum, where, asCatalogued }, index) => {
      const { id, section, written, corrected } = erratum;
      const how = asCatalogued ? "" : " (not as catalogued)";
      return `${String(index + 1).padStart(3)}. ${section} ${id}, at ${where}${how}: ${short(written, "nothing")} → ${short(corrected, "nothing")}`;
    }),
    `Never met: ${left.map(({ id }) => id).join(", ") || "none"}.`,
  ].join("\n");
}
