import type { FailureRecord, StepRecord, TestRecord } from "../../record/record.ts";
import { lastLines, place, plain } from "../text.ts";
import { faultOf } from "../labels.ts";

type Limits = { readonly command?: number; readonly output?: number; readonly journal?: number };

/** One fact about a failure; `text` may have several lines. */
export type Part = { readonly name: string; readonly text: string };

/** What is known of a failure, in the order in which a person asks. */
export function failureParts(failure: FailureRecord, limits: Limits = {}): Part[] {
  const { step, machine, location, command, failedCommand, exitCode, outputTail, unitJournal, hint } =
    failure;
  const parts: { name: string; text: string | undefined }[] = [
    { name: "step", text: step },
    { name: "machine", text: machine },
    { name: location?.file.endsWith(".md") ? "guide" : "at", text: location && place(location) },
    { name: "command", text: command && lastLines(plain(command), limits.command) },
    { name: "failed at", text: failedCommand },
    { name: "exit code", text: exitCode?.toString() },
    { name: "output", text: outputTail && lastLines(plain(outputTail), limits.output) },
    { name: "unit journal", text: unitJournal && lastLines(plain(unitJournal), limits.journal) },
    { name: "next", text: hint },
    { name: "fault", text: faultOf(failure) },
  ];
  return parts.flatMap(({ name, text }) => (text ? [{ name, text: plain(text) }] : []));
}

/** What a failed test stands for: the sections it guards, and the run's steps that made what it looked at. */
export function testParts(
  { name, sections }: Pick<TestRecord, "name" | "sections">,
  steps: readonly Pick<StepRecord, "id" | "section">[],
): Part[] {
  const made = steps.filter(({ section }) =>
    sections.some((guarded) => section === guarded || section.startsWith(`${guarded}.`)),
  );
  const parts: Part[] = [
    { name: "test", text: plain(name) },
    {
      name: "guards",
      text:
        sections.length > 0 ? `${sections.length > 1 ? "sections" : "section"} ${sections.join(", ")}` : "",
    },
    { name: "made by", text: [...new Set(made.map(({ id }) => id))].join(", ") },
  ];
  return parts.filter(({ text }) => text !== "");
}

/** A failure as plain text: its message, then its parts, and what else was found. */
export function describeFailure(
  failure: FailureRecord,
  before: readonly Part[] = [],
  after: readonly Part[] = [],
): string {
  const parts = [...before, ...failureParts(failure), ...after];
  return [plain(failure.message), "", ...parts.map(describePart)].join("\n");
}

export const describePart = ({ name, text }: Part): string =>
  text.includes("\n") ? `${name}\n${text.replaceAll(/^/gmu, "    ")}` : `${name.padEnd(12)} ${text}`;
