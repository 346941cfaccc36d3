import { appendFileSync } from "node:fs";
import type { SerializedError } from "vitest";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { failureOf } from "./failure.ts";
import { milestoneOf } from "./sequencer.ts";
import type { TestRecord } from "./cluster/record.ts";

/**
 * Writes a TestRecord as a JSON line for each finished test, as it finishes; `startMs` counts from the epoch.
 * What is not a test but went wrong (a file that does not load, a hook, a rejection that nobody awaited, a test
 * without an end) becomes a record of outcome `error`.
 */
export class EventsReporter implements Reporter {
  readonly #file: string;
  readonly #written = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  onTestCaseResult(test: TestCase): void {
    this.#written.add(test.id);
    this.#write(testRecord(test));
  }

  onTestModuleEnd(module: TestModule): void {
    this.#written.add(module.id);
    this.#writeErrors(milestoneOf(module.moduleId), `(${module.relativeModuleId})`, module.errors());
    for (const suite of module.children.allSuites()) {
      this.#writeErrors(milestoneOf(module.moduleId), `(${suite.fullName})`, suite.errors());
    }
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#writeErrors("suites", "(outside of all tests)", unhandled);
    for (const module of modules) {
      const milestone = milestoneOf(module.moduleId);
      if (!this.#written.has(module.id)) {
        this.#writeErrors(milestone, `(${module.relativeModuleId})`, [unfinished("The file was not run.")]);
      }
      for (const test of module.children.allTests()) {
        if (this.#written.has(test.id)) continue;
        this.#writeErrors(milestone, test.fullName, [unfinished("The test did not come to an end.")]);
      }
    }
  }

  /** One record for errors that belong to no finished test; nothing if there are none. */
  #writeErrors(milestone: string, name: string, errors: readonly SerializedError[]): void {
    if (errors.length === 0) return;
    const failure = failureOf(errors);
    this.#write({
      milestone,
      name,
      sections: [],
      startMs: Date.now(),
      durationMs: 0,
      outcome: "error",
      facts: {},
      failure: failure.verdict === "guide" ? { ...failure, verdict: "harness" } : failure,
    });
  }

  #write(record: TestRecord): void {
    appendFileSync(this.#file, `${JSON.stringify(record)}\n`);
  }
}

const unfinished = (message: string): SerializedError => ({ name: "Error", message });

function testRecord(test: TestCase): TestRecord {
  const diagnostic = test.diagnostic();
  const { sections = [], facts = {}, looks } = test.meta();
  const record = {
    milestone: milestoneOf(test.module.moduleId),
    name: test.fullName,
    sections,
    startMs: diagnostic?.startTime ?? Date.now(),
    durationMs: diagnostic?.duration ?? 0,
    facts,
    ...(looks && looks.length > 0 && { looks }),
  };
  const result = test.result();
  if (result.state === "failed") {
    const failure = failureOf(result.errors);
    return { ...record, outcome: failure.verdict === "guide" ? "failed" : "error", failure };
  }
  if (result.state === "passed") return { ...record, outcome: "passed" };
  const note = result.state === "skipped" ? result.note : undefined;
  return { ...record, outcome: "skipped", facts: note === undefined ? facts : { ...facts, skipped: note } };
}
