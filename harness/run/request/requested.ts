import type { HarnessError } from "../../errors.ts";
import type { Plan, Step } from "../../guide/types.ts";
import { type ApplyOptions, selectGroups } from "../apply/apply.ts";
import { selectionText } from "../../record/selection.ts";
import type { Recorder } from "../recorder.ts";
import type { StepRecord } from "../../record/record.ts";
import { describeStep } from "../apply/step.ts";
import type { Soak } from "../suites/program.ts";
import type { ChosenTests } from "../suites/selection.ts";

/** Why what was asked for was not reached, in a line. */
export function notReached(failure: HarnessError | undefined): string {
  if (!failure) return "not reached: the run ended";
  const { step } = failure.details;
  const [said = ""] = failure.message.split("\n", 1);
  const what = step === undefined ? said : said.replace(`${step}: `, "");
  return `not reached: the run ended${step === undefined ? "" : ` at ${step}`}: ${what}`;
}

/** What a run was asked to prove: some steps of the guide, and some milestones. */
export class Requested {
  #steps: readonly Step[] = [];
  milestones: readonly string[] = [];

  soak: Soak | undefined;

  chosen: ChosenTests | undefined;

  tell(recorder: Recorder): void {
    const tests = this.chosen?.tests.length;
    recorder.emit({
      type: "asked",
      steps: this.#steps.length,
      milestones: this.milestones,
      ...(tests !== undefined && { tests }),
      ...(this.soak && { minutes: Math.round(60 * this.soak.hours) }),
    });
  }

  /** Asks for some tests of the milestones alone; says so. */
  choose(chosen: ChosenTests, recorder: Recorder): void {
    const { by, run, tests, leftOut } = chosen;
    this.chosen = chosen;
    this.milestones = this.milestones.filter((name) => tests.some(({ milestone }) => milestone === name));
    const from = run !== undefined && { run };
    const selection = { by, ...from, chosen: tests.length, leftOut: leftOut.length };
    // All that was asked for is no part.
    if (leftOut.length > 0) recorder.facts = { ...recorder.facts, selection };
    recorder.note(`${selectionText(selection)}.`);
  }

  /** Asks for a part of a plan, all of it unless told. */
  steps(plan: Plan, part: Pick<ApplyOptions, "from" | "after" | "to"> = {}): void {
    this.#steps = selectGroups(plan, part).flatMap(({ steps }) => steps);
  }

  /** Steps up to the block that an earlier run has done, with it, are not asked for any more. */
  resumed(after: string): void {
    const last = this.#steps.findLastIndex(({ id }) => id === after);
    this.#steps = this.#steps.slice(last + 1);
  }

  /** A person leaves these out: they are recorded as skipped, and not asked for any more. */
  leave(steps: readonly Step[], reason: string, recorder: Recorder): void {
    const left = new Set(steps.map(({ key }) => key));
    this.#steps = this.#steps.filter(({ key }) => !left.has(key));
    for (const step of steps) recorder.stepEnded(skipped(step, reason, recorder));
  }

  skipRest(reason: string, recorder: Recorder): void {
    const reached = new Set(recorder.steps.map(({ key }) => key));
    const unreached = this.#steps.filter(({ key }) => !reached.has(key));
    for (const step of unreached) recorder.stepEnded(skipped(step, reason, recorder));
  }

  /** What of it has no proof, a sentence each. Of use where nothing is red. */
  gaps({ steps, tests }: Pick<Recorder, "steps" | "tests">): string[] {
    const passed = new Set(steps.filter(({ outcome }) => outcome === "passed").map(({ key }) => key));
    const missing = this.#steps.filter(({ key }) => !passed.has(key));
    const unproved = this.milestones.filter(
      (milestone) => !tests.some((test) => test.milestone === milestone && test.outcome === "passed"),
    );
    return [
      ...(missing.length > 0
        ? [`${missing.length} of ${this.#steps.length} steps did not pass, the first ${missing[0]?.key}`]
        : []),
      ...unproved.map((milestone) => `no test of the milestone ${milestone} passed`),
    ];
  }
}

const skipped = (step: Step, reason: string, recorder: Recorder): StepRecord => ({
  ...describeStep(step),
  startMs: recorder.now(),
  durationMs: 0,
  outcome: "skipped",
  output: "",
  assists: [],
  skipped: reason,
});
