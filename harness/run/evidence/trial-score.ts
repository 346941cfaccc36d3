import { join } from "node:path";
import { setNameSchema } from "../../choices.ts";
import { projectRoot } from "../../host/paths.ts";
import { type Damage, readJson } from "../../host/persisted.ts";
import { type TrialScore, trialScoreSchema } from "../../record/trial-score.ts";

const file = join(projectRoot, "reports/mutants.json");

const schema = trialScoreSchema.extend({ artifactSet: setNameSchema });

/** The last score with these machines and binaries; undefined if there is none. */
export async function lastTrial(
  { provider, artifactSet }: Pick<TrialScore, "provider" | "artifactSet">,
  path = file,
): Promise<TrialScore | undefined> {
  const { value } = await readJson(path, schema);
  return value?.provider === provider && value.artifactSet === artifactSet ? value : undefined;
}

/** Why the last score says nothing; undefined if it says something, or there is none. `pnpm gc` tells. */
export const damagedTrial = async (path = file): Promise<Damage | undefined> =>
  (await readJson(path, schema)).damage;
