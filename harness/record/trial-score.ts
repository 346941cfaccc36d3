import { z } from "zod";

export const trialScoreSchema = z.object({
  killed: z.number(),
  of: z.number(),
  /** ISO 8601. */
  startedAt: z.string(),
  seconds: z.number(),
  commit: z.string().optional(),
  provider: z.string(),
  artifactSet: z.string(),
});

/** How the suites did when all mutants were last tried. */
export type TrialScore = Readonly<z.infer<typeof trialScoreSchema>>;
