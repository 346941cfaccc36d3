import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunRecord } from "../../record/record.ts";
import { projectRoot } from "../../host/paths.ts";
import { github } from "./github.ts";
import { sampleEvents, sampleFailure, sampleRecord, sampleTest } from "../sample.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "github-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

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
    "::error file=fixtures/guide/guide.md,line=261,title=The guide failed::100 %25 of <b>%0A::error::two, lines\n",
  );
  expect(summary).toContain(String.raw`100 % of \<b\> ::error::two, lines`);
});

test("a red milestone is annotated at the first step of the section it guards", async () => {
  const { location: _, ...failure } = sampleFailure({ message: "no leader" });
  const red = sampleTest({ outcome: "failed", failure });
  const { log } = await reported(sampleRecord({ verdict: "guide", tests: [red] }));
  expect(log).toBe(
    "::error file=/guides/guide.md,line=261,title=etcd health%3A a key survives a restart::no leader\n",
  );
});

test("elsewhere nothing is written", async () => {
  const stderr = new PassThrough();
  const reporter = github({ env: {}, stderr });
  await reporter.tell?.(sampleRecord({ verdict: "guide", failure: sampleFailure() }), folder);
  expect(stderr.read()).toBeNull();
});
