import { mkdtempDisposable, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { ArtifactError, UsageError } from "../../errors.ts";
import { imagesFile } from "../build/images.ts";
import type { SetWithFurtherFiles } from "../further/set.ts";
import type { Progress } from "../../progress.ts";
import { type Digests, digestsOf, matches, showDigest } from "./inputs/digest.ts";
import { type Exported, unpackExport, withLocks } from "./export.ts";
import { imagesPin } from "./images.ts";
import { lockName, readLock } from "./packages/lock.ts";
import type { Pin } from "./inputs/pins.ts";
import type { InputStore } from "./inputs/store.ts";
import type { UpstreamSet } from "./set.ts";

/** What an import did with the files it found. */
export type Imported = {
  /** Inputs that were taken, and the files they were taken from. */
  readonly taken: readonly { readonly name: string; readonly from: string }[];
  /** Inputs that were found and are in the cache already. */
  readonly present: readonly string[];
  /** Files that are no input by digest or name. */
  readonly unrecognised: readonly string[];
  /** Files that bear an input's name and are not that input. */
  readonly refused: readonly ArtifactError[];
  /** Inputs that the set still lacks. */
  readonly missing: readonly string[];
};

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
): Promise<Imported> {
  const source = resolve(path);
  const found = await stat(source).catch((cause: unknown) => {
    throw new UsageError(`${path} cannot be read`, {
      cause,
      hint: "Name a folder, or a file that `export` made.",
    });
  });
  return withLocks(set, further, progress, context, async () => {
    // What comes now is not to be removed before the first run with it.
    await further?.record();
    if (found.isDirectory()) {
      const files = await filesIn(source, progress);
      return new Import({ set, further }, source, progress, context.signal).run(files);
    }
    await using scratch = await mkdtempDisposable(join(await set.store.partsFolder(), "import-"));
    const exported = await unpackExport(source, scratch.path);
    return await new Import({ set, further }, scratch.path, progress, context.signal, exported).run(
      exported.files.map(({ name }) => name),
    );
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

class Import {
  readonly #set: UpstreamSet;
  readonly #further: SetWithFurtherFiles | undefined;
  readonly #folder: string;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  readonly #exported: Exported | undefined;
  #packages: readonly Pin[] = [];
  readonly #taken: { name: string; from: string }[] = [];
  readonly #present: string[] = [];
  readonly #unrecognised: string[] = [];
  readonly #refused: ArtifactError[] = [];

  constructor(
    { set, further }: Takers,
    folder: string,
    progress: Progress,
    signal: AbortSignal,
    exported?: Exported,
  ) {
    this.#set = set;
    this.#further = further;
    this.#folder = folder;
    this.#progress = progress;
    this.#signal = signal;
    this.#exported = exported;
  }

  async run(names: readonly string[]): Promise<Imported> {
    if (names.includes(lockName)) await this.#takeLock();
    this.#packages = await this.#set.packages.pins();
    for (const name of names.filter((one) => one !== lockName)) {
      this.#signal.throwIfAborted();
      await this.#offer(name);
    }
    const { missing } = await (this.#further ?? this.#set).complete();
    return {
      taken: this.#taken,
      present: this.#present,
      unrecognised: this.#unrecognised,
      refused: this.#refused,
      missing,
    };
  }

  /** What the host that the files come from knows of CentOS's packages. */
  async #takeLock(): Promise<void> {
    const path = join(this.#folder, lockName);
    if (this.#exported) checkExported(this.#exported, lockName, await digestsOf(path, this.#signal));
    try {
      await this.#set.packages.record(await readLock(path));
      this.#taken.push({ name: lockName, from: lockName });
    } catch (error) {
      if (!(error instanceof ArtifactError)) throw error;
      this.#refused.push(error);
    }
  }

  async #offer(file: string): Promise<void> {
    const path = join(this.#folder, file);
    const digests = await digestsOf(path, this.#signal).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined) throw error;
      const hint = "See who may read it, then try again.";
      this.#refused.push(new ArtifactError(`${path} cannot be read (${error.code})`, { hint, cause: error }));
    });
    if (!digests) return;
    if (this.#exported) checkExported(this.#exported, file, digests);
    const own = [...(await this.#set.pins()).inputs, await this.#set.images.pin(), ...this.#packages];
    const pins = [...own, ...(this.#further?.pins ?? [])];
    // Two inputs may have one content.
    const equal = pins.filter(({ digest }) => digest !== undefined && matches(digests, digest));
    const those = equal.length > 0 ? equal : pins.filter(({ name }) => name === file);
    if (those.length === 0) this.#unrecognised.push(file);
    for (const pin of those) {
      const { store } = own.includes(pin) ? this.#set : (this.#further ?? this.#set);
      if ((await store.find(pin)).state !== "ready" || !equal.includes(pin)) {
        await this.#take(store, pin.name === imagesFile ? imagesPin : pin, { file, path, digests });
      } else if (!this.#present.includes(pin.name)) this.#present.push(pin.name);
    }
  }

  async #take(
    store: InputStore,
    pin: Pin,
    { file, path, digests }: { readonly file: string; readonly path: string; readonly digests: Digests },
  ): Promise<void> {
    const candidate = { path, origin: this.#exported ? this.#exported.path : path, hint: refusedHint };
    try {
      const options = { ours: this.#exported !== undefined, digests, signal: this.#signal };
      await store.add(pin, candidate, this.#progress, options);
      this.#taken.push({ name: pin.name, from: file });
    } catch (error) {
      if (!(error instanceof ArtifactError)) throw error;
      this.#refused.push(error);
    }
  }
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
