import { mkdtempDisposable, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { ArtifactError, UsageError } from "../../errors.ts";
import { imagesFile } from "../build/images.ts";
import { withCacheLock } from "../cache/lock.ts";
import type { SetWithFurtherFiles } from "../further/set.ts";
import type { Progress } from "../../progress.ts";
import { type Digests, digestsOf, matches, showDigest } from "./inputs/digest.ts";
import { type Exported, locksOf, unpackExport } from "./export.ts";
import { imagesPin } from "./images.ts";
import { lockName, readLock } from "./packages/lock.ts";
import type { UpstreamSet } from "./set.ts";

/**
 * Takes the inputs among the files of a folder, or of an exported tar file, into the cache: by digest whatever their
 * names are, and where no digest is known by name and layout; with `further`, also what a guide lists beside them. Every
 * file is looked at even if one is refused.
 * UsageError if `path` is neither, ArtifactError for a damaged export.
 */
export async function importInto(
  set: UpstreamSet,
  path: string,
  progress: Progress,
  context: Context,
  further?: SetWithFurtherFiles,
) {
  const source = resolve(path);
  const found = await stat(source).catch((cause: unknown) => {
    throw new UsageError(`${path} cannot be read`, {
      cause,
      hint: "Name a folder, or a file that `export` made.",
    });
  });
  return withCacheLock(locksOf(set, further), progress, context, async () => {
    // What comes now is not to be removed before the first run with it.
    await further?.record();
    if (found.isDirectory()) {
      const names = await filesIn(source, progress);
      return importFiles({ set, further }, source, names, progress, context.signal);
    }
    await using scratch = await mkdtempDisposable(join(await set.store.partsFolder(), "import-"));
    const exported = await unpackExport(source, scratch.path);
    const names = exported.files.map(({ name }) => name);
    return await importFiles({ set, further }, scratch.path, names, progress, context.signal, exported);
  });
}

async function filesIn(folder: string, progress: Progress): Promise<string[]> {
  const names = (await readdir(folder)).toSorted();
  const files: string[] = [];
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile()) files.push(name);
    if (found?.isDirectory()) progress.note(`${name}/ is a folder; only the files beside it are looked at`);
  }
  return files;
}

/** Where what is found may belong. */
type Takers = { readonly set: UpstreamSet; readonly further: SetWithFurtherFiles | undefined };

/** Offers files of a folder, of an export if it is one, to all inputs that they may be. */
async function importFiles(
  { set, further }: Takers,
  folder: string,
  names: readonly string[],
  progress: Progress,
  signal: AbortSignal,
  exported?: Exported,
) {
  /** Inputs that were taken, and the files they were taken from. */
  const taken: { readonly name: string; readonly from: string }[] = [];
  /** Inputs that were found and are in the cache already. */
  const present = new Set<string>();
  /** Files that are no input by digest or name. */
  const unrecognised: string[] = [];
  /** Files that bear an input's name and are not that input. */
  const refused: ArtifactError[] = [];
  const take = async (name: string, from: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      taken.push({ name, from });
    } catch (error) {
      if (!(error instanceof ArtifactError)) throw error;
      refused.push(error);
    }
  };
  if (names.includes(lockName)) {
    // What the host that the files come from knows of CentOS's packages.
    const path = join(folder, lockName);
    if (exported) checkExported(exported, lockName, await digestsOf(path, signal));
    await take(lockName, lockName, async () => set.packages.record(await readLock(path)));
  }
  const packages = await set.packages.pins();
  for (const file of names.filter((name) => name !== lockName)) {
    signal.throwIfAborted();
    const path = join(folder, file);
    const digests = await digestsOf(path, signal).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined) throw error;
      const hint = "See who may read it, then try again.";
      refused.push(new ArtifactError(`${path} cannot be read (${error.code})`, { hint, cause: error }));
    });
    if (!digests) continue;
    if (exported) checkExported(exported, file, digests);
    const own = [...(await set.pins()).inputs, await set.images.pin(), ...packages];
    const pins = [...own, ...(further?.pins ?? [])];
    // Two inputs may have one content.
    const equal = pins.filter(({ digest }) => digest !== undefined && matches(digests, digest));
    const those = equal.length > 0 ? equal : pins.filter(({ name }) => name === file);
    if (those.length === 0) unrecognised.push(file);
    for (const pin of those) {
      const { store } = own.includes(pin) ? set : (further ?? set);
      if (equal.includes(pin) && (await store.find(pin)).state === "ready") {
        present.add(pin.name);
        continue;
      }
      const candidate = { path, origin: exported?.path ?? path, hint: refusedHint };
      const options = { ours: exported !== undefined, digests, signal };
      await take(pin.name, file, () =>
        store.add(pin.name === imagesFile ? imagesPin : pin, candidate, progress, options),
      );
    }
  }
  /** Inputs that the set still lacks. */
  const { missing } = await (further ?? set).complete();
  return { taken, present: [...present], unrecognised, refused, missing };
}

const refusedHint =
  "Nothing of it was kept. Carry the file over again and compare the digests; if it is your own build, name its digest in GUIDE_PINS=FILE.";

/** A file of an export must be what was exported. ArtifactError otherwise. */
function checkExported({ path, files }: Exported, file: string, digests: Digests): void {
  const expected = files.find(({ name }) => name === file);
  if (expected?.sha256 === digests.sha256) return;
  const lines = [
    `${path}: ${file} is not what was exported`,
    `  expected ${showDigest({ algorithm: "sha256", hex: expected?.sha256 ?? "" })}`,
    `  actual   ${showDigest({ algorithm: "sha256", hex: digests.sha256 })}, ${digests.bytes} bytes`,
  ];
  throw new ArtifactError(lines.join("\n"), { hint: "Carry the exported file over again." });
}
