import { expect, test } from "vitest";
import { notReached, Requested } from "./requested.ts";
import { NotPossibleHere } from "../../errors.ts";
import { context, group, planOf, run, step, testRecord } from "../testing.ts";

const plan = planOf(
  group(step("1.1/a", "t72", run("a")), step("1.1/a", "t76", run("a"))),
  group(step("1.2/b", "t71", run("b"))),
  group(step("2.1/c", "t71", run("c"))),
);
const ran = (id: string, machine: string) => ({
  ...step(id, machine, run(id)),
  startMs: 0,
  durationMs: 1,
  outcome: "passed" as const,
  exitCode: 0,
  output: "",
  assists: [],
});

test("steps without a passed record and milestones without a passed test are gaps", () => {
  const { recorder } = context({});
  const requested = new Requested();
  requested.steps(plan);
  requested.milestones = ["etcd", "ping"];
  recorder.stepEnded(ran("1.1/a", "t72"));
  recorder.testEnded(testRecord());
  expect(requested.gaps(recorder)).toEqual([
    "3 of 4 steps did not pass, the first 1.1/a@t76",
    ...["etcd", "ping"]
      .filter((milestone) => milestone !== testRecord().milestone)
      .map((milestone) => `no test of the milestone ${milestone} passed`),
  ]);
});

test("what an earlier run did, and what nobody asked for, is no gap", () => {
  const { recorder } = context({});
  const requested = new Requested();
  requested.steps(plan, { to: "1" });
  requested.resumed("1.1/a");
  recorder.stepEnded(ran("1.2/b", "t71"));
  expect(requested.gaps(recorder)).toEqual([]);
});

test("steps that were not reached are recorded as skipped, with the reason", () => {
  const { recorder } = context({});
  const requested = new Requested();
  requested.steps(plan);
  recorder.stepEnded(ran("1.1/a", "t72"));
  requested.skipRest("the machine died", recorder);
  expect(recorder.steps.map(({ key, outcome, skipped }) => [key, outcome, skipped])).toEqual([
    ["1.1/a@t72", "passed", undefined],
    ["1.1/a@t76", "skipped", "the machine died"],
    ["1.2/b@t71", "skipped", "the machine died"],
    ["2.1/c@t71", "skipped", "the machine died"],
  ]);
});

test("some tests alone are a part of their milestones, which is told; all that were asked for are none", () => {
  const tests = [{ milestone: "etcd", name: "healthy" }];
  const leftOut = [{ milestone: "ping", name: "reached" }];
  const { recorder, events } = context({});
  const requested = new Requested();
  requested.milestones = ["etcd", "ping"];
  requested.choose({ by: "--grep healthy", tests, leftOut }, recorder);
  requested.tell(recorder);
  expect(recorder.facts.selection).toEqual({ by: "--grep healthy", chosen: 1, leftOut: 1 });
  expect(events.slice(-2)).toMatchObject([
    { type: "note", message: "1 of 2 tests by --grep healthy; the other one is left out." },
    { type: "asked", steps: 0, milestones: ["etcd"], tests: 1 },
  ]);
  requested.soak = { hours: 0.1, seed: 1 };
  requested.tell(recorder);
  expect(events.at(-1)).toMatchObject({ type: "asked", minutes: 6 });
  const whole = context({}).recorder;
  new Requested().choose({ by: "--rerun-failed", run: "r", tests, leftOut: [] }, whole);
  expect(whole.facts.selection).toBeUndefined();
});

test("where a run ended is said once, though the failure names it, too", () => {
  const failure = new NotPossibleHere("2.3/asks: read -p: no person at a terminal", { step: "2.3/asks" });
  expect(notReached(failure)).toBe(
    "not reached: the run ended at 2.3/asks: read -p: no person at a terminal",
  );
  expect(notReached(new NotPossibleHere("no network"))).toBe("not reached: the run ended: no network");
});
