import { artifactSet, imagesFile, portableSet } from "../artifacts/index.ts";
import type { Context } from "../context.ts";
import { ArtifactError } from "../errors.ts";
import { provider } from "../machines/index.ts";
import type { Settings } from "./settings.ts";

/** One of the rules by which a set is chosen: the first that holds decides. */
export type Rule = {
  readonly artifacts: string;
  /** When it holds, for a person. */
  readonly when: string;
  readonly holds: boolean;
  /** What was seen; absent where nobody had to look. */
  readonly ground?: string;
  /** What is told where it does not hold, if that says all of both. */
  readonly otherwise?: string;
};

/** Which artifact set a run takes when nobody names one, and why. */
export type ArtifactChoice = {
  readonly artifacts: string;
  readonly why: string;
  readonly rules: readonly Rule[];
};

/** What was seen of one rule's condition. */
type Seen = { readonly holds: boolean; readonly ground: string; readonly lacks?: string };

/**
 * The guide's own files where they are at hand or upstream sends them, its versions compiled from source otherwise, and
 * Debian's where the guide's cannot run. Looks at the cache and the host, and asks upstream only if that decides.
 */
export async function chooseArtifacts(
  settings: Pick<Settings, "provider" | "online">,
  context: Context,
): Promise<ArtifactChoice> {
  if (settings.online) {
    return { artifacts: "upstream", why: "its files are downloaded by the machines themselves", rules: [] };
  }
  const host = await hostFor(settings, context);
  const cache = await cached();
  // Without a cache that can be used there is no place for what upstream sends.
  const asks = host.holds && !cache.holds && !cache.unusable;
  const upstream = asks ? await portableSet("upstream").ask(context) : undefined;
  return choiceOf({ host, cache, ...(upstream && { upstream }) });
}

export function choiceOf({
  host,
  cache,
  upstream,
}: {
  /** Whether the host can run the guide's versions. */
  readonly host: Seen;
  /** Whether all of the guide's own files are in the cache. */
  readonly cache: Seen;
  readonly upstream?: { readonly answers: boolean; readonly said: string };
}): ArtifactChoice {
  const rules: Rule[] = [
    {
      artifacts: "upstream",
      when: "all of its files are in the cache",
      holds: host.holds && cache.holds,
      ground: cache.holds && !host.holds ? host.ground : cache.ground,
      ...(cache.lacks !== undefined && { otherwise: `${cache.lacks} of its files are not in the cache` }),
    },
    {
      artifacts: "upstream",
      when: "upstream sends them",
      holds: upstream?.answers === true,
      ...(upstream && { ground: upstream.said }),
    },
    {
      artifacts: "source",
      when: "the host can run the guide's versions",
      holds: host.holds,
      ground: host.holds ? `${host.ground}, compiled from its source${besides()}` : host.ground,
    },
    { artifacts: "debian", when: "always possible", holds: true },
  ];
  const at = rules.findIndex(({ holds }) => holds);
  const why = new Set(rules.slice(0, at + 1).flatMap(({ ground }) => ground ?? []));
  return { artifacts: rules[at]?.artifacts ?? "debian", why: [...why].join("; "), rules };
}

/** What of the set `source` is not of the guide's version. */
function besides(): string {
  const guides = new Map(Object.entries(artifactSet("upstream").versions));
  return Object.entries(artifactSet("source").versions)
    .filter(([name, version]) => guides.get(name) !== version)
    .map(([name, version]) => `, with ${name} ${version} in the place of ${guides.get(name)}`)
    .join("");
}

/** Whether the host can run the guide's versions. What it lacks for Debian's as well is told when it is needed. */
async function hostFor(settings: Pick<Settings, "provider">, context: Context): Promise<Seen> {
  const lackedBy = async (kubernetes: string): Promise<string[]> => {
    const shortfalls = await provider(settings).probe(kubernetes, context);
    return shortfalls.flatMap(({ need, fatal }) => (fatal ? [need] : []));
  };
  const [{ kubernetes }, port] = [artifactSet("upstream").versions, artifactSet("debian").versions];
  const own = await lackedBy(kubernetes);
  const common = own.length > 0 ? await lackedBy(port.kubernetes) : [];
  const lacking = own.filter((need) => !common.includes(need));
  if (lacking.length === 0) return { holds: true, ground: `Kubernetes ${kubernetes} can run here` };
  return { holds: false, ground: `the host lacks ${lacking.join(" and ")}` };
}

/** Whether all of the guide's own files are in the cache; the images, which every set builds, are none of them. */
async function cached(): Promise<Seen & { readonly unusable?: true }> {
  try {
    const missing = (await artifactSet("upstream").complete()).missing.filter((name) => name !== imagesFile);
    if (missing.length === 0) {
      const { rebuilt } = await portableSet("upstream").pins();
      const own = rebuilt
        ? `, ${rebuilt.files.length} of them rebuilt: ${rebuilt.pins} has their digests`
        : "";
      return { holds: true, ground: `all of the guide's own files are in the cache${own}` };
    }
    const some = missing.length > 3 ? `${missing.length}` : missing.join(", ");
    return { holds: false, ground: `the cache lacks ${some} of the guide's own files`, lacks: some };
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    return { holds: false, ground: `the set upstream cannot be used: ${error.message}`, unusable: true };
  }
}
