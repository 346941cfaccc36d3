import { setFor } from "../artifacts/index.ts";
import { setNames } from "../choices.ts";
import type { Context } from "../context.ts";
import { ArtifactError } from "../errors.ts";
import { isOffline } from "../host/offline.ts";
import { provider } from "../machines/index.ts";
import type { Settings } from "./settings.ts";

type Chosen = Pick<Settings, "artifacts" | "guide" | "provider">;

/** What a run that must not download can do without its set: take another one that is in the cache and that the host can run. */
export async function otherSet(settings: Chosen, context: Context): Promise<string | undefined> {
  for (const artifacts of setNames.filter((name) => name !== settings.artifacts)) {
    const set = await setFor({ ...settings, artifacts });
    const { complete } = await set.complete().catch((thrown: unknown) => {
      if (thrown instanceof ArtifactError) return { complete: false };
      throw thrown;
    });
    if (!complete) continue;
    const shortfalls = await provider(settings).probe(set.versions.kubernetes, context);
    if (shortfalls.some(({ fatal }) => fatal)) continue;
    return `The cache has all of the set ${artifacts}: \`--artifacts ${artifacts}\` uses it.`;
  }
  return undefined;
}

/** The error of a set that cannot be had offline, with the set that can; any other error as it is. */
export async function withOtherSet(thrown: unknown, settings: Chosen, context: Context): Promise<unknown> {
  if (!isOffline() || !(thrown instanceof ArtifactError) || context.signal.aborted) return thrown;
  const other = await otherSet(settings, context);
  if (other === undefined) return thrown;
  const hint = [other, thrown.details.hint].filter(Boolean).join(" ");
  return new ArtifactError(thrown.message, { ...thrown.details, hint, cause: thrown });
}
