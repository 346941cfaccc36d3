import type { Writable } from "node:stream";
import chalk, { type ChalkInstance, chalkStderr } from "chalk";
import type { Blame } from "../../record/blame.ts";
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
import { count, duration, plain } from "../text.ts";
import { milestoneTitle, sectionTitle, unitLine } from "../labels.ts";

export type ConsoleOptions = {
  /** Standard output holds the run's record as JSON and nothing else; a person reads standard error. */
  readonly json: boolean;
  /** Whether what steps print is shown as it comes, in the place of a line for each section. */
  readonly follow?: boolean;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  readonly colours?: ChalkInstance;
};

/** Where a run is shown, for what is said beside its events. */
export interface Screen {
  readonly colours: ChalkInstance;
  /** Text of several lines, by itself. */
  block(text: string): void;
  /** A question, on a line that stays open. */
  ask(text: string): void;
  /** A failure and where it comes from, as far as they were not shown yet; not told again at the end. */
  failed(failure: FailureRecord, blames: readonly Blame[]): void;
}

/** A run on a terminal or in a CI log: what is done now, each failure at once, a summary at the end. */
export function consoleReporter(options: ConsoleOptions): Reporter & Screen {
  const { json, stdout = process.stdout, stderr = process.stderr } = options;
  const colours = options.colours ?? (json ? chalkStderr : chalk);
  const lines = new Lines(json ? stderr : stdout, colours);
  const live = new LiveView(lines, colours, options.follow === true);
  return {
    name: "console",
    colours,
    block: (text) => lines.block(text),
    ask: (text) => lines.ask(text),
    failed: (failure, blames) => live.failed(failure, blames),
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
  readonly #follow: boolean;
  #activity: Activity | undefined;
  /** The block whose output is followed, and its machines. */
  #followed = { id: "", machines: new Set<string>() };
  /** How many blames were shown. */
  #blamed = 0;

  constructor(lines: Lines, colours: ChalkInstance, follow: boolean) {
    this.#lines = lines;
    this.#colours = colours;
    this.#follow = follow;
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
        if (this.#follow) this.#followNext(event.key);
        else this.#open(event.at, this.#sectionName(event.key.slice(0, event.key.lastIndexOf("/"))));
        break;
      case "step-end":
        if (this.#activity) this.#activity.endMs = event.at;
        this.#steps.push(event.step);
        if (this.#follow) this.#sayStep(event.at, event.step);
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
        if (this.#follow) this.#print(event.key, event.text);
        break;
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
    const blames = record.blames?.slice(this.#blamed) ?? [];
    if (blames.length > 0) this.#lines.block(blameScreen({ ...record, blames }, this.#colours));
    this.#lines.block(summary(record, folder, this.#colours));
  }

  failed(failure: FailureRecord, blames: readonly Blame[]): void {
    if (!this.#shown.has(failure.message)) this.#fail(failure);
    this.#blamed += blames.length;
    if (blames.length > 0) this.#lines.block(blameScreen({ ...this.#run, blames }, this.#colours));
  }

  #followNext(key: string): void {
    const [id = "", machine = ""] = key.split("@");
    if (id !== this.#followed.id) this.#followed = { id, machines: new Set() };
    this.#followed.machines.add(machine);
  }

  /** What a step prints, line by line, with its machine where several are at work. */
  #print(key: string, text: string): void {
    const { machines } = this.#followed;
    const width = Math.max(...[...machines].map(({ length }) => length));
    const from = machines.size > 1 ? `${key.slice(key.indexOf("@") + 1).padEnd(width)} ` : "";
    const bar = this.#colours.dim(`  ${from}│ `);
    this.#lines.lines(plain(text).replace(/\n$/, "").replaceAll(/^/gm, bar));
  }

  #sayStep(at: number, { key, outcome, durationMs }: StepRecord): void {
    if (outcome === "skipped") return;
    const mark = outcome === "passed" ? this.#colours.green("✓") : this.#colours.red("✗");
    this.#lines.say(at, `${mark} ${key}  ${this.#colours.dim(duration(durationMs))}`);
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
