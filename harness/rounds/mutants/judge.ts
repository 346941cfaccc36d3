import { z } from "zod";
import { exitCodes, toHarnessError } from "../../errors.ts";
import { isRed, type Outcome } from "../../record/outcome.ts";
import type { FailureRecord } from "../../record/record.ts";
import type { TrialScore } from "../../record/trial-score.ts";
import { nameHas } from "../../run/suites/selection.ts";
import type { Kind } from "../kind.ts";
import { verdictSchema } from "../pool/children.ts";
import { lineOf } from "../round.ts";
import { type Mutant, sectionOf } from "./catalogue.ts";

type Ended = { readonly outcome: Outcome; readonly failure?: Pick<FailureRecord, "message" | "verdict"> };

/** What of a run's record a judgement needs. */
export type Evidence = Pick<Ended, "failure"> & {
  /** Of the run, whose report has the rest. */
  readonly id?: string;
  readonly durationMs: number;
  readonly tests: readonly (Ended & { readonly milestone: string; readonly name: string })[];
  readonly steps: readonly (Ended & { readonly id: string })[];
};

const schema = z.object({
  id: z.string(),
  kind: z.enum(["edit", "fault"]),
  section: z.string(),
  /** The milestone and its tests, or the guide's own step, that must notice. */
  expected: z.string(),
  /** Milestones with a failed test. */
  red: z.array(z.string()),
  outcome: z.enum(["killed", "survived", "wrong test", "not undone", "not judged"]),
  /** Why it was not killed as expected; the red tests that had to be red otherwise. */
  detail: z.string(),
  run: z.string().exactOptional(),
  /** Of what kept it from being judged, if that is known. */
  verdict: verdictSchema.exactOptional(),
  seconds: z.number(),
});

export type MutantResult = Readonly<z.infer<typeof schema>>;

/** Milestones with a failed test. */
export const redMilestones = ({ tests }: Pick<Evidence, "tests">): string[] => [
  ...new Set(tests.filter(isRed).map(({ milestone }) => milestone)),
];

/** The suites on trial: JUnit has a `failure` where a suite has a hole, an `error` where nothing could be said. */
export const mutants: Kind<MutantResult> = {
  name: "mutants",
  title: "suites on trial",
  schema,
  read: ({ id, section, outcome, expected, detail, run, verdict = "harness", seconds }) => ({
    section,
    name: id,
    seconds,
    outcome: outcome === "killed" ? "passed" : outcome === "not judged" ? "error" : "failed",
    type: outcome,
    // The run first: a terminal cuts what is long.
    detail: outcome === "killed" || run === undefined ? detail : `\`pnpm report ${run}\`: ${detail}`,
    properties: { "to be noticed by": expected },
    exitCode: exitCodes[outcome === "killed" ? "passed" : outcome === "not judged" ? verdict : "guide"],
  }),
  document({ about, results, seconds }) {
    const score: TrialScore = {
      killed: results.filter(({ outcome }) => outcome === "killed").length,
      of: results.length,
      startedAt: about.startedAt,
      seconds,
      // As a run's record has it.
      commit: about.commit.replace(/\+.*/, "+"),
      provider: about.provider,
      artifactSet: about.artifacts,
    };
    return { ...score, judgements: results };
  },
  summary({ results, seconds }) {
    const holes = results.filter(({ outcome }) => outcome !== "killed");
    return [
      ...holes.map((hole) => lineOf(mutants.read(hole))),
      `${results.length - holes.length} of ${results.length} mutants killed where they should be (killed: the tests that it names turned red, or its step failed), in ${seconds.toFixed(0)} s`,
    ].join("\n");
  },
};

/**
 * Holds what the suites said against what the mutant demands: the tests that it names red, and no milestone that does not
 * depend on theirs; or the guide's own step failing, before the suites. A run that never reached its suites judges nothing
 * else.
 */
export function judge(mutant: Mutant, evidence: Evidence): MutantResult {
  const { id: run, tests, steps, failure, durationMs } = evidence;
  const red = redMilestones(evidence);
  const judged = (outcome: MutantResult["outcome"], detail: string): MutantResult => ({
    ...asItIs(mutant),
    red,
    outcome,
    detail,
    ...(run !== undefined && { run }),
    seconds: Math.round(durationMs / 100) / 10,
  });
  const failedStep = steps.find(isRed);
  const excuse = excuseOf(evidence);
  // The step itself notices what some hosts do not let it do.
  const isOwn = excuse?.verdict === "not-possible" && failedStep?.id === mutant.step;
  if (excuse && !isOwn) return { ...judged("not judged", excuse.message), verdict: excuse.verdict };
  if (failedStep) {
    return failedStep.id === mutant.step
      ? judged("killed", failure?.message ?? failedStep.id)
      : judged("wrong test", `the guide fails at ${failedStep.id}`);
  }
  if (tests.length === 0) return judged("not judged", failure?.message ?? "no test was run");
  const { milestone, also_red, tests: wanted = [] } = mutant;
  if (milestone === undefined) return judged("survived", `${mutant.step} noticed nothing`);
  const strangers = red.filter((name) => name !== milestone && !also_red.includes(name));
  if (strangers.length > 0) {
    const theirs = tests.filter((one) => isRed(one) && strangers.includes(one.milestone));
    const names = theirs.map(({ name }) => name).join("; ");
    return judged("wrong test", `${strangers.join(", ")} red too: ${names}`);
  }
  if (!red.includes(milestone)) return judged("survived", `${milestone} noticed nothing`);
  const seen = tests.filter(isRed).map(({ name }) => name);
  const unseen = wanted.filter((text) => !seen.some(nameHas(text)));
  return unseen.length > 0
    ? judged("wrong test", `not ${unseen.join("; ")}, but ${seen.join("; ")}`)
    : judged("killed", seen.filter((name) => wanted.some((text) => nameHas(text)(name))).join("; "));
}

/** What is no mutant's doing, if something is red for it, or the run ended so: a starved host, a machine that is gone. */
export const excuseOf = ({
  tests,
  steps,
  failure,
}: Pick<Evidence, "tests" | "steps" | "failure">): Ended["failure"] =>
  [failure, ...[...steps, ...tests].filter(isRed).map(reasonOf)].find(
    (one) => one && one.verdict !== "guide",
  );

/** Why it is red. An error that says no reason of its own is the harness's. */
const reasonOf = ({ outcome, failure }: Ended): Ended["failure"] =>
  outcome === "error" && (failure === undefined || failure.verdict === "guide")
    ? { verdict: "harness", message: failure?.message ?? "no more is known" }
    : failure;

/** What must notice a mutant: tests of its milestone, or the guide's own step. */
export const expectedOf = ({ milestone, tests = [], step = "" }: Mutant): string =>
  milestone === undefined ? step : `${milestone}: ${tests.join("; ")}`;

const asItIs = (mutant: Mutant): Pick<MutantResult, "id" | "kind" | "section" | "expected"> => ({
  id: mutant.id,
  kind: mutant.kind,
  section: sectionOf(mutant),
  expected: expectedOf(mutant),
});

/** Of a mutant that could not be tried: why, and the last line of what was printed. */
export function notJudged(mutant: Mutant, thrown: unknown): MutantResult {
  const { message, verdict, details } = toHarnessError(thrown);
  const printed = details.outputTail?.trim().split("\n").at(-1);
  const detail = printed ? `${message}: ${printed}` : message;
  return { ...asItIs(mutant), red: [], outcome: "not judged", detail, verdict, seconds: 0 };
}
