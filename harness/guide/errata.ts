import { basename } from "node:path";
import { z } from "zod";
import { parseChanges, type Edits } from "./changes.ts";
import { filesOf, namesIn } from "./folder.ts";
import { InvalidGuideError } from "./invalid-guide.ts";
import { readText } from "../yaml-file.ts";

const text = z.string().min(1);
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
  ]),
  written: z.string(),
  corrected: z.string(),
  why: text,
  symptom: z.strictObject({ where: text, message: text }),
  holds_for: text,
  evidence: z.enum(["seen", "read"]),
});

/** One defect of the guide as originally written. Its changes put the original text back. */
export type Erratum = Omit<z.infer<typeof head>, "holds_for"> & Edits & { readonly holdsFor: string };

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
  return { ...erratum, holdsFor, changes };
}
