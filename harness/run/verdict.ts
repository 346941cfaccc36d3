import { HarnessError, type Verdict } from "../errors.ts";
import type { FailureRecord, TestRecord } from "./record.ts";

/** An error as it is shown and stored. */
export function failureRecord(error: HarnessError): FailureRecord {
  return { verdict: error.verdict, message: error.message, ...error.details };
}

/**
 * The run's verdict from what its tests said. Infrastructure and harness errors weigh more than failures:
 * a milestone that could not be looked at says nothing of the guide.
 */
export function verdictOfTests(tests: readonly TestRecord[]): Verdict {
  const error = tests.find((test) => test.outcome === "error");
  if (error) return error.failure?.verdict === "infrastructure" ? "infrastructure" : "harness";
  return tests.some((test) => test.outcome === "failed") ? "guide" : "passed";
}
