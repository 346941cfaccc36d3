import { expect, test } from "vitest";
import { allTests } from "../record/selection.ts";
import { sampleRecord, sampleTest } from "./sample.ts";
import { busyTime, tallyMilestones, timeOf, unproved, worst } from "./tally.ts";

test("a resumed run says which steps it did not do, and an install that does not survive a reboot is told", () => {
  const record = sampleRecord({
    resumed: { after: "2.8/bind", steps: 40, run: "run-1", savedAt: "2019-04-01T10:15:00Z", booted: true },
    rebootFindings: [{ after: "3.1/docker", machine: "t72", what: ["docker.service is failed"] }],
  });
  expect(unproved(record)).toEqual([
    { claim: "SELinux", reason: "Not in a container." },
    {
      claim: "the 40 steps up to 2.8/bind",
      reason: "run run-1 did them; the machines were saved then (2019-04-01T10:15:00Z) and booted now",
    },
    {
      claim: "a reboot of t72 after 3.1/docker",
      reason: "what was up is not up again: docker.service is failed",
    },
  ]);
});

test("a run on machines that were taken back with their memory does not speak of a boot", () => {
  const resumed = {
    after: "2.8/bind",
    steps: 40,
    run: "run-1",
    savedAt: "2019-04-01T10:15:00Z",
    booted: false,
  };
  expect(unproved(sampleRecord({ resumed })).map(({ reason }) => reason)).toContain(
    "run run-1 did them; the machines were saved then (2019-04-01T10:15:00Z) and restored now",
  );
});

test("a milestone that stands for tests of unknown number counts none, and is not proved", () => {
  const all = sampleTest({ name: allTests, outcome: "skipped", skipped: "not reached: interrupted" });
  const [tally] = tallyMilestones([all]);
  expect(tally).toMatchObject({ tests: [], unreached: all, outcome: "skipped", counts: { skipped: 0 } });
  expect(unproved(sampleRecord({ tests: [all], cannotProve: [] }))).toEqual([
    { claim: "etcd health", reason: "not reached: interrupted" },
  ]);
});

test("a milestone of which tests were left out is not proved, and they are counted", () => {
  const leftOut = { outcome: "skipped", skipped: "left out by --grep key" } as const;
  const tests = [
    sampleTest(),
    sampleTest({ name: "two", ...leftOut }),
    sampleTest({ name: "three", ...leftOut }),
  ];
  expect(tallyMilestones(tests)).toMatchObject([{ outcome: "skipped", counts: { passed: 1, skipped: 2 } }]);
  const red = sampleTest({ name: "four", outcome: "failed" });
  expect(tallyMilestones([...tests, red])).toMatchObject([{ outcome: "failed" }]);
  const other = sampleTest({ name: "five", outcome: "skipped", skipped: "no ip_vs" });
  expect(tallyMilestones([sampleTest(), other])).toMatchObject([{ outcome: "passed" }]);
  expect(unproved(sampleRecord({ tests })).slice(1)).toEqual([
    { claim: "etcd health: 2 tests", reason: "left out by --grep key" },
  ]);
});

test("chosen tests that were not reached are told apart from those that were left out", () => {
  const left = sampleTest({ outcome: "skipped", skipped: "left out by --grep key" });
  const unreached = sampleTest({ outcome: "skipped", skipped: "not reached: the run was ended" });
  expect(unproved(sampleRecord({ tests: [left, unreached, left] })).slice(1)).toEqual([
    { claim: "etcd health: 2 tests", reason: "left out by --grep key" },
    { claim: "etcd health: 1 test", reason: "not reached: the run was ended" },
  ]);
});

test("a milestone that was not reached to its end is not proved, nor is what holds a skipped step", () => {
  const unreached = sampleTest({
    name: "two",
    outcome: "skipped",
    skipped: "not reached: the run was ended",
  });
  expect(tallyMilestones([sampleTest(), unreached])).toMatchObject([{ outcome: "skipped" }]);
  expect(worst([sampleTest(), unreached])).toBe("skipped");
});

test("tests that a run did not reach are counted, not listed", () => {
  const skipped = "not reached: the run ended: There is no running cluster x";
  const tests = ["one", "two"].map((name) =>
    sampleTest({ milestone: "nodes", name, outcome: "skipped", skipped }),
  );
  const all = [
    ...tests,
    sampleTest({ milestone: "nodes", name: "ipvs", outcome: "skipped", skipped: "no ip_vs" }),
  ];
  expect(unproved(sampleRecord({ tests: all })).slice(1)).toEqual([
    { claim: "node Ready: ipvs", reason: "no ip_vs" },
    { claim: "node Ready: 2 tests", reason: skipped },
  ]);
});

const at = (startMs: number, durationMs: number) => ({ startMs, durationMs });

test("the time in which something was at work has each moment once, and no gap", () => {
  expect(busyTime([at(50, 10), at(0, 10), at(5, 10), at(6, 2)])).toBe(25);
  expect(busyTime([])).toBe(0);
});

test("work that was done ahead of a test's turn is in its time, and once in its milestone's", () => {
  const own = ["hops", "rollout"].map((name, index) =>
    sampleTest({
      milestone: "workflow",
      name,
      startMs: 60_000 + index,
      durationMs: 1,
      ahead: { beforeMs: 50_000 + index, durationMs: 3000 },
    }),
  );
  expect(own.map(timeOf)).toEqual([3001, 3001]);
  expect(tallyMilestones(own)).toMatchObject([{ durationMs: 3002 }]);
});
