import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestCase, TestSuite } from "junit-report-builder";
import { isRed, type Outcome } from "../../record/outcome.ts";
import type { FailureRecord, Reporter, RunRecord, StepRecord, TestRecord } from "../../record/record.ts";
import { blameParts } from "../parts/blame.ts";
import { describeFailure, type Part, testParts } from "../parts/failure.ts";
import { builder } from "./cases.ts";
import { tallyAssists, tallyMilestones, wallClock } from "../tally.ts";
import { lastLines, plain, shortPath } from "../text.ts";
import { circumstances, milestoneTitle, unitLine } from "../labels.ts";

/** What a test case shows of a step's output; all of it is in run.json. */
const outputLines = 200;

/**
 * JUnit files for CI: `steps.xml`, one `<milestone>.xml` a suite, and `run.xml` where those would not tell how the
 * run ended. `failure` blames the guide, `error` anything else.
 */
export const junit = (): Reporter => ({
  name: "junit",
  async write(record, folder) {
    const files = junitFiles(record);
    await Promise.all(Object.entries(files).map(([name, xml]) => writeFile(join(folder, name), xml)));
    return Object.keys(files);
  },
});

/** Every file's name and content; never empty. */
export function junitFiles(record: RunRecord): Record<string, string> {
  const files: Record<string, string> = {};
  if (record.steps.length > 0) {
    files["steps.xml"] = file("steps", record, record.steps, (suite, step) => stepCase(suite, step, record));
  }
  for (const { milestone, tests } of tallyMilestones(record.tests)) {
    files[`${milestone}.xml`] = file(milestoneTitle(record, milestone), record, tests, (suite, test) =>
      testCase(suite, test, record),
    );
  }
  if (!toldByCases(record)) {
    files["run.xml"] = file("run", record, [{ startMs: 0, durationMs: record.durationMs }], (suite) =>
      runCase(suite, record),
    );
  }
  return files;
}

/** Whether the cases alone would give CI the run's verdict. */
function toldByCases({ verdict, steps, tests }: RunRecord): boolean {
  const cases = [...steps, ...tests];
  if (verdict === "passed") return cases.length > 0;
  return cases.some(isRed);
}

function file<T extends { readonly startMs: number; readonly durationMs: number }>(
  name: string,
  record: RunRecord,
  cases: readonly T[],
  add: (suite: TestSuite, each: T) => void,
): string {
  const report = builder.newBuilder().name(name);
  const suite = report
    .testSuite()
    .name(name)
    .timestamp(record.startedAt.replace(/\.\d+Z$/u, ""))
    .time(seconds(wallClock(cases)));
  for (const [key, value] of properties(record)) suite.property(key, plain(value));
  for (const each of cases) add(suite, each);
  return `${report.build()}\n`;
}

function* properties(record: RunRecord): Generator<readonly [string, string]> {
  yield ["run", record.id];
  yield ["verdict", record.verdict];
  yield* circumstances(record);
  for (const { id, times, reason } of tallyAssists(record.assists))
    yield [`assist ${id}`, `${times} × ${reason}`];
}

function stepCase(suite: TestSuite, step: StepRecord, record: RunRecord): void {
  const made = suite
    .testCase()
    .className(`guide.${step.section}`)
    .name(step.key)
    .time(seconds(step.durationMs))
    .file(shortPath(step.location.file))
    .property("line", String(step.location.line))
    .property("machine", step.machine);
  if (step.exitCode !== undefined) made.property("exit code", String(step.exitCode));
  if (step.skipped !== undefined) made.property("reason", plain(step.skipped));
  if (step.assists.length > 0) made.property("assists", step.assists.join(", "));
  for (const finding of record.unitFindings ?? []) {
    if (finding.step === step.key) made.property(`unit ${finding.unit}`, plain(unitLine(finding)));
  }
  const output = plain(step.output);
  if (output !== "") made.standardOutput(cdata(lastLines(output, outputLines)));
  end(made, step.outcome, step.failure, [], blamed(record, step.key));
}

function testCase(suite: TestSuite, test: TestRecord, record: RunRecord): void {
  const made = suite
    .testCase()
    .className(`milestone.${test.milestone}`)
    .name(plain(test.name))
    .time(seconds(test.durationMs))
    .property("guide sections", test.sections.join(", "));
  if (test.claims) made.property("claims", test.claims.join(", "));
  for (const [key, value] of Object.entries(test.facts)) made.property(key, plain(value));
  if (test.skipped !== undefined) made.property("reason", plain(test.skipped));
  end(made, test.outcome, test.failure, testParts(test, record.steps), blamed(record, test.milestone));
}

/** What was found of a milestone, or of a step. */
function blamed({ blames = [] }: RunRecord, what: string): readonly Part[] {
  const blame = blames.find(({ of }) => of === what);
  return blame ? blameParts(blame) : [];
}

function runCase(suite: TestSuite, { command, verdict, durationMs, failure }: RunRecord): void {
  const made = suite.testCase().className("run").name(command).time(seconds(durationMs));
  if (verdict === "passed") return;
  const what = failure ?? { verdict, message: `The run ended with the verdict ${verdict}` };
  end(made, verdict === "guide" ? "failed" : "error", what);
}

function end(
  made: TestCase,
  outcome: Outcome,
  failure: FailureRecord | undefined,
  parts: readonly Part[] = [],
  blame: readonly Part[] = [],
): void {
  const message = plain(failure?.message ?? outcome).split("\n", 1)[0];
  const type = failure?.verdict ?? outcome;
  const details = failure && cdata(describeFailure(failure, parts, blame));
  if (outcome === "skipped") made.skipped();
  if (outcome === "failed") made.failure(message, type).stacktrace(details);
  if (outcome === "error") made.error(message, type, details);
}

/** The library ends a CDATA section at the second `]]>` of a text; so there is none. */
const cdata = (text: string): string => text.replaceAll("]]>", "]] >");

const seconds = (ms: number): number => Math.round(ms) / 1000;
