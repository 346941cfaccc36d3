import { z } from "zod";
import {
  ArtifactError,
  type ErrorDetails,
  HarnessDefect,
  type HarnessError,
  InfrastructureError,
  Interrupted,
  NotPossibleHere,
  UsageError,
  type Verdict,
} from "../errors.ts";
import type { FailureRecord, RunRecord } from "../record/record.ts";

export const redSchema = z.object({
  kind: z.enum(["step", "milestone"]),
  what: z.string(),
  /** The first red test of the milestone, of how many. */
  test: z.string().exactOptional(),
  tests: z.number().exactOptional(),
  message: z.string(),
});

/** What a run has against the guide: a step that failed, or a milestone that is red. */
export type Red = Readonly<z.infer<typeof redSchema>>;

/** All that a run has against the guide, in the order in which it met it; nothing in a run that passed. */
export function redOf({ steps, tests }: Pick<RunRecord, "steps" | "tests">): Red[] {
  const failed = steps.filter(({ outcome }) => outcome === "failed");
  const red = Map.groupBy(
    tests.filter(({ outcome }) => outcome === "failed"),
    ({ milestone }) => milestone,
  );
  return [
    ...failed.map(({ key, failure }): Red => ({ kind: "step", what: key, message: whyFailed(key, failure) })),
    ...[...red].map(([what, its]): Red => ({
      kind: "milestone",
      what,
      test: its[0]?.name ?? "",
      tests: its.length,
      message: line(its[0]?.failure?.message),
    })),
  ];
}

export const describeRed = ({ what, test, tests = 1, message }: Red): string =>
  [
    what,
    ...(test === undefined ? [] : [`${test}${tests > 1 ? ` (and ${tests - 1} more)` : ""}`]),
    message,
  ].join(": ");

/** Why a run says nothing of the guide: what ended it, or the first test that could not be made. */
export const errorOf = ({ failure, tests }: Pick<RunRecord, "failure" | "tests">): string =>
  failure?.message ??
  tests.find(({ outcome }) => outcome === "error")?.failure?.message ??
  "no more is known";

const errors = {
  interrupted: Interrupted,
  harness: HarnessDefect,
  infrastructure: InfrastructureError,
  artifact: ArtifactError,
  usage: UsageError,
  "not-possible": NotPossibleHere,
  guide: HarnessDefect,
  passed: HarnessDefect,
};

/** The error of who cannot go on for what a run came to: of its verdict, unless that is about the guide. */
export const errorAfter = (verdict: Verdict, message: string, details: ErrorDetails): HarnessError =>
  new errors[verdict](message, details);

/** The error of who has to see a run pass before anything can be said of some others. */
export const notGreen = (what: string, record: RunRecord, others: string): HarnessError =>
  errorAfter(record.verdict, `${what}: ${record.verdict}, so nothing can be said of ${others}`, {
    outputTail: record.failure?.message ?? redOf(record).map(describeRed).join("\n"),
    hint: "Correct this first; `pnpm e2e` shows it by itself.",
  });

const line = (text = "no more is known"): string => text.trim().split("\n")[0] ?? "";

/** A failed step's message, which need not name it once more, with the last line of its output. */
function whyFailed(key: string, failure: FailureRecord | undefined): string {
  const said = failure?.outputTail?.trimEnd().split("\n").at(-1)?.trim() ?? "";
  return [line(failure?.message).replace(`${key}: `, ""), said].filter(Boolean).join(": ");
}
