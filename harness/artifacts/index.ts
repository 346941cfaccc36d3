import { join } from "node:path";
import { type SetName, setNames } from "../choices.ts";
import type { Context } from "../context.ts";
import { type HarnessError, toHarnessError, UsageError } from "../errors.ts";
import { cacheRoot } from "../host/paths.ts";
import type { Progress } from "../progress.ts";
import { suggest } from "../input/suggest.ts";
import { readText } from "../input/yaml-file.ts";
import { withCacheLock } from "./cache/lock.ts";
import { debianSet } from "./debian/set.ts";
import { type Further, furtherFile, loadFurther } from "./further/files.ts";
import { furtherFolder, furtherInUse, furtherLock } from "./further/lists.ts";
import { SetWithFurtherFiles } from "./further/set.ts";
import { bytesFreed, findGarbage, type Garbage, type InUse, removeGarbage } from "./cache/gc.ts";
import type { ArtifactSet, CachedSet } from "./set.ts";
import { sourceSet } from "./source/set.ts";
import { UpstreamSet } from "./upstream/set.ts";

export { imagesFile } from "./build/images.ts";

const sets: Readonly<Record<SetName, (root?: string) => CachedSet>> = {
  upstream: (root) => new UpstreamSet(root),
  source: sourceSet,
  debian: debianSet,
};

/** Further sets, by name: tests bring them. */
export const broughtSets = new Map<string, ArtifactSet>();

/** The artifact set of that name. UsageError for an unknown one. */
export function artifactSet(name: string): ArtifactSet {
  const known = setNames.find((one) => one === name);
  const set = known ? sets[known]() : broughtSets.get(name);
  if (set) return set;
  throw new UsageError(`There is no artifact set ${name}`, { hint: suggest(name, setNames) });
}

/** The set of that name for a guide: with the files that `artifacts.yaml` beside it lists. UsageError as of both. */
export async function setFor({
  artifacts,
  guide,
}: {
  artifacts: string;
  guide: string;
}): Promise<ArtifactSet> {
  const set = artifactSet(artifacts);
  const further = await furtherOf(guide);
  return further ? new SetWithFurtherFiles(set, further) : set;
}

/** What `artifacts.yaml` beside a guide lists; undefined without one. UsageError for a guide that is not there, too. */
async function furtherOf(guide: string): Promise<Further | undefined> {
  const file = furtherFile(guide);
  if (file !== undefined) return loadFurther(file);
  await readText(guide);
  return undefined;
}

/** The set of that name, if its files can be carried from host to host. UsageError otherwise. */
export function portableSet(name: string): UpstreamSet {
  const set = artifactSet(name);
  if (set instanceof UpstreamSet) return set;
  throw new UsageError(`The set ${name} is built on each host and cannot be carried`, {
    hint: "`--artifacts upstream` can.",
  });
}

/** The further files of a guide beside a set that can be carried; undefined if the guide lists none. UsageError as of both. */
export async function furtherBeside(
  set: UpstreamSet,
  guide: string,
): Promise<SetWithFurtherFiles | undefined> {
  const further = await furtherOf(guide);
  return further && new SetWithFurtherFiles(set, further);
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
 * Throws ArtifactError after an hour of waiting, or the signal's reason.
 */
export async function collectGarbage(
  progress: Progress,
  context: Context,
  { dryRun }: { readonly dryRun: boolean },
  root: string = cacheRoot(),
): Promise<Collected> {
  const all = setNames.map((name) => sets[name](root));
  const collect = async (): Promise<Collected> => {
    const problems: HarnessError[] = [];
    // Where an earlier version of the project kept what it built.
    const inUse: InUse[] = [{ folder: join(root, "artifacts", "debian"), entries: [] }];
    const further = { folder: furtherFolder(root), inUse: () => furtherInUse(root) };
    for (const user of [...all, further]) {
      try {
        inUse.push(await user.inUse());
      } catch (thrown) {
        // Nobody knows what it still uses, so all of it stays.
        inUse.push({ folder: user.folder, entries: undefined });
        const problem = toHarnessError(thrown);
        if (!problems.some(({ message }) => message === problem.message)) problems.push(problem);
      }
    }
    const garbage = await findGarbage(root, inUse);
    const bytes = await bytesFreed(garbage);
    context.signal.throwIfAborted();
    if (!dryRun) problems.push(...(await removeGarbage(garbage)));
    return { garbage, bytes, problems };
  };
  if (dryRun) return collect();
  const locks = new Set([...all.map(({ lock }) => lock), furtherLock(root)]);
  return withCacheLock([...locks], progress, context, collect);
}
