import { exitCodes, gravestExitCode } from "../../errors.ts";
import type { RunRecord } from "../../record/record.ts";

/** What of a run must not depend on where it began. */
export type Evidence = Pick<RunRecord, "verdict"> & {
  readonly steps: readonly Pick<RunRecord["steps"][number], "key" | "outcome">[];
  readonly tests: readonly Pick<RunRecord["tests"][number], "milestone" | "name" | "outcome">[];
};

/** What a run from a checkpoint says of one from the beginning. */
export type Agreement = {
  /** The block after which the checkpoint was saved. */
  readonly after: string;
  readonly run: string;
  readonly seconds: number;
  /** Of that run. */
  readonly verdict: RunRecord["verdict"];
  /** No run starts from it: machines of it do not come up whole, which every run that meets it reports. */
  readonly passedOver: boolean;
  readonly contradictions: readonly string[];
};

/** Whether a run says something of the guide that another one can contradict; one on a starved host does not. */
export const isTelling = ({ verdict }: Pick<Agreement, "verdict">): boolean =>
  verdict === "passed" || verdict === "guide";

/** Holds a run that was to start from the checkpoint after a block against one from the beginning. */
export function agreementOf(
  after: string,
  fresh: Evidence,
  resumed: Evidence & Pick<RunRecord, "id" | "durationMs" | "rebootFindings">,
): Agreement {
  const passedOver = resumed.rebootFindings?.some((finding) => finding.after === after) ?? false;
  return {
    after,
    run: resumed.id,
    seconds: resumed.durationMs / 1000,
    verdict: resumed.verdict,
    passedOver,
    contradictions: passedOver || !isTelling(resumed) ? [] : contradictions(fresh, resumed),
  };
}

/**
 * Whether the runs that began from a checkpoint say the same; the gravest reason why one says nothing, if there is one, and a
 * defect of the harness if no run began from one.
 */
export function exitCodeOf(agreements: readonly Agreement[]): number {
  const resumed = agreements.filter(({ passedOver }) => !passedOver);
  if (resumed.length === 0) return exitCodes.harness;
  return gravestExitCode(
    resumed.map((agreement) => {
      if (!isTelling(agreement)) return exitCodes[agreement.verdict];
      return agreement.contradictions.length === 0 ? exitCodes.passed : exitCodes.guide;
    }),
  );
}

/** In what a resumed run contradicts one from the beginning: verdict, tests, and the steps that it did itself. Empty if in nothing. */
export function contradictions(fresh: Evidence, resumed: Evidence): string[] {
  const verdict =
    fresh.verdict === resumed.verdict ? [] : [`verdict ${resumed.verdict}, not ${fresh.verdict}`];
  const own = new Set(resumed.steps.map(({ key }) => key));
  return [
    ...verdict,
    ...differing(
      fresh.steps.filter(({ key }) => own.has(key)).map(({ key, outcome }) => [key, outcome]),
      resumed.steps.map(({ key, outcome }) => [key, outcome]),
    ),
    ...differing(fresh.tests.map(named), resumed.tests.map(named)),
  ];
}

type Named = readonly [name: string, outcome: string];

const named = ({ milestone, name, outcome }: Evidence["tests"][number]): Named => [
  `${milestone}: ${name}`,
  outcome,
];

function differing(fresh: readonly Named[], resumed: readonly Named[]): string[] {
  const [were, are] = [new Map(fresh), new Map(resumed)];
  return [...new Set([...were.keys(), ...are.keys()])]
    .filter((name) => were.get(name) !== are.get(name))
    .map((name) => `${name}: ${are.get(name) ?? "not run"}, not ${were.get(name) ?? "not run"}`);
}
