import { expect, test } from "vitest";
import { exitCodes } from "../../errors.ts";
import {
  type Agreement,
  agreementOf,
  contradictions,
  type Evidence,
  exitCodeOf,
  isTelling,
} from "./prove.ts";

const outcomes = (verdict: Evidence["verdict"], steps: string, tests: string): Evidence => ({
  verdict,
  steps: words(steps).map(([key, outcome]) => ({ key, outcome })),
  tests: words(tests).map(([name, outcome]) => ({ milestone: "etcd", name, outcome })),
});

/** `a+ b-` is a, which passed, and b, which failed. */
const words = (text: string): [string, "passed" | "failed"][] =>
  text
    .split(" ")
    .filter(Boolean)
    .map((word) => [word.slice(0, -1), word.endsWith("+") ? "passed" : "failed"]);

const fresh = outcomes("passed", "1+ 2+ 3+", "a+ b+");

test("a resumed run that says the same agrees, whatever steps it left out", () => {
  expect(contradictions(fresh, outcomes("passed", "3+", "b+ a+"))).toEqual([]);
});

test.each([
  ["the verdict", outcomes("guide", "3+", "a+ b+"), ["verdict guide, not passed"]],
  ["a test", outcomes("passed", "3+", "a+ b-"), ["etcd: b: failed, not passed"]],
  ["a test that is missing", outcomes("passed", "3+", "a+"), ["etcd: b: not run, not passed"]],
  ["a test that is new", outcomes("passed", "", "a+ b+ c+"), ["etcd: c: passed, not not run"]],
  ["a step", outcomes("passed", "2- 3+", "a+ b+"), ["2: failed, not passed"]],
  ["a step that is new", outcomes("passed", "4+", "a+ b+"), ["4: passed, not not run"]],
])("it contradicts by %s", (_, resumed, expected) =>
  expect(contradictions(fresh, resumed)).toEqual(expected),
);

test.each([
  ["that it started from", [], false, ["verdict guide, not passed"]],
  ["another of which does not come up whole", ["2/b"], false, ["verdict guide, not passed"]],
  ["that does not come up whole itself", ["2/b", "3/c"], true, []],
])("a checkpoint %s", (_, lost, passedOver, expected) => {
  const resumed = {
    ...outcomes("guide", "3+", "a+ b+"),
    id: "20261127T080000-e2e-1",
    durationMs: 20_500,
    rebootFindings: lost.map((after) => ({ after, machine: "t72", what: ["unit docker"] })),
  };
  expect(agreementOf("3/c", fresh, resumed)).toEqual({
    after: "3/c",
    run: resumed.id,
    seconds: 20.5,
    verdict: "guide",
    passedOver,
    contradictions: expected,
  });
});

test.each(["infrastructure", "artifact", "usage", "harness"] as const)(
  "a run of the verdict %s contradicts nothing, and agrees with nothing",
  (verdict) => {
    const resumed = { ...outcomes(verdict, "3-", ""), id: "20261127T080000-e2e-1", durationMs: 1 };
    const agreement = agreementOf("3/c", fresh, resumed);
    expect(agreement).toMatchObject({ verdict, contradictions: [] });
    expect(exitCodeOf([agreement])).toBe(exitCodes[verdict]);
    expect(isTelling(outcomes(verdict, "1+", "a+"))).toBe(false);
  },
);

test("a run from the beginning that passed, or blames the guide, can be compared with", () => {
  expect(isTelling(fresh)).toBe(true);
  expect(isTelling(outcomes("guide", "1+ 2-", "a-"))).toBe(true);
});

test.each<[string, readonly Partial<Agreement>[], number]>([
  ["all agree", [{}, {}], 0],
  ["one disagrees", [{}, { contradictions: ["verdict guide, not passed"] }], 1],
  ["one is passed over", [{}, { passedOver: true }], 0],
  ["the host kept one from its proof", [{}, { verdict: "infrastructure" }], 4],
  ["the host kept one, and another disagrees", [{ verdict: "infrastructure" }, { contradictions: ["x"] }], 4],
  ["there is no checkpoint", [], 5],
  ["all are passed over", [{ passedOver: true }], 5],
])("where %s, the exit code is right", (_, all, code) => {
  const one: Agreement = {
    after: "1.1/a",
    run: "r",
    seconds: 1,
    verdict: "passed",
    passedOver: false,
    contradictions: [],
  };
  expect(exitCodeOf(all.map((changes) => ({ ...one, ...changes })))).toBe(code);
});
