import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { SerializedError } from "vitest";
import { z } from "zod";
import type { TestRecord } from "./cluster/record.ts";

type Failure = NonNullable<TestRecord["failure"]>;

const projectRoot = `${import.meta.dirname}/../`;

/** A HarnessError after its way from the worker: its class is lost, its fields are not. */
const thrown = z.object({
  verdict: z.enum(["guide", "usage", "artifact", "infrastructure", "harness", "not-possible", "interrupted"]),
  details: z.object({
    machine: z.exactOptional(z.string()),
    step: z.exactOptional(z.string()),
    command: z.exactOptional(z.string()),
    exitCode: z.exactOptional(z.number()),
    late: z.exactOptional(z.number()),
    outputTail: z.exactOptional(z.string()),
    unitJournal: z.exactOptional(z.string()),
    hint: z.exactOptional(z.string()),
  }),
});

/**
 * The failure of a test from all errors it ended with; the one that does not blame the guide goes first,
 * for a broken harness or machine explains the rest.
 */
export function failureOf(errors: readonly SerializedError[]): Failure {
  const failures = errors.map(oneFailure);
  const first = failures.find((failure) => failure.verdict !== "guide") ?? failures[0];
  if (!first) return { verdict: "harness", message: "The test failed without an error." };
  return { ...first, message: [first, ...failures.filter((it) => it !== first)].map(text).join("\n\n") };
}

const text = ({ message }: Failure): string => message;

function oneFailure(error: SerializedError): Failure {
  const harness = thrown.safeParse(error);
  const location = place(error);
  const at = location ? `\nat ${location.file}:${location.line}` : "";
  return {
    ...harness.data?.details,
    verdict: harness.data?.verdict ?? (error.name === "AssertionError" ? "guide" : "harness"),
    message: stripVTControlCharacters(`${heading(error, harness.success)}${diffOf(error)}${at}`),
    ...(location && { location }),
  };
}

/** Errors that nobody threw on purpose are named, for their message alone says little. */
const heading = (error: SerializedError, expected: boolean): string =>
  expected || error.name === "AssertionError" ? error.message : `${error.name ?? "Error"}: ${error.message}`;

const diffOf = (error: SerializedError): string =>
  typeof error["diff"] === "string" && error["diff"] !== "" ? `\n${error["diff"]}` : "";

/** The line of the suite that the error comes from, or else of the project. */
function place(error: SerializedError): Failure["location"] {
  const frames = (error.stacks ?? []).filter(
    ({ file }) => file.startsWith(projectRoot) || !file.includes("node_modules"),
  );
  const frame = frames.find(({ file }) => file.endsWith(".test.ts")) ?? frames[0];
  return frame && { file: relative(projectRoot, frame.file), line: frame.line, column: frame.column };
}
