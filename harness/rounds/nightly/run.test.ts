import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RunRecord, TestRecord } from "../../record/record.ts";
import { attemptOf, factsOf } from "./run.ts";
import { leftOutBy } from "../../record/selection.ts";
import { sampleRecord, sampleStep, sampleTest } from "../../report/sample.ts";

const inputs = {
  guide: "ab",
  ports: { one: "1", two: "2" },
  errata: {},
  edits: [],
  machines: "ef",
  artifacts: { etcd: "cd" },
};
const keyOf = (changes: Partial<RunRecord>) => factsOf(sampleRecord({ inputs, ...changes })).key;

test("runs of one commit and the same inputs have one key, whatever came of them and in whatever order they are told", () => {
  const key = keyOf({});
  expect(key).toMatch(/^[0-9a-f]{16}$/);
  const tests = [sampleTest({ outcome: "failed" }), sampleTest({ outcome: "skipped", name: "more" })];
  expect(keyOf({ verdict: "guide", tests, durationMs: 1, id: "other", startedAt: "later" })).toBe(key);
  expect(keyOf({ inputs: { ...inputs, ports: { two: "2", one: "1" } } })).toBe(key);
});

test.each<[string, Partial<RunRecord>]>([
  ["commit", { commit: "ba9876543210" }],
  ["guide", { inputs: { ...inputs, guide: "other" } }],
  ["port's text", { inputs: { ...inputs, ports: { one: "1", two: "3" } } }],
  ["order of ports", { ports: ["b", "a"] }],
  ["erratum", { inputs: { ...inputs, errata: { typo: "1" } } }],
  ["edit", { inputs: { ...inputs, edits: ["1"] } }],
  ["machine", { inputs: { ...inputs, machines: "other" } }],
  ["artifact", { inputs: { ...inputs, artifacts: { etcd: "other" } } }],
  ["provider", { provider: "vagrant" }],
  ["artifact set", { artifactSet: "upstream" }],
  ["version", { versions: { kubernetes: "1.14.0" } }],
  ["list of milestones", { tests: [sampleTest(), sampleTest({ milestone: "ping" })] }],
  ["choice of tests", { selection: { by: "--grep key", chosen: 1, leftOut: 3 } }],
])("another %s has another key", (_name, changes) => expect(keyOf(changes)).not.toBe(keyOf({})));

test("what is not fully known has no key", () => {
  const { artifacts: _, ...planned } = inputs;
  const { commit: __, ...unversioned } = sampleRecord({ inputs });
  expect(keyOf({ commit: "0123456789ab+" })).toBeUndefined();
  expect(keyOf({ inputs: planned })).toBeUndefined();
  expect(factsOf(unversioned).key).toBeUndefined();
});

test("a milestone has the worst of its tests' outcomes, in whatever order they ran", () => {
  const outcomes = ["passed", "skipped", "failed", "error"] as const;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...outcomes), { minLength: 1 }), (all) => {
      const [test_] = sampleRecord({}).tests;
      if (!test_) throw new Error("the sample has a test");
      const tests = all.map((outcome, index) => ({ ...test_, name: `${index}`, outcome }));
      const worst = outcomes.findLast((outcome) => all.includes(outcome));
      expect(factsOf(sampleRecord({ tests })).milestones).toEqual({ etcd: worst });
    }),
  );
});

test("what was not reached, or was left out, has no result: no other night's is another one", () => {
  const [reached, unreached, leftOut] = [
    "not seen here",
    "not reached: the run ended",
    leftOutBy("--grep key"),
  ].map((skipped, index) => sampleTest({ name: `${index}`, outcome: "skipped", skipped }));
  if (!reached || !unreached || !leftOut) throw new Error("one of them is gone");
  const step = sampleStep({ outcome: "skipped", skipped: "not reached: the run ended" });
  const ping = { ...unreached, milestone: "ping" };
  const seen = (tests: readonly TestRecord[]) => {
    const facts = factsOf(sampleRecord({ tests, steps: [step] }));
    return [facts.milestones, facts.tests, facts.steps];
  };
  expect(seen([reached, unreached, leftOut, ping])).toEqual([
    { etcd: "skipped" },
    { "etcd: 0": "skipped" },
    {},
  ]);
  expect(seen([ping])).toEqual([{}, {}, {}]);
});

test("an attempt names what ended the run, or the first red test and how many more", () => {
  const [sample] = sampleRecord({}).tests;
  if (!sample) throw new Error("the sample has a test");
  const red = { ...sample, outcome: "failed" as const };
  expect(attemptOf(sampleRecord({ tests: [sample, red, red] })).message).toBe(
    "etcd: a key survives a restart and 1 more",
  );
  const failure = { verdict: "infrastructure" as const, message: "t72 does not boot\nmore" };
  expect(attemptOf(sampleRecord({ failure, tests: [red] })).message).toBe("t72 does not boot");
  expect(attemptOf(sampleRecord({})).message).toBeUndefined();
});

test("phases are the spans' sums", () => {
  const span = { name: "vitest", track: "suites", startMs: 0, durationMs: 1000.4 };
  expect(factsOf(sampleRecord({ spans: [span, span, { ...span, name: "constructor" }] })).phases).toEqual({
    suites: 2000,
  });
});

test("what a run could not prove is in the history, by name", () => {
  const cannotProve = [
    { claim: "SELinux", reason: "before the guide began: off on t71. The guide starts from enforcing" },
  ];
  expect(factsOf(sampleRecord({ cannotProve })).notProved).toEqual(["SELinux"]);
});
