import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Reporter } from "../../record/events.ts";
import type { Blame } from "../../record/blame.ts";
import type { FailureRecord, RunRecord, StepRecord, TestRecord } from "../../record/record.ts";
import { type Anchors, anchorsOf, linkTo } from "../anchors.ts";
import { circumstances, isBrokenOnPurpose, milestoneTitle, unitLine, verdictWord } from "../labels.ts";
import { blameParts } from "../parts/blame.ts";
import { describeFailure, type Part, testParts } from "../parts/failure.ts";
import { blameOfStep, placesOf } from "../places.ts";
import { distinctSteps, busyTime, tallyAssists, tallyMilestones, timeOf, timesOf } from "../tally.ts";
import { lastLines, place, plain } from "../text.ts";
import { type Case, sectionClass, suiteXml } from "./cases.ts";

const outputLines = 200;

/**
 * JUnit files for CI: `steps.xml`, one `<milestone>.xml` a suite, and `run.xml` where those would not tell how the
 * run ended. `failure` blames the guide, or with the type `broken-on-purpose` nobody, `error` anything else.
 */
export const junit = (): Reporter => ({
  name: "junit",
  async write(record, folder) {
    const files = junitFiles(record);
    await Promise.all(Object.entries(files).map(([name, xml]) => writeFile(join(folder, name), xml)));
    return Object.keys(files);
  },
});

export function junitFiles(record: RunRecord): Record<string, string> {
  const files: Record<string, string> = {};
  const { tests, durationMs } = record;
  const steps = distinctSteps(record);
  const anchors = anchorsOf(record);
  if (steps.length > 0) {
    files["steps.xml"] = file("steps", record, steps, (step) => stepCase(step, record, anchors));
  }
  for (const { milestone, tests: own, unreached } of tallyMilestones(tests)) {
    const why = unreached?.skipped;
    files[`${milestone}.xml`] = file(
      milestoneTitle(record, milestone),
      record,
      own,
      (test) => testCase(test, record, anchors),
      why === undefined ? [] : [["not reached", why]],
    );
  }
  if (!toldByCases(record)) {
    files["run.xml"] = file("run", record, [{ startMs: 0, durationMs }], () => runCase(record));
  }
  return files;
}

/** Whether the cases alone would give CI the run's verdict: one that blames the guide says nothing of a machine that is gone. */
function toldByCases(record: RunRecord): boolean {
  const { verdict, tests } = record;
  const cases = [...distinctSteps(record), ...tallyMilestones(tests).flatMap((tally) => tally.tests)];
  if (verdict === "passed") return cases.length > 0;
  if (verdict === "guide") return cases.some(({ outcome }) => outcome === "failed");
  return cases.some(({ outcome, failure }) => outcome === "error" && failure?.verdict === verdict);
}

function file<T extends { readonly startMs: number; readonly durationMs: number }>(
  name: string,
  record: RunRecord,
  items: readonly T[],
  caseOf: (item: T) => Case,
  more: readonly (readonly [string, string])[] = [],
): string {
  const { startedAt } = record;
  const suite = {
    name,
    startedAt,
    seconds: busyTime(items.flatMap(timesOf)) / 1000,
    properties: [...more, ...properties(record)],
  };
  return suiteXml(suite, items.map(caseOf));
}

function* properties(record: RunRecord): Generator<readonly [string, string]> {
  yield ["run", record.id];
  yield ["verdict", verdictWord(record)];
  yield* circumstances(record);
  for (const { id, times, reason } of tallyAssists(record.assists))
    yield [`assist ${id}`, `${times} × ${reason}`];
}

/** What is red has this type: a defect that was planted is not the guide's. */
const typeIn = (record: RunRecord, failure: FailureRecord | undefined): string | undefined =>
  failure && verdictWord({ ...record, verdict: failure.verdict });

/** Where CI would annotate the guide: nowhere, if it was broken on purpose. */
const placeIn = (record: RunRecord, outcome: Case["outcome"], where: Case["place"]): Pick<Case, "place"> =>
  outcome === "failed" && isBrokenOnPurpose(record) ? {} : { place: where };

/** What an install bug turns red in a run that has shown it has not failed. */
const outcomeIn = (
  { verdict, reproduction }: RunRecord,
  { outcome }: StepRecord | TestRecord,
): Case["outcome"] => (reproduction && verdict === "passed" && outcome === "failed" ? "passed" : outcome);

const before = (earlier: readonly (StepRecord | TestRecord)[]): string[] =>
  earlier.flatMap(({ failure }) => (failure ? [`It ran before:\n${describeFailure(failure)}`] : []));

/** Where the page of the run has it, for readers in CI. */
const onPage = (anchor: string): { report: string } => ({ report: `report.html${linkTo(anchor)}` });

function stepCase(step: StepRecord, record: RunRecord, anchors: Anchors): Case {
  const { key, section, machine, failure, exitCode, skipped, assists, durationMs } = step;
  const earlier = record.steps.filter((other) => other.key === key && other !== step);
  const units = (record.unitFindings ?? []).filter((finding) => finding.step === key);
  return {
    className: sectionClass(section),
    name: key,
    seconds: durationMs / 1000,
    outcome: outcomeIn(record, step),
    ...placeIn(record, step.outcome, step.location),
    properties: {
      machine,
      ...onPage(anchors.step(step)),
      ...(exitCode !== undefined && { "exit code": String(exitCode) }),
      ...(assists.length > 0 && { assists: assists.join(", ") }),
      ...Object.fromEntries(units.map((finding) => [`unit ${finding.unit}`, unitLine(finding)])),
    },
    type: typeIn(record, failure),
    detail: failure ? describeFailure(failure, [], blamed(blameOfStep(record, step))) : skipped,
    output: [lastLines(plain(step.output), outputLines), ...before(earlier)].filter(Boolean).join("\n\n"),
  };
}

function testCase(test: TestRecord, record: RunRecord, anchors: Anchors): Case {
  const { milestone, name, sections, claims, failure, skipped, facts, ahead } = test;
  const earlier = record.tests.filter(
    (other) => other.milestone === milestone && other.name === name && other !== test,
  );
  const { guide, test: own } = placesOf(test, record);
  return {
    className: `milestone.${milestone}`,
    name,
    seconds: timeOf(test) / 1000,
    outcome: outcomeIn(record, test),
    ...placeIn(record, test.outcome, guide ?? own),
    properties: {
      "guide sections": sections.join(", "),
      ...(claims && { claims: claims.join(", ") }),
      ...(own && { test: place(own) }),
      ...onPage(anchors.test(test)),
      ...(ahead && { "seconds ahead of its turn": (ahead.durationMs / 1000).toFixed(3) }),
      ...facts,
    },
    type: typeIn(record, failure),
    detail: failure
      ? describeFailure(
          failure,
          testParts(test, record.steps),
          blamed(record.blames?.find(({ of }) => of === milestone)),
        )
      : skipped,
    output: before(earlier).join("\n\n"),
  };
}

const blamed = (blame: Blame | undefined): readonly Part[] => (blame ? blameParts(blame) : []);

function runCase(record: RunRecord): Case {
  const { command, verdict, durationMs, failure, otherFailures = [] } = record;
  const known = { className: "run", name: command, seconds: durationMs / 1000 };
  if (verdict === "passed") return { ...known, outcome: "passed" };
  const what: FailureRecord = failure ?? { verdict, message: `The run ended with the verdict ${verdict}` };
  return {
    ...known,
    outcome: verdict === "guide" ? "failed" : "error",
    type: verdictWord(record),
    ...placeIn(record, verdict === "guide" ? "failed" : "error", what.location),
    properties: { ...(what.machine !== undefined && { machine: what.machine }) },
    detail: [what, ...otherFailures].map((each) => describeFailure(each)).join("\n\n"),
  };
}
