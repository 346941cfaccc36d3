import { artifactSet } from "../artifacts/index.ts";
import type { ArtifactSet } from "../artifacts/set.ts";
import type { Context } from "../context.ts";
import { ArtifactError } from "../errors.ts";
import { provider } from "../machines/index.ts";
import type { Settings } from "./settings.ts";

/** Which artifact set a run takes when nobody names one, and why. */
export type ArtifactChoice = { readonly artifacts: string; readonly why: string };

/**
 * The guide's own files where they are at hand, its versions compiled from source otherwise, Debian's where the guide's
 * cannot run. Asks the cache and the host, neither network nor machines.
 */
export async function chooseArtifacts(
  settings: Pick<Settings, "provider" | "online">,
  context: Context,
): Promise<ArtifactChoice> {
  if (settings.online)
    return { artifacts: "guide", why: "its files are downloaded by the machines themselves" };
  const lackFor = async (set: string): Promise<string | undefined> => {
    const { versions } = artifactSet(set);
    const shortfalls = await provider(settings).probe(versions.kubernetes, context);
    return shortfalls.find(({ fatal }) => fatal)?.need;
  };
  const host = await lackFor("guide");
  // What the host lacks for any set is told when it is needed.
  const port = host !== undefined && (await lackFor("debian")) === undefined;
  return choiceOf({ host: port ? host : undefined, cache: await lackOf(artifactSet("guide")) });
}

/** The choice by what the host lacks for the guide's versions alone, and why the guide's own files cannot be taken. */
export function choiceOf({
  host,
  cache,
}: {
  readonly host?: string | undefined;
  readonly cache?: string | undefined;
}): ArtifactChoice {
  if (host !== undefined) return { artifacts: "debian", why: `the host lacks ${host}` };
  if (cache !== undefined) {
    return { artifacts: "source", why: `${cache}; its versions are compiled from their source` };
  }
  return { artifacts: "guide", why: "all of the guide's own files are in the cache" };
}

/** Why a set's files cannot be taken from the cache, which is no reason against another set; undefined if they can. */
async function lackOf(set: ArtifactSet): Promise<string | undefined> {
  try {
    const { complete, missing } = await set.complete();
    if (complete) return undefined;
    const some = missing.length > 3 ? `${missing.length}` : missing.join(", ");
    return `the cache lacks ${some} of the guide's own files`;
  } catch (error) {
    if (error instanceof ArtifactError) return `the set ${set.name} cannot be used: ${error.message}`;
    throw error;
  }
}
