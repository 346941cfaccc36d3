import { expect, test } from "vitest";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import type { StepRecord, TestRecord } from "../../record/record.ts";
import { sampleRecord } from "../../report/sample.ts";
import { notGreen } from "../red.ts";
import { ablation, ablationOf, loadReasons } from "./ablation.ts";
import { sampleAbout } from "../sample.ts";
import { ablationPage } from "./page.ts";

const plan = await planOf(defaultSettings);
const time = { startMs: 0, durationMs: 1 };
const step: StepRecord = {
  ...time,
  key: "2.4.5/check-etcd@t71",
  id: "2.4.5/check-etcd",
  section: "2.4.5",
  machine: "t71",
  location: { file: "guide.md", line: 1 },
  outcome: "passed",
  exitCode: 0,
  output: "",
  assists: [],
};
const proved: TestRecord = {
  ...time,
  milestone: "etcd",
  name: "is healthy",
  sections: [],
  outcome: "passed",
  facts: {},
};
const red = (milestone: string, name: string): TestRecord => ({
  ...proved,
  milestone,
  name,
  outcome: "failed",
  failure: { verdict: "guide", message: `not ${name}\nand more` },
});
const record = { verdict: "passed", durationMs: 2000, steps: [step], tests: [proved] } as const;

test("a run in which all is green misses nothing", () => {
  expect(ablationOf("1.1/a", record, true)).toEqual({
    step: "1.1/a",
    verdict: "passed",
    missed: "by nobody",
    red: [],
    fresh: true,
    seconds: 2,
  });
});

test("the step that failed is who misses it", () => {
  const message = "2.4.5/check-etcd@t71: ended with exit code 4\nand more";
  const failure = { verdict: "guide", message, outputTail: "looking\nno such host\n" } as const;
  const failed = { ...step, outcome: "failed", failure } as const;
  expect(
    ablationOf("1.1/a", { ...record, verdict: "guide", steps: [step, failed], tests: [] }, false),
  ).toMatchObject({
    missed: "by a step",
    red: [{ kind: "step", what: "2.4.5/check-etcd@t71", message: "ended with exit code 4: no such host" }],
  });
});

test("red milestones are told once each, with their first red test", () => {
  const tests = [proved, red("nodes", "ready"), red("ping", "pods"), red("ping", "hosts")];
  expect(ablationOf("1.1/a", { ...record, verdict: "guide", tests }, false)).toMatchObject({
    missed: "by milestones",
    red: [
      { kind: "milestone", what: "nodes", test: "ready", tests: 1, message: "not ready" },
      { kind: "milestone", what: "ping", test: "pods", tests: 2, message: "not pods" },
    ],
  });
});

test.each(["infrastructure", "harness", "artifact", "usage"] as const)(
  "a run that ends as %s judges nothing, even with something red",
  (verdict) => {
    const failure = { verdict, message: "a machine did not boot" };
    const tests = [red("nodes", "ready")];
    expect(ablationOf("1.1/a", { ...record, verdict, failure, tests }, false)).toMatchObject({
      missed: "not judged",
      verdict,
      message: "a machine did not boot",
    });
  },
);

test("the exit code of a case is 0 if it was judged, and that of the reason if not", () => {
  const failure = { verdict: "infrastructure", message: "a machine did not boot" } as const;
  const [green, unclear] = [record, { ...record, verdict: "infrastructure", failure } as const].map((run) =>
    ablation.read(ablationOf("1.1/a", run, true)),
  );
  expect(green).toMatchObject({ name: "1.1/a", section: "1.1", outcome: "passed", exitCode: 0 });
  expect(unclear).toMatchObject({ outcome: "error", exitCode: 4 });
});

test.each([
  ["infrastructure", "infrastructure"],
  ["artifact", "artifact"],
  ["not-possible", "not-possible"],
  ["harness", "harness"],
  ["guide", "harness"],
] as const)("where the whole guide came to %s, its steps cannot be tried, which is %s", (verdict, told) => {
  expect(notGreen("The whole guide", sampleRecord({ verdict }), "its steps")).toMatchObject({
    verdict: told,
    message: `The whole guide: ${verdict}, so nothing can be said of its steps`,
  });
});

test("each step with a reason is in the guide, once", async () => {
  const steps = (await loadReasons()).map(({ step: id }) => id);
  expect(new Set(steps).size).toBe(steps.length);
  expect(plan.guide.blocks.flatMap((block) => ("id" in block ? [block.id] : []))).toEqual(
    expect.arrayContaining(steps),
  );
});

test("the page has every step, and why those on which nothing depends are there", () => {
  const results = [
    ablationOf("2.4.5/check-etcd", record, true),
    ablationOf("2.4.4/start-etcd", { ...record, verdict: "guide", tests: [red("etcd", "a | b")] }, false),
    ablationOf("2.4.1/unpack-etcd", record, true),
  ];
  const page = ablationPage(plan, { about: sampleAbout({ kind: "ablate" }), results }, [
    { step: "2.4.5/check-etcd", kind: "check", why: "It shows\nthe health." },
  ]);
  expect(page).toContain("Of 3 blocks 0 are needed by a later step, 1 by milestones, 2 by nothing.");
  expect(page).toContain("| `2.4.4/start-etcd` | etcd | `a \\| b` |");
  expect(page).toContain("| `2.4.5/check-etcd` | it only shows something | It shows the health. |");
  expect(page).toContain("| `2.4.1/unpack-etcd` | not yet examined |  |");
});
