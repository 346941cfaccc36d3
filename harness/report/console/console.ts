import type { Writable } from "node:stream";
import chalk, { type ChalkInstance, chalkStderr } from "chalk";
import type {
  FailureRecord,
  Reporter,
  RunEvent,
  RunRecord,
  SectionTitle,
  StepRecord,
  TestRecord,
} from "../../record/record.ts";
import { blameScreen, failureScreen, summary } from "./screens.ts";
import { Lines } from "./lines.ts";
import { type Part, testParts } from "../parts/failure.ts";
import { countOutcomes } from "../tally.ts";
import { count, duration } from "../text.ts";
import { milestoneTitle, sectionTitle, unitLine } from "../labels.ts";

export type ConsoleOptions = {
  /** Standard output holds the run's record as JSON and nothing else; a person reads standard error. */
  readonly json: boolean;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  readonly colours?: ChalkInstance;
};

/** A run on a terminal or in a CI log: what is done now, each failure at once, a summary at the end. */
export function consoleReporter(options: ConsoleOptions): Reporter {
  const { json, stdout = process.stdout, stderr = process.stderr } = options;
  const colours = options.colours ?? (json ? chalkStderr : chalk);
  const live = new LiveView(new Lines(json ? stderr : stdout, colours), colours);
  return {
    name: "console",
    onEvent: (event) => live.show(event),
    tell(record, folder) {
      live.finish(record, folder);
      if (json) stdout.write(`${JSON.stringify(record, null, 2)}\n`);
      return Promise.resolve();
    },
  };
}

/** What is open on the screen: a section of the guide or a milestone, with what it has come to. */
type Activity = {
  readonly name: string;
  readonly startMs: number;
  endMs: number;
  assists: number;
  readonly tests: TestRecord[];
};

class LiveView {
  readonly #lines: Lines;
  readonly #colours: ChalkInstance;
  #sections: readonly SectionTitle[] = [];
  #run: Pick<RunRecord, "milestones"> = {};
  readonly #steps: StepRecord[] = [];
  readonly #shown = new Set<string>();
  #activity: Activity | undefined;

  constructor(lines: Lines, colours: ChalkInstance) {
    this.#lines = lines;
    this.#colours = colours;
  }

  show(event: RunEvent): void {
    switch (event.type) {
      case "run-start":
        this.#run = event;
        this.#lines.say(event.at, `${this.#colours.bold(event.command)} ${this.#colours.dim(event.id)}`);
        break;
      case "plan":
        this.#sections = event.sections;
        this.#lines.say(event.at, `the guide has ${count(event.steps, "step")}`);
        break;
      case "note":
        this.#lines.say(event.at, this.#colours.dim(event.message));
        break;
      case "assist":
        if (this.#activity) this.#activity.assists += 1;
        break;
      case "span-start":
        if (event.track === "harness") this.#lines.begin(event.at, event.name);
        break;
      case "span-end":
        if (event.span.track === "suites") this.#close();
        if (event.span.track !== "harness") break;
        this.#close();
        this.#lines.end(event.at, event.span.name, duration(event.span.durationMs));
        break;
      case "step-start":
        this.#open(event.at, this.#sectionName(event.key.slice(0, event.key.lastIndexOf("/"))));
        break;
      case "step-end":
        if (this.#activity) this.#activity.endMs = event.at;
        this.#steps.push(event.step);
        this.#fail(event.step.failure);
        break;
      case "test-end":
        this.#open(Math.min(event.at, event.test.startMs), milestoneTitle(this.#run, event.test.milestone));
        if (this.#activity) this.#activity.endMs = event.at;
        this.#activity?.tests.push(event.test);
        this.#fail(event.test.failure, testParts(event.test, this.#steps));
        break;
      case "unit":
        this.#lines.say(event.at, this.#colours.yellow(unitLine(event.finding)));
        if (event.step) this.#fail(event.step.failure);
        break;
      case "step-output":
      case "run-end":
        break;
      default:
        event satisfies never;
    }
  }

  finish(record: RunRecord, folder: string): void {
    this.#close();
    const { failure } = record;
    for (const each of [failure, ...(record.otherFailures ?? [])]) {
      if (each && !this.#shown.has(each.message)) this.#fail(each);
    }
    if (record.blames) this.#lines.block(blameScreen(record, this.#colours));
    this.#lines.block(summary(record, folder, this.#colours));
  }

  #sectionName(number: string): string {
    return `${number.padEnd(8)} ${sectionTitle(this.#sections, number)}`.trimEnd();
  }

  #open(at: number, name: string): void {
    if (this.#activity?.name === name) return;
    this.#close();
    this.#activity = { name, startMs: at, endMs: at, assists: 0, tests: [] };
    this.#lines.begin(at, name);
  }

  #close(): void {
    const activity = this.#activity;
    if (!activity) return;
    this.#activity = undefined;
    const { passed, failed, error, skipped } = countOutcomes(activity.tests);
    const facts = [
      duration(activity.endMs - activity.startMs),
      passed > 0 && this.#colours.green(`${passed} passed`),
      failed > 0 && this.#colours.red(`${failed} failed`),
      error > 0 && this.#colours.red(count(error, "error")),
      skipped > 0 && this.#colours.yellow(`${skipped} skipped`),
      activity.assists > 0 && this.#colours.yellow(count(activity.assists, "assist")),
    ];
    this.#lines.end(activity.endMs, activity.name, facts.filter(Boolean).join(", "));
  }

  #fail(failure: FailureRecord | undefined, before?: readonly Part[]): void {
    if (!failure) return;
    this.#shown.add(failure.message);
    this.#lines.block(failureScreen(failure, this.#colours, before));
  }
}
