import type { Mutant } from "./catalogue.ts";

/** What of a run's record a judgement needs. */
export type Evidence = {
  readonly durationMs: number;
  readonly failure?: { readonly message: string };
  readonly tests: readonly { readonly milestone: string; readonly name: string; readonly outcome: string }[];
};

export type Judgement = {
  readonly id: string;
  readonly kind: Mutant["kind"];
  readonly milestone: string;
  /** Milestones with a failed test. */
  readonly red: readonly string[];
  readonly outcome: "killed" | "survived" | "wrong milestone" | "not judged";
  /** Why it was not killed as expected; the first red test otherwise. */
  readonly detail: string;
  readonly seconds: number;
};

/**
 * Holds what the suites said against what the mutant demands: its milestone red, and no other that does not depend
 * on it. A run that never came to its suites judges nothing.
 */
export function judge(mutant: Mutant, record: Evidence): Judgement {
  const failed = record.tests.filter(({ outcome }) => outcome === "failed" || outcome === "error");
  const red = [...new Set(failed.map(({ milestone }) => milestone))];
  const strangers = red.filter((name) => name !== mutant.milestone && !mutant.also_red.includes(name));
  const first = failed.find(({ milestone }) => milestone === mutant.milestone);
  const known = { id: mutant.id, kind: mutant.kind, milestone: mutant.milestone, red };
  const judged = (outcome: Judgement["outcome"], detail: string): Judgement => ({
    ...known,
    outcome,
    detail,
    seconds: record.durationMs / 1000,
  });
  if (record.tests.length === 0) {
    return judged("not judged", record.failure?.message ?? "no test was run");
  }
  if (strangers.length > 0) return judged("wrong milestone", `${strangers.join(", ")} red too`);
  if (!first) return judged("survived", `${mutant.milestone} noticed nothing`);
  return judged("killed", first.name);
}
