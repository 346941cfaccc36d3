import { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";
import { interruptions } from "../../interruptions.ts";
import { type Progress, silent, timed } from "../../progress.ts";
import type { CheckpointMetadata } from "../../run/checkpoints/metadata.ts";
import { savedOn, chainOf } from "../../run/checkpoints/chain.ts";
import { prepareArtifacts } from "../../run/prepare.ts";
import type { RunRecord } from "../../record/record.ts";
import { planOf, type Settings } from "../../settings/settings.ts";
import { notGreen } from "../red.ts";
import { type Agreement, agreementOf, isTelling } from "./agreement.ts";
import { optionsOf, recordOf } from "../pool/children.ts";
import { inLanes, type Lane } from "../pool/lanes.ts";
import { RoundProgress } from "../pool/round-progress.ts";

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
  const fresh = await timed(whole, progress, () => recordOf("e2e", optionsOf(settings), { signal }));
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
    const record = await recordOf("e2e", args, place);
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

/** The checkpoints of the plan, in the guide's order. */
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
