import { expect, test } from "vitest";
import { InfrastructureError } from "../errors.ts";
import type { TestRecord } from "../record/record.ts";
import { Redactor } from "../secrets/redact.ts";
import { failureRecord, verdictOfTests } from "./verdict.ts";

const record = (
  outcome: TestRecord["outcome"],
  verdict?: "infrastructure" | "guide" | "not-possible",
): TestRecord => ({
  milestone: "etcd",
  name: "a test",
  sections: [],
  startMs: 0,
  durationMs: 1,
  outcome,
  facts: {},
  ...(verdict && { failure: { verdict, message: "" } }),
});

test.each([
  [[], "passed"],
  [[record("passed"), record("skipped")], "passed"],
  [[record("passed"), record("failed", "guide")], "guide"],
  [[record("failed", "guide"), record("error", "infrastructure")], "infrastructure"],
  [[record("error")], "harness"],
  [[record("error", "infrastructure"), record("error")], "harness"],
  [[record("error", "not-possible"), record("failed", "guide")], "not-possible"],
  [[record("error", "guide")], "harness"],
])("%j leads to %s", (tests, verdict) => expect(verdictOfTests(tests)).toBe(verdict));

test("a failure is redacted wherever it has text", () => {
  const secret = "663eb46fb81c4cf2a9bedb84bea03582";
  const error = new InfrastructureError(`connection lost during: echo ${secret}`, {
    machine: "t71",
    command: `echo ${secret}`,
    outputTail: secret,
    exitCode: 255,
    location: { file: secret, line: 1 },
  });
  const failure = failureRecord(error, new Redactor([secret]));
  expect(JSON.stringify(failure)).not.toContain(secret);
  expect(failure).toMatchObject({ verdict: "infrastructure", machine: "t71", exitCode: 255 });
});
