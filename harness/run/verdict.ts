import { HarnessError, type Verdict } from "../errors.ts";
import type { FailureRecord, TestRecord } from "./record.ts";
import type { Redactor } from "./redact.ts";

/** An error as it is shown and stored: every text in it is redacted. */
export function failureRecord(error: HarnessError, redactor: Redactor): FailureRecord {
  const { verdict, message, details } = error;
  return redactor.value({ verdict, message, ...details });
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
