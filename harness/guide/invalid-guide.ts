import { type Finding, InvalidFileError } from "../input/findings.ts";

export type { Finding } from "../input/findings.ts";

/** A guide, erratum or port that breaks the grammar. Carries every finding of the file, in order of place. */
export class InvalidGuideError extends InvalidFileError {
  constructor(found: readonly Finding[]) {
    super(found, "correct the places above; docs/guide-grammar.md describes the grammar");
  }
}
