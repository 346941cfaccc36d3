import { expect, test } from "vitest";
import { sampleStep, sampleTest } from "./sample.ts";
import { blame, faultOf, guideLine, headlineOf, lead, trialText, verdictWord } from "./labels.ts";

const score = {
  provider: "nspawn",
  artifactSet: "upstream",
  killed: 60,
  of: 61,
  startedAt: "2026-11-24T20:00:00.000Z",
  seconds: 800,
};

test.each([
  ["abc1234", "abc1234", "60 of 61 mutants killed, 2026-11-24, commit abc1234"],
  ["abc1234", "def5678", "60 of 61 mutants killed, 2026-11-24, commit abc1234, not the one of this run"],
  ["abc1234+", "abc1234+", "60 of 61 mutants killed, 2026-11-24, commit abc1234+, not the one of this run"],
  [undefined, "def5678", "60 of 61 mutants killed, 2026-11-24, commit unknown, not the one of this run"],
])("a round of commit %s in a report of %s", (tried, commit, text) => {
  expect(trialText({ commit }, { ...score, ...(tried !== undefined && { commit: tried }) })).toBe(text);
});

test.each([
  ["passed", [sampleStep()], [sampleTest()], blame.passed],
  ["passed", [sampleStep()], [], "Every step ran as the guide says; no milestone was tested."],
  ["passed", [], [sampleTest()], "Every tested milestone is proved; no step of the guide was run."],
  ["passed", [], [], "What was asked for was done; there were no steps and no milestones."],
  [
    "passed",
    [sampleStep({ outcome: "failed" }), sampleStep()],
    [],
    "Something was red and was corrected; everything after that is as the guide says.",
  ],
  ["guide", [sampleStep({ outcome: "failed" })], [], blame.guide],
] as const)("what a run says of itself: %s, with %j and %j", (verdict, steps, tests, said) => {
  expect(lead({ verdict, steps, tests })).toBe(said);
});

test("a run that has shown an install bug says so, not that the guide failed or all is well", () => {
  const reproduction = { id: "etcd-enable-typo", seen: "Unknown operation enabel.\nmore" };
  const run = { verdict: "passed", steps: [sampleStep({ outcome: "failed" })], tests: [] } as const;
  expect(headlineOf({ ...run, reproduction })).toBe("Reproduced: etcd-enable-typo");
  expect(lead({ ...run, reproduction })).toBe(
    "The install bug etcd-enable-typo showed as catalogued, and the guide was left with it: Unknown operation enabel.",
  );
  expect(lead({ ...run, reproduction: { ...reproduction, fixed: true } })).toMatch(
    /its correction put it right/,
  );
  expect(headlineOf({ verdict: "infrastructure", reproduction })).toBe("The infrastructure failed");
});

test("a run of a part of the guide says how many of its steps ran; those before a checkpoint count as run", () => {
  const plan = [1, 2, 3].map((place) => sampleStep({ key: `1/${place}@t71` }));
  const part = { verdict: "passed", steps: plan.slice(2), tests: [], plan } as const;
  expect(lead(part)).toBe("1 of the guide's 3 steps ran as it says; no milestone was tested.");
  expect(lead({ ...part, tests: [sampleTest()] })).toBe(
    "1 of the guide's 3 steps ran as it says, and every tested milestone is proved.",
  );
  const resumed = { after: "1/2", steps: 2, run: "a", savedAt: "b", booted: true };
  expect(lead({ ...part, resumed })).toBe("Every step ran as the guide says; no milestone was tested.");
});

test("a run of some tests alone says so, and claims no milestone", () => {
  const selection = { by: "--rerun-failed", run: "20190401T101500-e2e-42", chosen: 2, leftOut: 66 };
  const run = { verdict: "passed", steps: [], tests: [sampleTest()], selection } as const;
  expect(headlineOf(run)).toBe("Passed: 2 of 68 tests");
  expect(lead(run)).toBe(
    "The chosen tests passed; a milestone of which tests were left out is not proved: 2 of 68 tests by --rerun-failed: those that were red in 20190401T101500-e2e-42; the other 66 are left out.",
  );
  expect(headlineOf({ verdict: "guide", selection })).toBe("The guide failed");
});

test("what ports changed of the guide did not run as the guide says", () => {
  const step = sampleStep();
  const { id } = step;
  const changed = [id, id, "9.9/elsewhere"].map((block) => ({ id: block, by: "os", reason: "another" }));
  const dropped = [
    { id: "1.1/disable-selinux", by: "os", reason: "there is none" },
    { id: "guide.md:3:1", by: "the guide", reason: "an example" },
  ];
  const run = {
    verdict: "passed",
    steps: [step],
    tests: [sampleTest()],
    changed,
    dropped,
    ports: ["os"],
  } as const;
  expect(lead(run)).toBe(
    "Every step ran as the guide says, but for 2 blocks that ports change, and every tested milestone is proved.",
  );
  expect(lead({ ...run, ports: [] })).toContain("2 blocks that ports or edits change");
});

test("where others than the guide had a part, neither a failure nor a pass is the guide's", () => {
  const besideGuide = ["somebody was at a shell on t72"];
  const failure = { verdict: "usage", message: "no", besideGuide } as const;
  const tests = [sampleTest({ outcome: "error", failure })];
  const red = { verdict: "usage", steps: [], tests } as const;
  expect(headlineOf(red)).toBe("Not proved");
  expect(lead(red)).toBe("The guide alone is not shown to be at fault: somebody was at a shell on t72.");
  expect(lead({ verdict: "passed", steps: [], tests: [sampleTest()], detours: besideGuide })).toBe(
    "What ran has passed, but that does not prove the guide alone: somebody was at a shell on t72.",
  );
  expect(headlineOf({ verdict: "usage" })).toBe("Invalid input");
});

test("where something else decides, what the guide has failed in is told, too, and that is no word about the guide only without it", () => {
  const failure = { verdict: "infrastructure", message: "late" } as const;
  const late = sampleTest({ outcome: "error", failure });
  const red = sampleTest({
    milestone: "flannel",
    outcome: "failed",
    failure: { verdict: "guide", message: "no" },
  });
  const run = {
    verdict: "infrastructure",
    steps: [],
    tests: [late, red, red],
    milestones: { flannel: "flannel subnets" },
  } as const;
  expect(lead({ ...run, tests: [late] })).toBe(blame.infrastructure);
  expect(lead(run)).toBe(
    "A machine, its network or this host is to blame. That does not explain 2 tests that failed, too (flannel subnets). The guide is to blame for that.",
  );
  const shell = { verdict: "usage", message: "no", besideGuide: ["somebody was at a shell on t72"] } as const;
  expect(lead({ ...run, tests: [late, sampleTest({ ...red, outcome: "error", failure: shell })] })).toMatch(
    /1 test that failed, too \(flannel subnets\)\. The guide alone is not shown to be at fault: somebody was at a shell on t72\.$/,
  );
  expect(lead({ ...run, verdict: "harness" })).toBe(blame.harness);
});

test("what a host without time excuses is not judged: it says neither that the host nor that the guide is to blame", () => {
  const failure = {
    verdict: "infrastructure",
    message: "late; this host was starved",
    unjudged: true,
  } as const;
  const said = /^Not judged: /;
  expect(faultOf(failure)).toMatch(said);
  const step = sampleStep({ outcome: "error", failure });
  expect(lead({ verdict: "infrastructure", steps: [step], tests: [], failure })).toMatch(said);
  const late = sampleTest({ outcome: "error", failure });
  expect(lead({ verdict: "infrastructure", steps: [], tests: [late] })).toMatch(said);
  const { unjudged: _, ...lost } = failure;
  const tests = [late, sampleTest({ outcome: "error", failure: lost })];
  expect(lead({ verdict: "infrastructure", steps: [], tests })).toBe(blame.infrastructure);
});

test("where nothing failed nobody is at fault: what the guide's part does not have was not tested", () => {
  const besideGuide = ["the guide is applied up to 2.4.5/check-etcd"];
  const failure = {
    verdict: "usage",
    message: "26 tests were not reached",
    besideGuide,
    untested: true,
  } as const;
  const skipped = sampleTest({
    outcome: "skipped",
    skipped: "not reached: 2.5.1/ca-config is not applied yet",
  });
  const run = { verdict: "usage", steps: [], tests: [skipped], failure } as const;
  expect(lead(run)).toBe("Nothing was tested: the guide is applied up to 2.4.5/check-etcd.");
  expect(lead({ ...run, tests: [skipped, sampleTest()] })).toMatch(
    /^Nothing failed, but not all was tested: /,
  );
  const red = sampleTest({ outcome: "error", failure: { verdict: "usage", message: "no", besideGuide } });
  expect(lead({ ...run, tests: [skipped, red] })).toMatch(/^The guide alone is not shown to be at fault: /);
  expect(faultOf(failure)).toBe("Nothing failed: the guide is applied up to 2.4.5/check-etcd.");
});

test("help that the reader does not get is in the headline's sentence", () => {
  const assist = { id: "artifact-cache", reason: "no network" };
  const run = { verdict: "passed", steps: [sampleStep()], tests: [sampleTest()] } as const;
  expect(lead({ ...run, assists: [assist, assist] })).toBe(
    "Every step ran as the guide says, with the help of 2 assists, and every tested milestone is proved.",
  );
  const changed = [{ id: sampleStep().id, by: "os", reason: "another" }];
  expect(lead({ ...run, assists: [assist], changed, ports: ["os"] })).toContain(
    ", but for 1 block that ports change and with the help of 1 assist, and every",
  );
});

test("an install bug that does not show is not the guide's failure, which was broken on purpose", () => {
  const message = "a-typo was not reproduced: expected Unknown operation, seen nothing";
  const run = {
    command: "repro",
    verdict: "guide",
    failure: { verdict: "guide", message },
    steps: [],
    tests: [],
  } as const;
  expect(headlineOf(run)).toBe("Not reproduced");
  expect(verdictWord(run)).toBe("broken-on-purpose");
  const e2e = { ...run, command: "e2e" };
  expect(verdictWord(e2e)).toBe("guide");
  expect(verdictWord({ ...e2e, settings: { edits: ["/p/fixtures/guide/mutants/no-lease.yaml"] } })).toBe(
    "broken-on-purpose",
  );
  expect(verdictWord({ ...e2e, settings: { edits: ["/home/me/mine.yaml"] } })).toBe("guide");
  expect(lead(run)).toBe(`${message}. The guide was broken on purpose, and is not to blame.`);
});

test("the length of the guide says which of its blocks a run leaves out", () => {
  const plan = { at: 0, type: "plan", steps: 97, sections: [] } as const;
  expect(guideLine(plan)).toBe("the guide has 97 steps");
  expect(
    guideLine({ ...plan, ports: ["embedded-os", "without-selinux"], leftOut: ["1.1/disable-selinux"] }),
  ).toBe("the guide has 97 steps, ported by embedded-os, without-selinux; not run here: 1.1/disable-selinux");
});
