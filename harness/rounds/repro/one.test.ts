import { expect, test } from "vitest";
import type { FailureRecord, RunRecord } from "../../record/record.ts";
import { loadEntries } from "./catalogue/catalogue.ts";
import { toComplete } from "./new/new.ts";
import { reproductionOf, resultOf, spokenOf } from "./one.ts";

/** A run that ended with a verdict, because of something if it was not green. */
const ended = (verdict: FailureRecord["verdict"]): RunRecord => ({
  id: "20190401T020003-repro-42",
  command: "repro",
  startedAt: "2019-04-01T02:00:03.000Z",
  durationMs: 1,
  verdict,
  ...(verdict !== "passed" && { failure: { verdict, message: "something happened" } }),
  provider: "nspawn",
  artifactSet: "debian",
  versions: {},
  ports: [],
  dropped: [],
  assists: [],
  cannotProve: [],
  steps: [],
  tests: [],
  spans: [],
  resources: { harnessPeakBytes: 0, machineBytes: {} },
});

const [entry] = await loadEntries([]);
if (!entry) throw new Error("the catalogue is empty");
const outcome = { appeared: true, expected: "a symptom", seen: "a symptom", system: "debian12" };
const green = { ...outcome, fixed: "green" };

test("what a run showed counts if nothing but the guide failed in it", () => {
  expect(resultOf(entry, outcome, ended("guide"))).toMatchObject({ outcome: "reproduced", exitCode: 0 });
  expect(resultOf(entry, green, ended("passed"))).toMatchObject({ outcome: "reproduced", exitCode: 0 });
});

test("what was seen as catalogued is the run's reproduction; what was not is the run's failure", () => {
  const { id } = entry;
  expect(reproductionOf(entry, outcome)).toEqual({ id, seen: "a symptom" });
  expect(reproductionOf(entry, green)).toEqual({ id, seen: "a symptom", fixed: true });
  expect(() => reproductionOf(entry, { ...outcome, appeared: false })).toThrow(
    /^.* was not reproduced: expected a symptom, seen a symptom$/,
  );
  expect(() => reproductionOf(entry, { ...outcome, fixed: "still there: x" })).toThrow(
    /^The correction of .* does not help: still there: x$/,
  );
});

test("with --quiet one install bug is as quiet as any run", () => {
  expect(spokenOf({ json: false, quiet: true })).toEqual({ json: false, loudness: "quiet" });
  expect(spokenOf({ json: false, quiet: false })).toEqual({ json: false });
});

test("an erratum as it was generated says which keys are still to be written", () => {
  const why = "Reported by a reader; say here why it is wrong.";
  const { proof: _, ...known } = entry;
  expect(toComplete(known)).toEqual([]);
  const left = toComplete({ ...known, why, symptom: { step: "2.4.4/start-etcd", message: "x" } });
  expect(left.map((one) => one.split(/[:,]/)[0])).toEqual(["`why`", "`class`", "`remedy` and `proof`"]);
});

test("tests that could not look, without a failure of the run, prove nothing", () => {
  const { failure: _, ...record } = ended("infrastructure");
  expect(resultOf(entry, green, record)).toMatchObject({ outcome: "not judged", seen: "infrastructure" });
});

test.each([
  ["interrupted", 130],
  ["infrastructure", 4],
  ["harness", 5],
] as const)("a run that ended as %s after its symptom was seen proves nothing", (verdict, exitCode) => {
  const result = resultOf(entry, green, ended(verdict));
  expect(result).toMatchObject({ outcome: "not judged", exitCode });
  expect(result.proof).toBeUndefined();
});
