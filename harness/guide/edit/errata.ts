import { z } from "zod";
import { setNames, setNameSchema } from "../../choices.ts";
import type { Edits } from "./changes.ts";
import { loadNamed } from "./folder.ts";
import { actionSchema, faultSchema, proofSchema, symptomSchema } from "./symptom.ts";

const text = z.string().min(1);
const sets = z.array(setNameSchema.pipe(z.enum(setNames)));
const systems = z.array(z.enum(["centos7", "debian12"]));

/** What the machines must be for a symptom to show, where not every kind of machine will do. */
export const needs = z.enum(["firewalld", "online", "own-kernel", "selinux", "yum"]);

const head = z.strictObject({
  id: text,
  section: text,
  class: z.enum([
    "typo",
    "wrong-value",
    "missing-step",
    "order",
    "dead-link",
    "version-drift",
    "security",
    "false-claim",
    "operator",
  ]),
  written: z.string(),
  corrected: z.string(),
  why: text,
  symptom: symptomSchema,
  /** Artifact sets and systems with which the symptom is to show, those with which it does not, and a remark. */
  holds_for: z.strictObject({
    sets,
    not_sets: sets.default([]),
    systems,
    not_systems: systems.default([]),
    as_text: text.optional(),
  }),
  needs: needs.optional(),
  /** What happens in the course of the guide that its text does not say: each after a step. */
  faults: z.array(faultSchema).default([]),
  /** What puts right a cluster on which the symptom has shown, beside the corrected steps. */
  remedy: z.array(actionSchema).default([]),
  proof: proofSchema.optional(),
});

/**
 * One defect of the guide as originally written, or with the class `operator` one mistake of a reader. Its changes put
 * the original text back, or make the mistake.
 */
export type Erratum = Omit<z.infer<typeof head>, "holds_for"> &
  Edits & { readonly file: string; readonly holdsFor: z.infer<typeof head>["holds_for"] };

/** Loads the errata of these ids from a folder, in this order. UsageError with the known ids. */
export async function loadErrata(folder: string, ids: readonly string[]): Promise<Erratum[]> {
  const loaded = await loadNamed(folder, ids, { what: "erratum", key: "id", head });
  return loaded.map(({ head: { holds_for: holdsFor, ...erratum }, changes, file }) =>
    Object.assign(erratum, { holdsFor, changes, file }),
  );
}
