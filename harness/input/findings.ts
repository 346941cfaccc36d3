import { visible } from "./odd-characters.ts";
import { formatLocation, UsageError, type SourceLocation } from "../errors.ts";

/** One thing that is wrong with a text that a person wrote. */
export type Finding = {
  readonly location: SourceLocation;
  readonly message: string;
  readonly hint: string;
};

/** A text that cannot be used as it is. Carries every finding of the file, in order of place. */
export class InvalidFileError extends UsageError {
  readonly findings: readonly Finding[];

  constructor(found: readonly Finding[], hint: string) {
    const findings = found.toSorted(
      ({ location: one }, { location: other }) =>
        one.line - other.line || (one.column ?? 0) - (other.column ?? 0),
    );
    const first = findings[0]?.location;
    // A hint that several lines in a row have, or that the error itself ends with, is said once.
    const hints = [...findings.slice(1).map((finding) => finding.hint), hint];
    super(findings.map((finding, index) => formatFinding(finding, hints[index])).join("\n"), {
      ...(first === undefined ? {} : { location: first }),
      hint,
    });
    this.findings = findings;
  }
}

const formatFinding = ({ location, message, hint }: Finding, next: string | undefined): string =>
  `${formatLocation(location)}: ${visible(message)}${hint === next ? "" : `\n    ${visible(hint)}`}`;
