import { basename } from "node:path";
import { z } from "zod";
import { setNames, setNameSchema } from "../../choices.ts";
import { parseChanges, type Edits } from "./changes.ts";
import { filesOf, namesIn } from "./folder.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { actionSchema, faultSchema, proofSchema, symptomSchema } from "./symptom.ts";
import { readText } from "../../input/yaml-file.ts";

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
  const files = await filesOf(folder, ids, "erratum");
  return Promise.all(files.map(loadErratum));
}

/** Ids of all errata in a folder. */
export const errataIds = (folder: string): Promise<string[]> => namesIn(folder);

async function loadErratum(file: string): Promise<Erratum> {
  const { head: read, changes } = parseChanges(await readText(file), file, head);
  if (read.id !== basename(file, ".yaml")) {
    const message = `id: "${read.id}" is not the file's name`;
    throw new InvalidGuideError([{ location: { file, line: 1 }, message, hint: "give both the same name" }]);
  }
  const { holds_for: holdsFor, ...erratum } = read;
  return { ...erratum, holdsFor, changes, file };
}
