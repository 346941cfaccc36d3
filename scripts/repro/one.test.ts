import { expect, test } from "vitest";
import { sampleFailure, sampleRecord } from "../../harness/report/sample.ts";
import { loadEntries } from "./catalogue.ts";
import { resultOf } from "./one.ts";

const [entry] = await loadEntries([]);
if (!entry) throw new Error("the catalogue is empty");
const outcome = { appeared: true, expected: "a symptom", seen: "a symptom", system: "debian12" };
const green = { ...outcome, fixed: "green" };

test("what a run showed counts if nothing but the guide failed in it", () => {
  const failed = sampleRecord({ verdict: "guide", failure: sampleFailure({ verdict: "guide" }) });
  expect(resultOf(entry, outcome, failed)).toMatchObject({ outcome: "reproduced", exitCode: 0 });
  const { failure: _, ...passed } = sampleRecord({ verdict: "passed" });
  expect(resultOf(entry, green, passed)).toMatchObject({ outcome: "reproduced", exitCode: 0 });
});

test.each([
  ["interrupted", 130],
  ["infrastructure", 4],
  ["harness", 5],
] as const)("a run that ended as %s after its symptom was seen proves nothing", (verdict, exitCode) => {
  const record = sampleRecord({ verdict, failure: sampleFailure({ verdict }) });
  const result = resultOf(entry, green, record);
  expect(result).toMatchObject({ outcome: "not judged", exitCode });
  expect(result.proof).toBeUndefined();
});
