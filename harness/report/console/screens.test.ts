import { PassThrough } from "node:stream";
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import type { RunRecord } from "../../record/record.ts";
import { sampleFailure, sampleRecord, sampleStep, sampleTest } from "../sample.ts";
import { consoleReporter } from "./console.ts";
import { RunProgress } from "./run-progress.ts";

test("on a terminal the summary breaks between words, and its table has room", async () => {
  const title = "a packet from container to container";
  const cannotProve = Array.from({ length: 9 }, (_, index) => ({ claim: `claim-${index}`, reason: "no" }));
  const record = sampleRecord({
    milestones: { path: title },
    tests: [sampleTest({ milestone: "path" })],
    cannotProve,
  });
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 60 });
  const reporter = consoleReporter({ json: false, stdout, colours: new Chalk({ level: 0 }) });
  await reporter.tell?.(record, "/reports/run");
  const lines = String(stdout.read() ?? "").split("\n");
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
  const at = lines.findIndex((line) => line.startsWith("  not proved "));
  expect(lines[at + 1]).toMatch(/^ {13}claim-\d, /);
  expect(lines.join(" ")).toContain("a packet from container to");
});

test("a note breaks between words on a terminal", () => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 60 });
  const reporter = consoleReporter({ json: false, stdout, colours: new Chalk({ level: 0 }) });
  const message =
    "Not as in HEAD (9677e132): 3.2.5/kubelet-configuration (changed), the profile, artifacts.yaml.";
  reporter.onEvent?.({ at: 0, type: "note", message });
  const lines = String(stdout.read()).trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
  expect(lines.map((line) => line.trim()).join(" ")).toBe(`[   0.0 s] ${message}`);
});

const shown = async (changes: Partial<RunRecord>): Promise<string> => {
  const stdout = new PassThrough();
  const reporter = consoleReporter({ json: false, stdout, colours: new Chalk({ level: 0 }) });
  await reporter.tell?.(sampleRecord(changes), "/reports/run");
  return String(stdout.read() ?? "");
};

test("the end of a run without a step of the guide, or of a change that is tried, has no more than its own", async () => {
  const tests = [sampleTest()];
  const ballast = /^ {2}(?:blocks|slowest|assists|not proved +SELinux)/m;
  expect(await shown({ tests })).toMatch(ballast);
  for (const changes of [
    { tests, steps: [] },
    { tests, steps: [sampleStep({ outcome: "skipped", skipped: "not reached" })] },
    { tests, command: "try" },
  ]) {
    const text = await shown(changes);
    expect(text).not.toMatch(ballast);
    expect(text).toMatch(/etcd health +1[^]*versions[^]*reports {2}\/reports\/run\/report\.html/);
  }
});

test("that a signal ends the run is told at once, also by a quiet run, and how far it was no more", async () => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  const colours = new Chalk({ level: 0 });
  const reporter = consoleReporter({ json: false, stdout, colours, loudness: "quiet" });
  reporter.onEvent?.({ at: 0, type: "interrupted", message: "Interrupted: removing what was made" });
  expect(String(stdout.read())).toBe("Interrupted: removing what was made\n");
  const progress = new RunProgress();
  progress.see({ at: 0, type: "step-end", step: sampleStep() });
  expect(progress.words(1)).toBe("step 1");
  progress.see({ at: 1, type: "interrupted", message: "" });
  expect(progress.words(2)).toBe("");
});

test.each([
  [sampleStep(), false],
  [sampleStep({ outcome: "failed" }), true],
])("with %o it is said that somebody is blamed: %s", (step, said) => {
  const stdout = new PassThrough();
  const reporter = consoleReporter({ json: false, stdout, colours: new Chalk({ level: 0 }) });
  const span = { name: "blame", track: "harness", startMs: 1, durationMs: 1 };
  reporter.onEvent?.({ at: 0, type: "step-end", step });
  reporter.onEvent?.({ at: 1, type: "span-start", ...span });
  reporter.onEvent?.({ at: 2, type: "span-end", span });
  expect(String(stdout.read() ?? "").includes("blame")).toBe(said);
});

test("a run whose end is told by who ends it says no more, unless something else failed, too", async () => {
  const failure = sampleFailure({ verdict: "interrupted", message: "Interrupted by SIGTERM" });
  const record = sampleRecord({ verdict: "interrupted", failure });
  const told = async (other: Partial<typeof record>): Promise<string> => {
    const stdout = new PassThrough();
    const reporter = consoleReporter({
      json: false,
      stdout,
      endsTold: true,
      colours: new Chalk({ level: 0 }),
    });
    reporter.onEvent?.({ at: 0, type: "interrupted", message: "Interrupted: removing what was made" });
    reporter.onEvent?.({ at: 1, type: "note", message: "a note" });
    await reporter.tell?.({ ...record, ...other }, "/reports/run");
    return String(stdout.read() ?? "");
  };
  expect(await told({})).toBe("");
  const otherFailures = [sampleFailure({ verdict: "harness", message: "t71 is still there" })];
  expect(await told({ otherFailures })).toContain("t71 is still there");
});
