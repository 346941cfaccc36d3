import { type HarnessError, toHarnessError, UsageError } from "../errors.ts";
import { cacheRoot } from "../paths.ts";
import type { Progress } from "../progress.ts";
import { suggest } from "../suggest.ts";
import { DebianSet } from "./debian/set.ts";
import { bytesFreed, findGarbage, type Garbage, type InUse, removeGarbage } from "./gc.ts";
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

/** What of the cache nobody uses, the bytes that go with it, and what could not be known or removed. */
type Collected = {
  readonly garbage: readonly Garbage[];
  readonly bytes: number;
  readonly problems: readonly HarnessError[];
};

/**
 * Removes from the cache what no set uses, or with `dryRun` only finds it. Waits for builds and downloads to end.
 * One thing that fails does not stop the rest.
 * Throws ArtifactError after an hour of waiting.
 */
export async function collectGarbage(
  progress: Progress,
  { dryRun }: { readonly dryRun: boolean },
  root: string = cacheRoot(),
): Promise<Collected> {
  const debian = new DebianSet(root);
  const guide = new GuideSet(root);
  const collect = async (): Promise<Collected> => {
    const problems: HarnessError[] = [];
    const inUse: InUse[] = [];
    for (const [set, folder] of [
      [debian, debian.folder],
      [guide, guide.store.cache.root],
    ] as const) {
      try {
        inUse.push(await set.inUse());
      } catch (thrown) {
        // Nobody knows what it still uses, so all of it stays.
        inUse.push({ folder, entries: undefined });
        problems.push(toHarnessError(thrown));
      }
    }
    const garbage = await findGarbage(root, inUse);
    const bytes = await bytesFreed(garbage);
    if (!dryRun) problems.push(...(await removeGarbage(garbage)));
    return { garbage, bytes, problems };
  };
  if (dryRun) return collect();
  return guide.alone(progress, undefined, () => debian.alone(progress, undefined, collect));
}
