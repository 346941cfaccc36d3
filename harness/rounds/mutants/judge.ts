import { toHarnessError } from "../../errors.ts";
import { isRed, type Outcome } from "../../record/outcome.ts";
import type { FailureRecord } from "../../record/record.ts";
import type { Mutant } from "./catalogue.ts";

/** What of a run's record a judgement needs. */
export type Trial = {
  readonly durationMs: number;
  readonly failure?: Failure;
  readonly tests: readonly (Judged & { readonly milestone: string; readonly name: string })[];
  readonly steps: readonly (Judged & { readonly id: string })[];
};

type Failure = Pick<FailureRecord, "message" | "verdict">;
type Judged = { readonly outcome: Outcome; readonly failure?: Failure };

export type Judgement = {
  readonly id: string;
  readonly kind: Mutant["kind"];
  /** The milestone, or the guide's own step, that must notice. */
  readonly expected: string;
  /** Milestones with a failed test. */
  readonly red: readonly string[];
  readonly outcome: "killed" | "survived" | "wrong milestone" | "not undone" | "not judged";
  /** Why it was not killed as expected; the first red test otherwise. */
  readonly detail: string;
  readonly seconds: number;
};

/** Milestones with a failed test, and the failed tests. */
export function redOf({ tests }: Pick<Trial, "tests">): { readonly red: string[]; readonly tests: string[] } {
  const failed = tests.filter(isRed);
  return {
    red: [...new Set(failed.map(({ milestone }) => milestone))],
    tests: failed.map(({ name }) => name),
  };
}

/**
 * Holds what the suites said against what the mutant demands: its milestone red, and no other that does not depend
 * on it; or the guide's own step failing, before the suites. A run that never came to its suites judges nothing else.
 */
export function judge(mutant: Mutant, trial: Trial): Judgement {
  const { red } = redOf(trial);
  const expected = expectedOf(mutant);
  const judged = (outcome: Judgement["outcome"], detail: string): Judgement => ({
    id: mutant.id,
    kind: mutant.kind,
    expected,
    red,
    outcome,
    detail,
    seconds: Math.round(trial.durationMs / 100) / 10,
  });
  const excuse = excuseOf(trial);
  if (excuse !== undefined) return judged("not judged", excuse);
  const failedStep = trial.steps.find(isRed);
  if (failedStep) {
    return failedStep.id === mutant.step
      ? judged("killed", trial.failure?.message ?? failedStep.id)
      : judged("wrong milestone", `the guide fails at ${failedStep.id}`);
  }
  if (trial.tests.length === 0) return judged("not judged", trial.failure?.message ?? "no test was run");
  if (mutant.milestone === undefined) return judged("survived", `${expected} noticed nothing`);
  const strangers = red.filter((name) => name !== mutant.milestone && !mutant.also_red.includes(name));
  if (strangers.length > 0) return judged("wrong milestone", `${strangers.join(", ")} red too`);
  const first = trial.tests.find((test) => test.milestone === expected && isRed(test));
  return first ? judged("killed", first.name) : judged("survived", `${expected} noticed nothing`);
}

/** What is no mutant's doing, if something is red for it, or the run ended so: a starved host, a machine that is gone. */
export const excuseOf = ({
  tests,
  steps,
  failure,
}: Pick<Trial, "tests" | "steps" | "failure">): string | undefined =>
  [failure, ...[...steps, ...tests].filter(isRed).map((one) => one.failure)].find(
    (one) => one && one.verdict !== "guide",
  )?.message;

/** What must notice a mutant: its milestone, or the guide's own step. */
export const expectedOf = ({ milestone, step }: Mutant): string => milestone ?? step ?? "";

/** Of a mutant that could not be tried: why, and the last line of what was printed. */
export function notJudged(mutant: Mutant, thrown: unknown): Judgement {
  const { message, details } = toHarnessError(thrown);
  const printed = details.outputTail?.trim().split("\n").at(-1);
  return {
    id: mutant.id,
    kind: mutant.kind,
    expected: expectedOf(mutant),
    red: [],
    outcome: "not judged",
    detail: printed ? `${message}: ${printed}` : message,
    seconds: 0,
  };
}
