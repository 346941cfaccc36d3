import { UsageError } from "../errors.ts";
import { cacheRoot } from "../paths.ts";
import type { Progress } from "../progress.ts";
import { suggest } from "../suggest.ts";
import { DebianSet } from "./debian/set.ts";
import { bytesFreed, findGarbage, type Garbage, removeGarbage } from "./gc.ts";
import { GuideSet } from "./guide/set.ts";
import type { ArtifactSet } from "./set.ts";

export { imagesFile } from "./debian/images.ts";

const sets: Readonly<Record<string, () => ArtifactSet>> = {
  debian: () => new DebianSet(),
  guide: () => new GuideSet(),
};

/** Names of the sets. */
export const artifactSetNames: readonly string[] = Object.keys(sets);

/** The artifact set of that name. UsageError for an unknown one. */
export function artifactSet(name: string): ArtifactSet {
  const make = Object.hasOwn(sets, name) ? sets[name] : undefined;
  if (make) return make();
  throw new UsageError(`There is no artifact set ${name}`, {
    hint: suggest(name, artifactSetNames),
  });
}

/** The set of that name, if its files can be carried from host to host. UsageError otherwise. */
export function portableSet(name: string): GuideSet {
  const set = artifactSet(name);
  if (set instanceof GuideSet) return set;
  throw new UsageError(`The set ${name} is built on each host and cannot be carried`, {
    hint: "`--artifacts guide` can.",
  });
}

/**
 * Removes from the cache what no set uses, or with `dryRun` only finds it. Waits for builds and downloads to end.
 * Throws ArtifactError after an hour of waiting.
 */
export async function collectGarbage(
  progress: Progress,
  { dryRun }: { readonly dryRun: boolean },
  root: string = cacheRoot(),
): Promise<{ readonly garbage: readonly Garbage[]; readonly bytes: number }> {
  const debian = new DebianSet(root);
  const guide = new GuideSet(root);
  const collect = async (): Promise<{ garbage: Garbage[]; bytes: number }> => {
    const garbage = await findGarbage(root, [await debian.inUse(), await guide.inUse()]);
    const bytes = await bytesFreed(garbage);
    if (!dryRun) await removeGarbage(garbage);
    return { garbage, bytes };
  };
  if (dryRun) return collect();
  return guide.alone(progress, undefined, () => debian.alone(progress, undefined, collect));
}
