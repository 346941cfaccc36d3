import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { type Damage, readJson, replaceFile } from "../../host/persisted.ts";
import { type TrialScore, trialScoreSchema } from "../../record/trial-score.ts";

const file = join(projectRoot, "reports/mutants.json");

/** Writes `reports/mutants.json`: the score, and whatever else is known of the round. */
export async function keepTrial(score: TrialScore & Record<string, unknown>, path = file): Promise<void> {
  await replaceFile(path, `${JSON.stringify(score, null, 2)}\n`);
}

/** The last score with these machines and binaries; undefined if there is none. */
export async function lastTrial(
  { provider, artifactSet }: Pick<TrialScore, "provider" | "artifactSet">,
  path = file,
): Promise<TrialScore | undefined> {
  const { value } = await readJson(path, trialScoreSchema);
  return value?.provider === provider && value.artifactSet === artifactSet ? value : undefined;
}

/** Why the last score says nothing; undefined if it says something, or there is none. `pnpm gc` tells. */
export const damagedTrial = async (path = file): Promise<Damage | undefined> =>
  (await readJson(path, trialScoreSchema)).damage;
