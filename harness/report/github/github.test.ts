import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeEach, expect, test } from "vitest";
import type { RunRecord } from "../../record/record.ts";
import { projectRoot } from "../../host/paths.ts";
import { github } from "./github.ts";
import { sampleBlame, sampleEvents, sampleFailure, sampleRecord, sampleStep, sampleTest } from "../sample.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

async function reported(record: RunRecord) {
  const env = { GITHUB_OUTPUT: join(folder, "output"), GITHUB_STEP_SUMMARY: join(folder, "summary") };
  const stderr = new PassThrough();
  const reporter = github({ env, stderr });
  for (const event of sampleEvents(record)) reporter.onEvent?.(event);
  await reporter.tell?.(record, folder);
  const read = (name: string) => readFile(join(folder, name), "utf8");
  return { output: await read("output"), summary: await read("summary"), log: String(stderr.read() ?? "") };
}

test("a green run has a summary, no annotation, and says where its report is", async () => {
  const { output, summary, log } = await reported(sampleRecord());
  expect(output).toBe("report=reports/20190401T101500-e2e-42\n");
  expect(summary).toContain("## Passed\n");
  expect(summary).toContain("1 step of 1 passed");
  expect(summary).toContain("| etcd health | passed | 1 | 0 | 0 | 0.32 s |");
  expect(summary).toContain(
    "| 5.1/etcd-keeps-the-state | etcd health: a key survives a restart (passed) | proved |",
  );
  expect(log).toBe("");
});

test("faults of the running cluster have a table of their own", async () => {
  const fault = {
    name: "etcd of t71 killed",
    undone: 0.4,
    wentOn: [],
    broke: [{ what: "API reads", from: 0.1, until: 1.9 }],
  };
  const { summary } = await reported(sampleRecord({ tests: [sampleTest({ fault })] }));
  expect(summary).toContain(
    "| etcd of t71 killed | API reads: 0.1 s to 1.9 s | 0.1 s | 0.4 s | 1.5 s | passed |",
  );
});

test("the report's folder is said before the run is over, for a run that is killed", () => {
  const env = { GITHUB_OUTPUT: join(folder, "output") };
  github({ env }).onEvent?.({ at: 0, type: "run-start", id: "x", command: "e2e", startedAt: "" });
  return expect(readFile(env.GITHUB_OUTPUT, "utf8")).resolves.toBe("report=reports/x\n");
});

test("a failed step is annotated at the guide's line; what would be markup or a command is text", async () => {
  const location = { file: join(projectRoot, "fixtures/guide/guide.md"), line: 261 };
  const failure = sampleFailure({ message: "100 % of <b>\n::error::two, lines", location });
  const { summary, log } = await reported(sampleRecord({ verdict: "guide", failure }));
  expect(log).toBe(
    "::error file=fixtures/guide/guide.md,line=261,title=The guide failed::100 %25 of <b>%0A::error::two, lines%0Areport.html#step/2.4.4/start-etcd@t71\n",
  );
  expect(summary).toContain(
    "- **The guide failed**: 100 % of \\<b\\> See the guide's line. `report.html#step/2.4.4/start-etcd@t71`\n\n  ```text\n  ::error::two, lines\n  ```\n",
  );
});

test("a red milestone is annotated at the first step of the section it guards", async () => {
  const { location: _, ...failure } = sampleFailure({ message: "no leader" });
  const red = sampleTest({ outcome: "failed", failure });
  const { log } = await reported(sampleRecord({ verdict: "guide", tests: [red] }));
  expect(log).toBe(
    "::error file=/guides/guide.md,line=261,title=etcd health%3A a key survives a restart::no leader%0Areport.html#test/etcd/a-key-survives-a-restart\n",
  );
});

const { location: _, ...blamed } = sampleFailure({
  message: "t76: 10.253, not 10.254\n- 10.254\n+ 10.253\nat suites/flannel/flannel.test.ts:30",
});
const own = { file: "suites/flannel/flannel.test.ts", line: 30 };
const flannel = sampleTest({
  milestone: "flannel",
  outcome: "failed",
  failure: { ...blamed, location: own },
});

test("a red milestone is annotated at the suspect's line, with the test's place and the suspect in the message", async () => {
  const record = sampleRecord({ verdict: "guide", tests: [flannel], blames: [sampleBlame()] });
  const { log } = await reported(record);
  expect(log).toBe(
    "::error file=/guides/guide.md,line=885,title=flannel subnets%3A a key survives a restart::t76: 10.253, not 10.254%0A- 10.254%0A+ 10.253%0Aat suites/flannel/flannel.test.ts:30%0Asuspect%0A    changed since the last green run: 4.1/register-network (/guides/guide.md:885)%0A    - 10.254.0.0/16%0A    + 10.253.0.0/16%0Areport.html#test/flannel/a-key-survives-a-restart\n",
  );
});

test("a failed step is annotated with the suspect, on whichever machine blame is about it", async () => {
  const key = "4.2.5/start-network@t72";
  const steps = [sampleStep({ key, id: "4.2.5/start-network", outcome: "failed", failure: sampleFailure() })];
  const blames = [sampleBlame({ of: "4.2.5/start-network@t76", tests: [] })];
  const failure = sampleFailure({ step: key });
  const { log } = await reported(sampleRecord({ verdict: "guide", steps, failure, blames }));
  expect(log).toContain("%0Asuspect%0A    changed since the last green run: 4.1/register-network");
});

test("what the guide is not to blame for is annotated at the test", async () => {
  const failure = { ...blamed, verdict: "infrastructure", location: own } as const;
  const tests = [{ ...flannel, outcome: "error", failure } as const];
  const { log } = await reported(sampleRecord({ verdict: "infrastructure", tests, blames: [sampleBlame()] }));
  expect(log).toMatch(/^::error file=suites\/flannel\/flannel\.test\.ts,line=30,/);
  expect(log).not.toContain("suspect");
});

test("each failure has the headline of its own verdict, and none of several is left out", async () => {
  const lost = sampleFailure({ verdict: "infrastructure", message: "t72 is gone" });
  const record = sampleRecord({
    verdict: "infrastructure",
    failure: sampleFailure(),
    otherFailures: [sampleFailure({ message: "another" })],
    tests: [sampleTest({ outcome: "error", failure: lost })],
  });
  const { log, summary } = await reported(record);
  expect(log).toMatch(
    /title=etcd health%3A [^:]*::t72 is gone.*\n.*title=The guide failed::2\.4\.4.*\n.*title=The guide failed::another/,
  );
  expect(log).not.toContain("The infrastructure failed");
  expect(summary).toContain("- **The guide failed**: another");
});

test("the summary has the blame, and a difference keeps its lines", async () => {
  const record = sampleRecord({ verdict: "guide", tests: [flannel], blames: [sampleBlame()] });
  const { summary } = await reported(record);
  expect(summary).toContain(
    "t76: 10.253, not 10.254 See the guide's line. `report.html#test/flannel/a-key-survives-a-restart`\n\n  ```text\n  - 10.254\n  + 10.253\n",
  );
  expect(summary).toContain("### Blame: flannel subnets: 1 red test\n\n```text\nsuspect\n    changed since");
});

test("no line of a failure ends the block that it stands in", async () => {
  const failure = { ...blamed, message: "headline\n````\n# not a title" };
  const { summary } = await reported(sampleRecord({ verdict: "guide", tests: [{ ...flannel, failure }] }));
  expect(summary).toContain("  `````text\n  ````\n  # not a title\n  `````\n");
});

test("a long failure is cut, and says so: GitHub takes a summary of one MiB", async () => {
  const failure = { ...blamed, message: "line\n".repeat(1000) };
  const { summary } = await reported(sampleRecord({ verdict: "guide", tests: [{ ...flannel, failure }] }));
  expect(summary).toContain("  line\n  … 700 more lines, in report.html\n  ```\n");
});

test("a run of suites does not claim steps", async () => {
  const suites = await reported(sampleRecord({ command: "suite", steps: [] }));
  expect(suites.summary).not.toMatch(/\d steps? of/);
});

test("a run that has shown an install bug has not failed", async () => {
  const reproduction = { id: "etcd-enable-typo", seen: "Unknown operation" };
  const shown = await reported(sampleRecord({ command: "repro", tests: [flannel], reproduction }));
  expect(shown.summary).toMatch(/^## Reproduced: etcd-enable-typo\n/);
  expect(shown.log).toBe("");
});

test("an install bug that did not show is annotated nowhere in the guide", async () => {
  const location = { file: join(projectRoot, "fixtures/guide/guide.md"), line: 261 };
  const failure = sampleFailure({ message: "a-typo was not reproduced: expected x, seen y", location });
  const { log } = await reported(sampleRecord({ command: "repro", verdict: "guide", failure }));
  expect(log).toMatch(/^::error title=Not reproduced::a-typo was not reproduced/);
});

test("elsewhere nothing is written", async () => {
  const stderr = new PassThrough();
  const reporter = github({ env: {}, stderr });
  await reporter.tell?.(sampleRecord({ verdict: "guide", failure: sampleFailure() }), folder);
  expect(stderr.read()).toBeNull();
});
