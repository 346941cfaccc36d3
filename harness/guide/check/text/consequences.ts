import type { CheckFinding } from "../finding.ts";

/** What a command or a unit that is cut short is taken for. */
const ofCutLines = /^(?:shell\/(?:continuation|command)|files\/(?:missing|quote)|units\/syntax)$/;
const ofStrayOptions = /^(?:shell\/command|files\/missing)$/;
/** What is read of a here-document that is not ended. */
const ofUnreadText = /^(?:files\/(?!missing|folder)|units\/(?:syntax|directive|value|exec|target)$)/;

/** What comes of a command that is not read as it was meant. */
const ofLostCommands = /^units\/not-/;
/** What is read of a text that a shell has changed. */
const ofWrittenText = /^(?:files\/(?!missing|folder)|units|values|versions)\b/;

const isBefore = (one: CheckFinding["location"], other: CheckFinding["location"]): boolean =>
  (one.line - other.line || (one.column ?? 0) - (other.column ?? 0)) < 0;

/** Whether one finding explains another, whose own hint would mislead. */
function explains(cause: CheckFinding, { rule, step, location }: CheckFinding): boolean {
  if (step === undefined || cause.step !== step || cause.location.file !== location.file) return false;
  const { line, column } = cause.location;
  if (cause.rule === "text/character")
    return rule !== cause.rule && (location.line === line || ofLostCommands.test(rule));
  if (cause.rule === "text/line-end") return location.line === line + 1 && ofCutLines.test(rule);
  if (cause.rule === "shell/continuation")
    return location.line === line && location.column === column && ofStrayOptions.test(rule);
  if (cause.rule === "units/missing") return /^units\/(?:not-|left-)/.test(rule);
  // What a here-document loses to the shell is lost by one missing pair of quotes.
  if (cause.rule === "shell/variable" && cause.hint.includes("delimiter"))
    return ofWrittenText.test(rule) || (rule === cause.rule && isBefore(cause.location, location));
  if (cause.rule === "units/environment-file") return rule === "units/variable";
  return cause.rule === "shell/syntax" && ofUnreadText.test(rule);
}

/** Findings without those that another one explains. */
export const withoutConsequences = (findings: readonly CheckFinding[]): CheckFinding[] =>
  findings.filter((finding) => !findings.some((cause) => cause !== finding && explains(cause, finding)));
