/** Exit code of every command, by verdict. */
export const exitCodes = {
  passed: 0,
  guide: 1,
  usage: 2,
  artifact: 3,
  infrastructure: 4,
  harness: 5,
  "not-possible": 6,
  interrupted: 130,
} as const;

/** Who is to blame for the end of a run; design.md's words. `usage` covers an invalid guide. */
export type Verdict = keyof typeof exitCodes;

/** A place in a file that a person can open; lines and columns count from 1. */
export type SourceLocation = { readonly file: string; readonly line: number; readonly column?: number };

/** `file:line[:column]`, as editors and terminals link it. */
export const formatLocation = ({ file, line, column }: SourceLocation): string =>
  column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;

/** How many milliseconds something was late, and how many before the error that had ended. */
export type Stall = {
  readonly late: number;
  readonly ago: number;
  /** Whether it was looked at all the while, for minutes. */
  readonly watched?: true;
  /** How many milliseconds it might have taken, where it had an end of its own: want of time explains no more than it cost. */
  readonly allowed?: number;
};

/** What is known of a failure beside its message; every field is optional and printed when present. */
export type ErrorDetails = {
  readonly machine?: string;
  readonly step?: string;
  readonly location?: SourceLocation;
  readonly command?: string;
  /** Which of several commands failed: its line of `command`. */
  readonly failedCommand?: string;
  readonly exitCode?: number;
  /** How many milliseconds were waited, if a limit of time ended what failed: more time might have been enough. */
  readonly late?: number;
  /** Where that was not one wait, or did not end with the error: each of the times in which something was late. */
  readonly stalls?: readonly Stall[];
  /** Whether the machine does not come back from a boot, so that it is known why it does not answer. */
  readonly isAway?: true;
  /** What else than the guide has led to where it failed, a few words each: then it is not shown to be the guide's. */
  readonly besideGuide?: readonly string[];
  /** Whether nothing has failed, and something was not looked at for that reason. */
  readonly untested?: true;
  /** Whether nothing but a lack of time speaks for the guide: whether it holds is not known. */
  readonly unjudged?: true;
  /** Last lines of the output, already redacted. */
  readonly outputTail?: string;
  /** Journal of the unit concerned, already redacted. */
  readonly unitJournal?: string;
  /** What to do next, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
};

/** The one error root: everything thrown on purpose carries the verdict it leads to. */
export abstract class HarnessError extends Error {
  abstract readonly verdict: Exclude<Verdict, "passed">;
  readonly details: Omit<ErrorDetails, "cause">;

  constructor(message: string, { cause, ...details }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.details = details;
  }
}

/** A step or a milestone failed: the guide does not hold. */
export class GuideFailure extends HarnessError {
  readonly verdict = "guide";
}

/** Wrong arguments, configuration, or a guide, erratum or port that cannot be read. */
export class UsageError extends HarnessError {
  readonly verdict = "usage";
}

/** An input of the guide is missing, damaged or cannot be built. */
export class ArtifactError extends HarnessError {
  readonly verdict = "artifact";
}

/** A machine, its network, its host or its connection failed. */
export class InfrastructureError extends HarnessError {
  readonly verdict = "infrastructure";
}

/** A defect of this project. */
export class HarnessDefect extends HarnessError {
  readonly verdict = "harness";
}

/** These machines, this artifact set or this harness cannot do what the guide asks for; its reader's machines may. */
export class NotPossibleHere extends HarnessError {
  readonly verdict = "not-possible";
}

/** A signal ended the run. */
export class Interrupted extends HarnessError {
  readonly verdict = "interrupted";
}

/** Any thrown value as a HarnessError; what was not thrown on purpose is a defect of the harness. */
export function toHarnessError(thrown: unknown): HarnessError {
  if (thrown instanceof HarnessError) return thrown;
  if (thrown instanceof Error) return new HarnessDefect(thrown.message, { cause: thrown });
  return new HarnessDefect(String(thrown));
}

/**
 * Verdicts of failures, the gravest first. Who interrupted the run asked for no other verdict; a broken harness can be
 * trusted in nothing; a machine that died explains why a step failed on another one, a missing file why a command did;
 * what cannot be done here explains no less. The guide is blamed last.
 */
export const severity: readonly Verdict[] = [
  "interrupted",
  "harness",
  "infrastructure",
  "artifact",
  "usage",
  "not-possible",
  "guide",
  "passed",
];

export const graver = (a: Verdict, b: Verdict): Verdict =>
  severity.indexOf(a) <= severity.indexOf(b) ? a : b;

/** The exit code of many runs from their own: that of the gravest verdict. One that is no verdict's is the harness's. */
export function gravestExitCode(codes: readonly number[]): number {
  const all: readonly number[] = severity.map((verdict) => exitCodes[verdict]);
  const known = new Set(codes.map((code) => (all.includes(code) ? code : exitCodes.harness)));
  return all.find((code) => known.has(code)) ?? exitCodes.passed;
}

/** The failure that decides among several: the gravest, and of equals the first. Undefined if there is none. */
export const gravest = (errors: readonly HarnessError[]): HarnessError | undefined =>
  errors.toSorted((a, b) => severity.indexOf(a.verdict) - severity.indexOf(b.verdict))[0];
