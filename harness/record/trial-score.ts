import { join } from "node:path";
import { z } from "zod";
import { setNameSchema } from "../choices.ts";
import { projectRoot } from "../host/paths.ts";
import { type Damage, readJson } from "../host/persisted.ts";

const file = join(projectRoot, "reports/mutants.json");

export const scoreSchema = z.object({
  killed: z.number(),
  of: z.number(),
  /** ISO 8601. */
  startedAt: z.string(),
  seconds: z.number(),
  commit: z.string().optional(),
  provider: z.string(),
  artifactSet: setNameSchema,
});

/** How the suites did when all mutants were last tried. */
export type TrialScore = Readonly<z.infer<typeof scoreSchema>>;

/** The last score with these machines and binaries; undefined if there is none. */
export async function lastTrial(
  { provider, artifactSet }: Pick<TrialScore, "provider" | "artifactSet">,
  path = file,
): Promise<TrialScore | undefined> {
  const { value } = await readJson(path, scoreSchema);
  return value?.provider === provider && value.artifactSet === artifactSet ? value : undefined;
}

/** Why the last score says nothing; undefined if it says something, or there is none. `pnpm gc` tells. */
export const damagedTrial = async (path = file): Promise<Damage | undefined> =>
  (await readJson(path, scoreSchema)).damage;
