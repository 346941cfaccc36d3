import type { Reporter } from "../../record/events.ts";
import type { FailureRecord, RunRecord, StepRecord, TestRecord } from "../../record/record.ts";
import { isBrokenOnPurpose, milestoneTitle } from "../labels.ts";
import { blameOfStep, placesOf } from "../places.ts";
import { oneFile } from "../files.ts";
import { distinctSteps, endings, tallyMilestones } from "../tally.ts";
import { headline } from "../text.ts";
import { sarifLog, sarifPlace, type SarifRule } from "./log.ts";

/** `run.sarif`: what of the guide a run found wrong, at the guide's lines. */
export const runSarif = (): Reporter =>
  oneFile("run.sarif", "run.sarif", (record) => `${JSON.stringify(sarifOf(record), null, 2)}\n`);

const stepRule: SarifRule = { id: "step", level: "error", text: "a step of the guide does what it says" };

/**
 * The log of a run: a result for each step and test that blames the guide, the suspect's place first and the test's among the
 * related ones. What else went wrong says nothing about the guide: it is a notification of the tool.
 */
export function sarifOf(record: RunRecord) {
  const { verdict } = record;
  const milestones = tallyMilestones(record.tests);
  const rules = [
    stepRule,
    ...milestones.map(({ milestone }): SarifRule => ({
      id: `milestone/${milestone}`,
      level: "error",
      text: milestoneTitle(record, milestone),
    })),
  ];
  const tests = milestones.flatMap((tally) => tally.tests);
  const blaming = ({ outcome }: StepRecord | TestRecord): boolean =>
    outcome === "failed" && !isBrokenOnPurpose(record);
  const others = [...distinctSteps(record), ...tests].flatMap((each) =>
    each.outcome === "error" && each.failure ? [each.failure] : [],
  );
  const ended = endings(record).filter((own) => own.verdict !== "guide");
  // What ended the run is a step's, too.
  const told = new Map([...ended, ...others].map((own) => [`${own.verdict} ${own.message}`, own]));
  return sarifLog(
    { name: "guide-conformance", page: "docs/reports.md", rules },
    {
      results: [
        ...distinctSteps(record)
          .filter(blaming)
          .map((step) => stepResult(step, record)),
        ...tests.filter(blaming).map((test) => testResult(test, record)),
      ],
      invocations: [
        {
          executionSuccessful: verdict === "passed" || verdict === "guide",
          toolExecutionNotifications: [...told.values()].map(notification),
        },
      ],
    },
  );
}

const notification = ({ message, verdict }: FailureRecord) => ({
  level: "error",
  message: { text: `${verdict}: ${headline(message)}` },
});

function stepResult(step: StepRecord, record: RunRecord) {
  const { id, key, location, failure } = step;
  const suspect = blameOfStep(record, step)?.steps.slice(0, 1) ?? [];
  return {
    ruleId: stepRule.id,
    level: "error",
    message: { text: headline(failure?.message ?? key) },
    locations: [sarifPlace(failure?.location ?? location, id)],
    relatedLocations: suspect.flatMap((other) =>
      other.id === id ? [] : [sarifPlace(other.location, other.id)],
    ),
  };
}

function testResult(test: TestRecord, record: RunRecord) {
  const { milestone, name, failure } = test;
  const { guide, test: stands } = placesOf(test, record);
  const suspect = record.blames?.find(({ of }) => of === milestone)?.steps[0];
  const places = [
    ...(guide ? [sarifPlace(guide, suspect?.id)] : []),
    ...(stands ? [sarifPlace(stands)] : []),
  ];
  return {
    ruleId: `milestone/${milestone}`,
    level: "error",
    message: { text: `${name}: ${headline(failure?.message ?? "")}` },
    locations: places.slice(0, 1),
    relatedLocations: places.slice(1),
  };
}
