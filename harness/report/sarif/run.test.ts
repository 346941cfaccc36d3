import { expect, test } from "vitest";
import type { RunRecord } from "../../record/record.ts";
import { sampleBlame, sampleFailure, sampleRecord, sampleStep, sampleTest } from "../sample.ts";
import { sarifOf } from "./run.ts";

const place = { file: "suites/flannel/flannel.test.ts", line: 30 };
const failure = sampleFailure({ message: "10.253, not 10.254\n- 10.254", location: place });
const red = sampleTest({ milestone: "flannel", outcome: "failed", failure });

/** The log as a reader has it. */
const runOf = (record: RunRecord) => JSON.parse(JSON.stringify(sarifOf(record))).runs[0];
const uriOf = (location: { physicalLocation: { artifactLocation: { uri: string } } }): string =>
  location.physicalLocation.artifactLocation.uri;

test("a red test stands at the suspect's line, its own place is related", () => {
  const { results, invocations } = runOf(
    sampleRecord({ verdict: "guide", tests: [red], blames: [sampleBlame()] }),
  );
  expect(results).toHaveLength(1);
  expect(results[0]).toMatchObject({
    ruleId: "milestone/flannel",
    message: { text: "a key survives a restart: 10.253, not 10.254" },
    locations: [
      {
        physicalLocation: { region: { startLine: 885 } },
        logicalLocations: [{ fullyQualifiedName: "4.1/register-network" }],
      },
    ],
  });
  expect(uriOf(results[0].locations[0])).toBe("file:///guides/guide.md");
  expect(uriOf(results[0].relatedLocations[0])).toBe("suites/flannel/flannel.test.ts");
  expect(invocations).toEqual([{ executionSuccessful: true, toolExecutionNotifications: [] }]);
});

test("a failed step stands at its line", () => {
  const steps = [sampleStep({ outcome: "failed", failure: sampleFailure() })];
  const { results } = runOf(sampleRecord({ verdict: "guide", steps }));
  expect(results[0]).toMatchObject({
    ruleId: "step",
    locations: [{ physicalLocation: { region: { startLine: 261 } } }],
  });
});

test("a failed step's suspect is related, unless it is the step itself", () => {
  const id = "4.2.5/start-network";
  const steps = [sampleStep({ key: `${id}@t72`, id, outcome: "failed", failure: sampleFailure() })];
  const blame = sampleBlame({ of: `${id}@t72`, tests: [] });
  const { results } = runOf(sampleRecord({ verdict: "guide", steps, blames: [blame] }));
  expect(results[0].relatedLocations).toMatchObject([
    {
      physicalLocation: { region: { startLine: 885 } },
      logicalLocations: [{ fullyQualifiedName: "4.1/register-network" }],
    },
  ]);
  const own = { ...blame, steps: blame.steps.map((suspect) => Object.assign({}, suspect, { id })) };
  expect(runOf(sampleRecord({ verdict: "guide", steps, blames: [own] })).results[0].relatedLocations).toEqual(
    [],
  );
});

test("what says nothing about the guide is no result, but told", () => {
  const lost = sampleFailure({ verdict: "infrastructure", message: "t72 is gone" });
  const tests = [sampleTest({ outcome: "error", failure: lost })];
  const { results, invocations } = runOf(sampleRecord({ verdict: "infrastructure", tests }));
  expect(results).toEqual([]);
  expect(invocations).toEqual([
    {
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: "error", message: { text: "infrastructure: t72 is gone" } }],
    },
  ]);
});

test("what ended the run is told once, with all else that did", () => {
  const lost = sampleFailure({ verdict: "infrastructure", message: "t72 is gone" });
  const file = sampleFailure({ verdict: "artifact", message: "no file" });
  const steps = [sampleStep({ outcome: "error", failure: lost })];
  const { invocations } = runOf(
    sampleRecord({
      verdict: "infrastructure",
      steps,
      failure: lost,
      otherFailures: [file, sampleFailure()],
    }),
  );
  const texts = invocations[0].toolExecutionNotifications.map(
    ({ message }: { message: { text: string } }) => message.text,
  );
  expect(texts).toEqual(["infrastructure: t72 is gone", "artifact: no file"]);
});

test("a green run, and one that has shown an install bug, have no result", () => {
  expect(runOf(sampleRecord()).results).toEqual([]);
  const reproduction = { id: "a", seen: "b" };
  expect(runOf(sampleRecord({ tests: [red], reproduction })).results).toEqual([]);
  const missed = sampleRecord({ command: "repro", verdict: "guide", tests: [red] });
  expect(runOf(missed).results).toEqual([]);
});
