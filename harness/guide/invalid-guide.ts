import { formatLocation, UsageError, type SourceLocation } from "../errors.ts";

/** One thing that is wrong with the text of a guide, an erratum or a port. */
export type Finding = {
  readonly location: SourceLocation;
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
};

/** A guide, erratum or port that breaks the grammar. Carries every finding of the file, in order of place. */
export class InvalidGuideError extends UsageError {
  readonly findings: readonly Finding[];

  constructor(found: readonly Finding[]) {
    const findings = found.toSorted(
      ({ location: one }, { location: other }) =>
        one.line - other.line || (one.column ?? 0) - (other.column ?? 0),
    );
    const first = findings[0]?.location;
    super(findings.map(formatFinding).join("\n"), {
      ...(first === undefined ? {} : { location: first }),
      hint: "correct the places above; docs/guide-grammar.md describes the grammar",
    });
    this.findings = findings;
  }
}

const formatFinding = ({ location, message, hint }: Finding): string =>
  `${formatLocation(location)}: ${message}\n    ${hint}`;
