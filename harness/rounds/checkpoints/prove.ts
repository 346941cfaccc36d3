import { Deadlines } from "../../deadlines.ts";
import { UsageError, exitCodes, gravestExitCode } from "../../errors.ts";
import { interruptions } from "../../interruptions.ts";
import { type Progress, silent, timed } from "../../progress.ts";
import type { RunRecord } from "../../record/record.ts";
import { savedOn, chainOf } from "../../run/checkpoints/chain.ts";
import type { CheckpointMetadata } from "../../run/checkpoints/metadata.ts";
import { prepareArtifacts } from "../../run/prepare.ts";
import { planOf, type Settings } from "../../settings/settings.ts";
import { optionsOf, recordOf } from "../pool/children.ts";
import { inLanes, type Lane } from "../pool/lanes.ts";
import { RoundProgress } from "../pool/round-progress.ts";
import { notGreen } from "../red.ts";

/**
 * Runs from nothing, saving checkpoints, then from each of them. Resolves with the first run's verdict and what the
 * others say of it, in the guide's order. An error if the first says nothing of the guide.
 * Throws the signal's reason once the runs have ended.
 */
export async function prove(
  settings: Settings,
  jobs: number,
  said: (agreement: Agreement) => void,
  signal: AbortSignal,
  progress: Progress,
): Promise<{ readonly verdict: RunRecord["verdict"]; readonly agreements: readonly Agreement[] }> {
  const whole = { name: "the run from the beginning" };
  const fresh = await timed(whole, progress, () => recordOf("e2e", optionsOf(settings), signal));
  if (!isTelling(fresh)) throw notGreen("The run from the beginning", fresh, "its checkpoints");
  const places = { lanes: jobs, signal };
  const checkpoints = await checkpointsOf(settings);
  const far = new RoundProgress(
    checkpoints.map(({ after }) => after),
    jobs,
  );
  const resume = async ({ after }: CheckpointMetadata, place: Lane): Promise<Agreement> => {
    far.begin(place.lane, [after]);
    const options = optionsOf({ ...settings, cluster: `${settings.cluster}-${place.lane}` });
    const args = ["--resume", after, "--no-save", ...options];
    const record = await recordOf("e2e", args, place.signal);
    far.done(after, record.durationMs / 1000);
    const agreement = agreementOf(after, fresh, record);
    said(agreement);
    return agreement;
  };
  const agreements = await progress.watch(
    () => far.words(),
    () => inLanes(checkpoints, places, resume),
  );
  return { verdict: fresh.verdict, agreements };
}

/** Blocks of the plan after which there is a checkpoint that machines are not known to lose something of, in the guide's order. */
export async function bootableCheckpoints(settings: Settings): Promise<string[]> {
  const notes = await checkpointsOf(settings);
  return notes.filter(({ lost }) => !lost).map(({ after }) => after);
}

async function checkpointsOf(settings: Settings): Promise<CheckpointMetadata[]> {
  using context = interruptions("What was saved stays.", new Deadlines(settings.timeoutFactor));
  const plan = await planOf(settings);
  const prepared = await prepareArtifacts(settings, plan, silent, context);
  const chain = await chainOf(plan, settings, prepared, context);
  if (!chain) {
    throw new UsageError(`Machines of the provider ${settings.provider} cannot be saved`, {
      hint: "docs/checkpoints.md says which can.",
    });
  }
  const notes = await savedOn(chain, context);
  return notes.toReversed();
}

/** What of a run must not depend on where it began. */
export type Evidence = Pick<RunRecord, "verdict"> & {
  readonly steps: readonly Pick<RunRecord["steps"][number], "key" | "outcome">[];
  readonly tests: readonly Pick<RunRecord["tests"][number], "milestone" | "name" | "outcome">[];
};

export type Agreement = {
  readonly after: string;
  readonly run: string;
  readonly seconds: number;
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
  const own = new Set(resumed.steps.map(({ key }) => key));
  const outcomes = ({ steps, tests }: Evidence): Map<string, string> =>
    new Map([
      ...steps.filter(({ key }) => own.has(key)).map(({ key, outcome }) => [key, outcome] as const),
      ...tests.map(({ milestone, name, outcome }) => [`${milestone}: ${name}`, outcome] as const),
    ]);
  const [were, are] = [outcomes(fresh), outcomes(resumed)];
  return [
    ...(fresh.verdict === resumed.verdict ? [] : [`verdict ${resumed.verdict}, not ${fresh.verdict}`]),
    ...[...new Set([...were.keys(), ...are.keys()])]
      .filter((name) => were.get(name) !== are.get(name))
      .map((name) => `${name}: ${are.get(name) ?? "not run"}, not ${were.get(name) ?? "not run"}`),
  ];
}
