import { graver, gravest, type HarnessError, type Verdict } from "../errors.ts";
import type { FailureRecord, TestRecord } from "../record/record.ts";
import type { Conclusion } from "./reporters.ts";
import { processRedactor } from "../secrets/redact.ts";

/** An error as it is shown and stored: every text in it is redacted. */
export function failureRecord(error: HarnessError): FailureRecord {
  return processRedactor.value({ verdict: error.verdict, message: error.message, ...error.details });
}

/** The gravest of what tests said; an error that says no reason of its own is the harness's. */
export const verdictOfTests = (tests: readonly TestRecord[]): Verdict =>
  tests.reduce<Verdict>((verdict, test) => graver(verdict, verdictOfTest(test)), "passed");

function verdictOfTest({ outcome, failure }: TestRecord): Verdict {
  if (outcome === "failed") return "guide";
  if (outcome !== "error") return "passed";
  return failure === undefined || failure.verdict === "guide" ? "harness" : failure.verdict;
}

/** How a run ended: the gravest of all that failed decides, the tests' verdict included. */
export function conclusionOf(failures: readonly HarnessError[], tests: readonly TestRecord[]): Conclusion {
  const distinct = [...new Set(failures)];
  const decisive = gravest(distinct);
  const ofTests = verdictOfTests(tests);
  const verdict = graver(decisive?.verdict ?? "passed", ofTests);
  const others = distinct.filter((failure) => failure !== decisive);
  return {
    verdict,
    ...(decisive && { failure: failureRecord(decisive) }),
    otherFailures: others.map(failureRecord),
  };
}
