import type { ChalkInstance } from "chalk";
import type { Blame } from "../../record/blame.ts";
import type { RunEvent } from "../../record/events.ts";
import { isRed } from "../../record/outcome.ts";
import type { FailureRecord, RunRecord, SectionTitle, StepRecord, TestRecord } from "../../record/record.ts";
import { blameScreen, summary } from "./screens.ts";
import { Failures } from "./failures.ts";
import { type Asked, type EarlierRun, RunProgress } from "./run-progress.ts";
import type { Lines } from "./lines.ts";
import { type Part, testParts } from "../parts/failure.ts";
import { busyTime, countOutcomes, endings, standsForAll, timeOf, timesOf } from "../tally.ts";
import { aheadText, count, duration, plain } from "../text.ts";
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

export type FindEarlierRun = (command: string, asked: Asked) => Promise<EarlierRun | undefined>;

/** Between two looks at how far the run is, in milliseconds. */
const lookInterval = 1000;

const isBlame = (event: RunEvent): boolean =>
  (event.type === "span-start" && event.name === "blame") ||
  (event.type === "span-end" && event.span.name === "blame");

/** What a person sees of a run as it goes on. */
export function liveView(
  lines: Lines,
  colours: ChalkInstance,
  loudness: Loudness,
  earlier: FindEarlierRun | undefined,
) {
  const isWalked = loudness === "walked";
  const isLoud = isWalked || loudness === "verbose";
  const far = new RunProgress();
  const failures = new Failures(colours);
  const steps: StepRecord[] = [];
  const opened = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let sections: readonly SectionTitle[] = [];
  let run: Pick<RunRecord, "milestones"> & { readonly command: string } = { command: "" };
  let activity: Activity | undefined;
  /** Tests that nobody began, of milestones that are not open: they are told in one line. */
  let leftOut: TestRecord[] = [];
  /** The block whose output is shown, and its machines. */
  let followed = { id: "", machines: new Set<string>() };
  let blamed = 0;
  /** Whether anything is red: nobody is blamed where all is well. */
  let red = false;

  const titleOf = ({ milestone }: Pick<TestRecord, "milestone">): string => milestoneTitle(run, milestone);

  function open(at: number, name: string): void {
    if (activity?.name === name) return;
    close();
    const told = opened.has(name) ? `${name}, continued` : name;
    opened.add(name);
    const { own = [], others = [] } = Object.groupBy(leftOut, (test) =>
      titleOf(test) === name ? "own" : "others",
    );
    leftOut = others;
    activity = { name, told, startMs: at, endMs: at, assists: 0, tests: own };
    lines.begin(at, told);
  }

  function close(): void {
    if (!activity) return;
    const { told, tests, startMs, endMs, assists } = activity;
    activity = undefined;
    const { passed, failed, error, skipped } = countOutcomes(tests);
    const facts = [
      // As in the table at the end: tests of several milestones take turns.
      duration(tests.length > 0 ? busyTime(tests.flatMap(timesOf)) : endMs - startMs),
      passed > 0 && colours.green(`${passed} passed`),
      failed > 0 && colours.red(`${failed} failed`),
      error > 0 && colours.red(count(error, "error")),
      skipped > 0 && colours.yellow(`${skipped} skipped`),
      assists > 0 && colours.yellow(count(assists, "assist")),
    ];
    lines.end(endMs, told, facts.filter(Boolean).join(", "));
  }

  function tellLeftOut(at: number): void {
    if (leftOut.length === 0) return;
    const { known = [], unknown = [] } = Object.groupBy(leftOut, (test) =>
      standsForAll(test) ? "unknown" : "known",
    );
    const milestones = new Set(known.map(({ milestone }) => milestone)).size;
    const told = [
      known.length > 0 && `${count(known.length, "test")} of ${count(milestones, "milestone")} skipped`,
      unknown.length > 0 && `${count(unknown.length, "milestone")} not reached`,
    ];
    leftOut = [];
    lines.say(at, colours.yellow(told.filter(Boolean).join(", ")));
  }

  function fail(failure: FailureRecord | undefined, before?: readonly Part[]): void {
    const text = failure && failures.text(failure, before);
    if (!text) return;
    if (before && !text.includes("\n")) lines.lines(text);
    else lines.block(text);
  }

  function tellBlames(blames: readonly Blame[]): void {
    if (blames.length > 0) lines.block(blameScreen({ ...run, blames }, colours));
  }

  function detail(at: number, name: string, outcome: StepRecord["outcome"], took: string): void {
    if (!isLoud || (isWalked && outcome === "skipped")) return;
    const [bad, good] = [colours.red("✗"), colours.green("✓")];
    const mark = { passed: good, skipped: colours.yellow("–"), failed: bad, error: bad }[outcome];
    lines.say(at, `${mark} ${name}  ${colours.dim(took)}`);
  }

  /** What a step prints, line by line, with its machine where several are at work. */
  function print(key: string, text: string): void {
    const { machines } = followed;
    const width = Math.max(...[...machines].map(({ length }) => length));
    const from = machines.size > 1 ? `${key.slice(key.indexOf("@") + 1).padEnd(width)} ` : "";
    const bar = colours.dim(`  ${from}│ `);
    lines.lines(plain(text).replace(/\n$/, "").replaceAll(/^/gm, bar));
  }

  function stepBegins(at: number, key: string): void {
    failures.begins(key);
    const [id = "", machine = ""] = key.split("@");
    if (id !== followed.id) followed = { id, machines: new Set() };
    followed.machines.add(machine);
    const section = key.slice(0, key.lastIndexOf("/"));
    if (!isWalked) open(at, `${section.padEnd(8)} ${sectionTitle(sections, section)}`.trimEnd());
  }

  function testEnds(at: number, test: TestRecord): void {
    const { name, milestone, outcome, durationMs, startMs, ahead, failure } = test;
    const isOpen = activity?.name === titleOf({ milestone });
    if (outcome === "skipped" && durationMs === 0 && !isOpen && !isLoud) return void leftOut.push(test);
    open(Math.min(at, startMs), titleOf({ milestone }));
    if (activity) activity.endMs = at;
    activity?.tests.push(test);
    const took = duration(timeOf(test));
    detail(at, name, outcome, ahead ? `${took}, ${aheadText(ahead)}` : took);
    fail(failure, testParts(test, steps));
  }

  function look(): void {
    const at = far.now();
    lines.tell(at, far.words(at));
  }

  function show(event: RunEvent): void {
    const { at } = event;
    far.see(event);
    if (event.type === "step-end") red ||= isRed(event.step);
    if (event.type === "test-end") red ||= isRed(event.test);
    if (!red && isBlame(event)) return;
    switch (event.type) {
      case "run-start":
        run = event;
        failures.of(event.command);
        if (!isWalked) timer = setInterval(look, lookInterval).unref();
        return lines.say(at, `${colours.bold(event.command)} ${colours.dim(event.id)}`);
      case "plan":
        ({ sections } = event);
        return lines.say(at, guideLine(event));
      case "asked":
        // Who is lacking an estimate has a run all the same.
        return void earlier?.(run.command, event).then(
          (course) => course && far.goesLike(course),
          () => undefined,
        );
      case "note":
        return lines.say(at, colours.dim(event.message));
      case "interrupted":
        return lines.lines(colours.yellow(event.message));
      case "assist":
        if (activity) activity.assists += 1;
        return;
      case "span-start":
        return event.track === "harness" ? lines.begin(at, event.name) : undefined;
      case "span-end":
        if (!["suites", "harness"].includes(event.span.track)) return;
        close();
        if (event.span.track === "suites") return tellLeftOut(at);
        return lines.end(at, event.span.name, duration(event.span.durationMs));
      case "step-start":
        return stepBegins(at, event.key);
      case "step-end":
        if (activity) activity.endMs = at;
        steps.push(event.step);
        detail(at, event.step.key, event.step.outcome, duration(event.step.durationMs));
        return fail(event.step.failure);
      case "test-end":
        return testEnds(at, event.test);
      case "unit":
        // A death is told as the failure of its step.
        if (event.step) return fail(event.step.failure);
        return lines.say(at, colours.yellow(unitLine(event.finding)));
      case "step-output":
        return isLoud ? print(event.key, event.text) : undefined;
      case "test-start":
        return open(at, titleOf(event));
      case "progress":
      case "sample":
      case "tests":
      case "run-end":
        return;
    }
    event satisfies never;
  }

  /** A failure and where it comes from, as far as they were not shown yet. */
  function tellFailure(failure: FailureRecord, blames: readonly Blame[]): void {
    if (!failures.has(failure)) fail(failure);
    blamed += blames.length;
    tellBlames(blames);
  }

  function stop(): void {
    clearInterval(timer);
  }

  function finish(record: RunRecord, folder: string): void {
    stop();
    close();
    tellLeftOut(far.now());
    for (const each of endings(record)) if (!failures.has(each)) fail(each);
    run = record;
    tellBlames(record.blames?.slice(blamed) ?? []);
    lines.block(summary(record, folder, colours, lines.columns));
  }

  return { show, tellFailure, stop, finish };
}
