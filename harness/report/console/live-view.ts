import type { ChalkInstance } from "chalk";
import type { Blame } from "../../record/blame.ts";
import type { RunEvent } from "../../record/events.ts";
import type { FailureRecord, RunRecord, SectionTitle, StepRecord, TestRecord } from "../../record/record.ts";
import { blameScreen, summary } from "./screens.ts";
import type { EarlierRun } from "./estimate.ts";
import { Failures } from "./failures.ts";
import { RunProgress } from "./run-progress.ts";
import type { Lines } from "./lines.ts";
import { type Part, testParts } from "../parts/failure.ts";
import { busyTime, countOutcomes } from "../tally.ts";
import { count, duration, plain } from "../text.ts";
import { guideLine, milestoneTitle, sectionTitle, unitLine } from "../labels.ts";

/** What is open on the screen: a section of the guide or a milestone, with what it has come to. */
type Activity = {
  readonly name: string;
  /** The name as it is told: a milestone comes again if another's tests were in between. */
  readonly told: string;
  readonly startMs: number;
  endMs: number;
  assists: number;
  readonly tests: TestRecord[];
};

/**
 * How much of a run is told: failures and the end alone, what is done, or each step with its output and each test, too; `walked` is
 * for a person who runs each step, so that it says neither sections nor how far it is.
 */
export type Loudness = "quiet" | "normal" | "verbose" | "walked";

/** What a run was asked for. */
export type Asked = Extract<RunEvent, { type: "asked" }>;

/** Finds an earlier run like this one; undefined if there is none. */
export type FindEarlierRun = (command: string, asked: Asked) => Promise<EarlierRun | undefined>;

/** Between two looks at how far the run is, in milliseconds. */
const lookInterval = 1000;

/** What a person sees of a run as it goes on. */
export class LiveView {
  readonly #lines: Lines;
  readonly #colours: ChalkInstance;
  readonly #loudness: Loudness;
  readonly #earlier: FindEarlierRun | undefined;
  readonly #far = new RunProgress();
  #timer: NodeJS.Timeout | undefined;
  #sections: readonly SectionTitle[] = [];
  #run: Pick<RunRecord, "milestones"> = {};
  #command = "";
  readonly #steps: StepRecord[] = [];
  readonly #failures: Failures;
  #activity: Activity | undefined;
  /** Tests that nobody began, of milestones that are not open: they are told in one line. */
  #leftOut: TestRecord[] = [];
  /** What was open before. */
  readonly #opened = new Set<string>();
  /** The block whose output is shown, and its machines. */
  #followed = { id: "", machines: new Set<string>() };
  /** How many blames were shown. */
  #blamed = 0;

  constructor(lines: Lines, colours: ChalkInstance, loudness: Loudness, earlier: FindEarlierRun | undefined) {
    this.#lines = lines;
    this.#colours = colours;
    this.#failures = new Failures(colours);
    this.#loudness = loudness;
    this.#earlier = earlier;
  }

  show(event: RunEvent): void {
    this.#far.see(event);
    switch (event.type) {
      case "run-start":
        this.#run = event;
        this.#command = event.command;
        this.#failures.of(event.command);
        if (!this.#isWalked) this.#timer = setInterval(() => this.#look(), lookInterval).unref();
        this.#lines.say(event.at, `${this.#colours.bold(event.command)} ${this.#colours.dim(event.id)}`);
        break;
      case "plan":
        this.#sections = event.sections;
        this.#lines.say(event.at, guideLine(event));
        break;
      case "asked":
        void this.#estimate(event);
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
        if (event.span.track === "suites") {
          this.#close();
          this.#tellLeftOut(event.at);
        }
        if (event.span.track !== "harness") break;
        this.#close();
        this.#lines.end(event.at, event.span.name, duration(event.span.durationMs));
        break;
      case "step-start":
        this.#failures.begins(event.key);
        this.#followNext(event.key);
        if (!this.#isWalked)
          this.#open(event.at, this.#sectionName(event.key.slice(0, event.key.lastIndexOf("/"))));
        break;
      case "step-end":
        if (this.#activity) this.#activity.endMs = event.at;
        this.#steps.push(event.step);
        this.#detail(event.at, event.step.key, event.step);
        this.#fail(event.step.failure);
        break;
      case "test-end":
        if (this.#isLeftOut(event.test)) {
          this.#leftOut.push(event.test);
          break;
        }
        this.#open(Math.min(event.at, event.test.startMs), milestoneTitle(this.#run, event.test.milestone));
        if (this.#activity) this.#activity.endMs = event.at;
        this.#activity?.tests.push(event.test);
        this.#detail(event.at, event.test.name, event.test);
        this.#fail(event.test.failure, testParts(event.test, this.#steps));
        break;
      case "unit":
        // A death is told as the failure of its step.
        if (event.step) this.#fail(event.step.failure);
        else this.#lines.say(event.at, this.#colours.yellow(unitLine(event.finding)));
        break;
      case "step-output":
        if (this.#isLoud) this.#print(event.key, event.text);
        break;
      case "test-start":
        this.#open(event.at, milestoneTitle(this.#run, event.milestone));
        break;
      case "progress":
      case "sample":
      case "tests":
      case "run-end":
        break;
      default:
        event satisfies never;
    }
  }

  get #isWalked(): boolean {
    return this.#loudness === "walked";
  }

  get #isLoud(): boolean {
    return this.#isWalked || this.#loudness === "verbose";
  }

  /** Each step and test as it ends, for who wants to see them all. */
  #detail(
    at: number,
    name: string,
    { outcome, durationMs }: Pick<StepRecord, "outcome" | "durationMs">,
  ): void {
    if (!this.#isLoud || (this.#isWalked && outcome === "skipped")) return;
    const marks = { passed: this.#colours.green("✓"), skipped: this.#colours.yellow("–") };
    const mark = outcome === "passed" || outcome === "skipped" ? marks[outcome] : this.#colours.red("✗");
    this.#lines.say(at, `${mark} ${name}  ${this.#colours.dim(duration(durationMs))}`);
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

  #look(): void {
    const at = this.#far.now();
    this.#lines.tell(at, this.#far.words(at));
  }

  async #estimate(asked: Asked): Promise<void> {
    // Who is lacking an estimate has a run all the same.
    const course = await this.#earlier?.(this.#command, asked).catch(() => undefined);
    if (course) this.#far.goesLike(course);
  }

  finish(record: RunRecord, folder: string): void {
    clearInterval(this.#timer);
    this.#close();
    this.#tellLeftOut(this.#far.now());
    const { failure } = record;
    for (const each of [failure, ...(record.otherFailures ?? [])]) {
      if (each && !this.#failures.has(each)) this.#fail(each);
    }
    const blames = record.blames?.slice(this.#blamed) ?? [];
    if (blames.length > 0) this.#lines.block(blameScreen({ ...record, blames }, this.#colours));
    this.#lines.block(summary(record, folder, this.#colours));
  }

  failed(failure: FailureRecord, blames: readonly Blame[]): void {
    if (!this.#failures.has(failure)) this.#fail(failure);
    this.#blamed += blames.length;
    if (blames.length > 0) this.#lines.block(blameScreen({ ...this.#run, blames }, this.#colours));
  }

  #sectionName(number: string): string {
    return `${number.padEnd(8)} ${sectionTitle(this.#sections, number)}`.trimEnd();
  }

  #open(at: number, name: string): void {
    if (this.#activity?.name === name) return;
    this.#close();
    const told = this.#opened.has(name) ? `${name}, continued` : name;
    this.#opened.add(name);
    const isOfIt = ({ milestone }: TestRecord): boolean => milestoneTitle(this.#run, milestone) === name;
    const tests = this.#leftOut.filter(isOfIt);
    this.#leftOut = this.#leftOut.filter((test) => !isOfIt(test));
    this.#activity = { name, told, startMs: at, endMs: at, assists: 0, tests };
    this.#lines.begin(at, told);
  }

  #isLeftOut({ milestone, outcome, durationMs }: TestRecord): boolean {
    const isOpen = this.#activity?.name === milestoneTitle(this.#run, milestone);
    return outcome === "skipped" && durationMs === 0 && !isOpen && !this.#isLoud;
  }

  #tellLeftOut(at: number): void {
    if (this.#leftOut.length === 0) return;
    const milestones = new Set(this.#leftOut.map(({ milestone }) => milestone)).size;
    const text = `${count(this.#leftOut.length, "test")} of ${count(milestones, "milestone")} skipped`;
    this.#leftOut = [];
    this.#lines.say(at, this.#colours.yellow(text));
  }

  #close(): void {
    const activity = this.#activity;
    if (!activity) return;
    this.#activity = undefined;
    const { passed, failed, error, skipped } = countOutcomes(activity.tests);
    const { tests, startMs, endMs } = activity;
    const facts = [
      // As in the table at the end: tests of several milestones take turns.
      duration(tests.length > 0 ? busyTime(tests) : endMs - startMs),
      passed > 0 && this.#colours.green(`${passed} passed`),
      failed > 0 && this.#colours.red(`${failed} failed`),
      error > 0 && this.#colours.red(count(error, "error")),
      skipped > 0 && this.#colours.yellow(`${skipped} skipped`),
      activity.assists > 0 && this.#colours.yellow(count(activity.assists, "assist")),
    ];
    this.#lines.end(activity.endMs, activity.told, facts.filter(Boolean).join(", "));
  }

  #fail(failure: FailureRecord | undefined, before?: readonly Part[]): void {
    const text = failure && this.#failures.text(failure, before);
    if (!text) return;
    if (before && !text.includes("\n")) this.#lines.lines(text);
    else this.#lines.block(text);
  }
}
