import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { SerializedError } from "vitest";
import { z } from "zod";
import type { TestRecord } from "./cluster/trace/record.ts";
import { endOfWords } from "./cluster/expect/words.ts";

type Failure = NonNullable<TestRecord["failure"]>;

const projectRoot = `${import.meta.dirname}/../`;

const stall = z.object({
  late: z.number(),
  ago: z.number(),
  watched: z.exactOptional(z.literal(true)),
  allowed: z.exactOptional(z.number()),
});

/** A HarnessError after its way from the worker: its class is lost, its fields are not. */
const thrown = z.object({
  verdict: z.enum(["guide", "usage", "artifact", "infrastructure", "harness", "not-possible", "interrupted"]),
  details: z.object({
    machine: z.exactOptional(z.string()),
    step: z.exactOptional(z.string()),
    command: z.exactOptional(z.string()),
    exitCode: z.exactOptional(z.number()),
    late: z.exactOptional(z.number()),
    stalls: z.exactOptional(z.array(stall)),
    isAway: z.exactOptional(z.literal(true)),
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
  // Each wait has a limit of its own: a test that is ended for its time hangs, or runs on a host without any.
  const [, limit] = /^(?:Test|Hook) timed out in (\d+)ms/.exec(error.message) ?? [];
  return {
    ...harness.data?.details,
    ...(limit !== undefined && { late: Number(limit) }),
    verdict: harness.data?.verdict ?? (error.name === "AssertionError" ? "guide" : "harness"),
    message: stripVTControlCharacters(`${heading(error, harness.success)}${at}`),
    ...(location && { location }),
  };
}

/**
 * What an error says. An assertion's own words come first, then the difference, or else the sentence of its matcher. Errors
 * that nobody threw on purpose are named, for their message alone says little.
 */
function heading(error: SerializedError, expected: boolean): string {
  const { name = "Error", message } = error;
  if (name !== "AssertionError") return expected ? message : `${name}: ${message}`;
  const [words = "", matcher] = message.split(`${endOfWords}: `);
  const diff = typeof error["diff"] === "string" ? error["diff"] : "";
  return [words, diff === "" ? matcher : diff].filter(Boolean).join("\n");
}

export const shortPath = (file: string): string => relative(projectRoot, file);

/** The line of the suite that the error comes from, or else of the project. */
function place(error: SerializedError): Failure["location"] {
  const frames = (error.stacks ?? []).filter(
    ({ file }) => file.startsWith(projectRoot) || !file.includes("node_modules"),
  );
  const frame = frames.find(({ file }) => file.endsWith(".test.ts")) ?? frames[0];
  return frame && { file: shortPath(frame.file), line: frame.line, column: frame.column };
}
