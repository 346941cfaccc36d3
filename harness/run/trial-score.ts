import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../paths.ts";

const file = join(projectRoot, "reports/mutants.json");

const schema = z.object({
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
export type TrialScore = Readonly<z.infer<typeof schema>>;

/** Writes `reports/mutants.json`: the score, and whatever else is known of the round. */
export async function keepTrial(score: TrialScore & Record<string, unknown>, path = file): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(score, null, 2)}\n`);
}

/** The last score with these machines and binaries; undefined if there is none. */
export async function lastTrial(
  { provider, artifactSet }: Pick<TrialScore, "provider" | "artifactSet">,
  path = file,
): Promise<TrialScore | undefined> {
  const text = await readFile(path, "utf8").catch(() => "null");
  const { data } = schema.safeParse(readJson(text));
  return data?.provider === provider && data.artifactSet === artifactSet ? data : undefined;
}

/** A file that was broken off says nothing. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
