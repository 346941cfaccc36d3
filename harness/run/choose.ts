import { artifactSet } from "../artifacts/index.ts";
import type { ArtifactSet, Completeness } from "../artifacts/set.ts";
import type { Context } from "../context.ts";
import { ArtifactError } from "../errors.ts";
import { provider } from "../machines/index.ts";
import type { Shortfall } from "../machines/machine.ts";
import type { Settings } from "./settings.ts";

/** Which artifact set a run takes when nobody names one, and why. */
export type ArtifactChoice = { readonly artifacts: string; readonly why: string };

/**
 * The guide's own versions where they are at hand and can run, Debian's otherwise. Asks the cache and the host, neither
 * network nor machines.
 */
export async function chooseArtifacts(
  settings: Pick<Settings, "provider" | "online">,
  context: Context,
): Promise<ArtifactChoice> {
  const guide = artifactSet("guide");
  if (settings.online)
    return { artifacts: "guide", why: "its files are downloaded by the machines themselves" };
  const holdings = await holdingsOf(guide);
  if (typeof holdings === "string") return { artifacts: "debian", why: holdings };
  const { complete, missing } = holdings;
  if (!complete) {
    const some = missing.slice(0, 3).join(", ");
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
    return { artifacts: "debian", why: `the cache lacks ${some}${more} of the guide's own` };
  }
  const lacking = async ({ versions }: ArtifactSet): Promise<Shortfall | undefined> =>
    (await provider(settings).probe(versions.kubernetes, context)).find(({ fatal }) => fatal);
  const need = await lacking(guide);
  if (need && !(await lacking(artifactSet("debian")))) {
    return { artifacts: "debian", why: `the host lacks ${need.need}` };
  }
  return { artifacts: "guide", why: "all of the guide's own files are in the cache" };
}

/** What of a set is in the cache; or why that cannot be known, which is no reason against another set. */
async function holdingsOf(set: ArtifactSet): Promise<Completeness | string> {
  try {
    return await set.complete();
  } catch (error) {
    if (error instanceof ArtifactError) return `the set ${set.name} cannot be used: ${error.message}`;
    throw error;
  }
}
