import type { SerializedError, TestAnnotation, UserConsoleLog } from "vitest";
import type { Reporter, TestCase, TestModule, TestSpecification } from "vitest/node";
import { z } from "zod";
import { failureOf, shortPath } from "./failure.ts";
import { notePrefix } from "./run-channel.ts";
import { milestoneOf } from "./sequencer.ts";
import type { SuiteMessage } from "../harness/cluster.ts";

type Message<K extends SuiteMessage["type"]> = Extract<SuiteMessage, { type: K }>;
type SentRecord = Message<"record">["record"];

const sampleSchema = z.object({ machine: z.string(), values: z.record(z.string(), z.number()) });

/**
 * Sends which tests there are, and the record of each as it ends. What is not a test but went wrong (a file that does not
 * load, a hook, a rejection that nobody awaited, a test without an end) becomes a record of outcome `error`. The last
 * message says how many records were sent: without it the engine knows that something was lost.
 */
export class EventsReporter implements Reporter {
  readonly #send: (message: SuiteMessage) => Promise<void>;
  readonly #written = new Set<string>();
  readonly #unread = new Set<string>();
  #sent = 0;

  constructor(send: (message: SuiteMessage) => Promise<void>) {
    this.#send = send;
  }

  onTestRunStart(files: readonly TestSpecification[]): void {
    for (const { moduleId } of files) this.#unread.add(moduleId);
  }

  onTestModuleCollected(module: TestModule): void {
    this.#unread.delete(module.moduleId);
    const milestone = milestoneOf(module.moduleId);
    const tests = [...module.children.allTests()].map((test) =>
      Object.assign(placed(test), { id: test.id, milestone, name: test.fullName }),
    );
    void this.#send({ type: "collected", tests, more: this.#unread.size > 0 });
  }

  onTestCaseReady({ id }: TestCase): void {
    void this.#send({ type: "begun", id });
  }

  onTestCaseResult(test: TestCase): void {
    this.#written.add(test.id);
    this.#write(testRecord(test), test.id);
  }

  /** What the suites have to say of the run, and of no test. */
  onUserConsoleLog({ content }: UserConsoleLog): void {
    for (const line of content.split("\n").filter((one) => one.startsWith(notePrefix)))
      void this.#send({ type: "note", message: line.slice(notePrefix.length) });
  }

  /** What a test says of a machine while it goes on. */
  onTestCaseAnnotate(_: TestCase, { type, message }: TestAnnotation): void {
    if (type === "sample") void this.#send({ type, ...sampleSchema.parse(JSON.parse(message)) });
  }

  onTestModuleEnd(module: TestModule): void {
    this.#written.add(module.id);
    this.#unread.delete(module.moduleId);
    this.#writeErrors(milestoneOf(module.moduleId), `(${module.relativeModuleId})`, module.errors());
    for (const suite of module.children.allSuites()) {
      this.#writeErrors(milestoneOf(module.moduleId), `(${suite.fullName})`, suite.errors());
    }
  }

  async onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Promise<void> {
    this.#writeErrors("suites", "(outside of all tests)", unhandled);
    for (const module of modules) {
      const milestone = milestoneOf(module.moduleId);
      if (!this.#written.has(module.id)) {
        this.#writeErrors(milestone, `(${module.relativeModuleId})`, [unfinished("The file was not run.")]);
      }
      for (const test of module.children.allTests()) {
        if (this.#written.has(test.id)) continue;
        this.#writeErrors(
          milestone,
          test.fullName,
          [unfinished("The test did not come to an end.")],
          test.id,
        );
      }
    }
    await this.#send({ type: "end", records: this.#sent });
  }

  /** One record for errors that belong to no finished test; nothing if there are none. */
  #writeErrors(milestone: string, name: string, errors: readonly SerializedError[], id?: string): void {
    if (errors.length === 0) return;
    const failure = failureOf(errors);
    const record: SentRecord = {
      milestone,
      name,
      sections: [],
      durationMs: 0,
      outcome: "error",
      facts: {},
      failure: failure.verdict === "guide" ? { ...failure, verdict: "harness" } : failure,
    };
    this.#write(record, id);
  }

  /** Messages arrive in the order in which they were sent: whoever waits for the last one waits for all. */
  #write(record: SentRecord, id?: string): void {
    this.#sent += 1;
    void this.#send({ type: "record", ...(id !== undefined && { id }), record });
  }
}

const unfinished = (message: string): SerializedError => ({ name: "Error", message });

const placed = ({ location, module }: TestCase): Pick<SentRecord, "location"> =>
  location ? { location: { file: shortPath(module.moduleId), ...location } } : {};

function testRecord(test: TestCase): SentRecord {
  const diagnostic = test.diagnostic();
  const { sections = [], claims, facts = {}, looks, ahead, hops, fault, drift } = test.meta();
  const record = {
    milestone: milestoneOf(test.module.moduleId),
    name: test.fullName,
    sections,
    ...(claims && { claims }),
    durationMs: diagnostic?.duration ?? 0,
    facts,
    ...placed(test),
    ...(looks && looks.length > 0 && { looks }),
    ...(ahead && { ahead }),
    ...(hops && { hops }),
    ...(fault && { fault }),
    ...(drift && { drift }),
  };
  const result = test.result();
  if (result.state === "failed") {
    const failure = failureOf(result.errors);
    return { ...record, outcome: failure.verdict === "guide" ? "failed" : "error", failure };
  }
  if (result.state === "passed") return { ...record, outcome: "passed" };
  const note = result.state === "skipped" ? result.note : undefined;
  return { ...record, outcome: "skipped", ...(note !== undefined && { skipped: note }) };
}
