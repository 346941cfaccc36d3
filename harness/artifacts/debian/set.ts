import { link, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ContentCache, type Entry, type EntrySpec, keyOf } from "../cache.ts";
import { BuildLog, duration, runJob, withHeartbeat } from "../job.ts";
import type { ArtifactSet, PreparedSet } from "../set.ts";
import { ArtifactError } from "../../errors.ts";
import { withLock } from "../../lock.ts";
import { cacheRoot } from "../../paths.ts";
import type { Progress } from "../../progress.ts";
import { DebianArchive } from "./archive.ts";
import { cfssl } from "./cfssl.ts";
import type { BuildContext, Component } from "./component.ts";
import { etcd } from "./etcd.ts";
import { flannel } from "./flannel.ts";
import { installMissing } from "./host-packages.ts";
import { images, imagesFile } from "./images.ts";
import { checkLocked, type Input, type InputName, inputNamed } from "./inputs.ts";
import { kubernetes } from "./kubernetes.ts";
import { versions } from "./versions.ts";

/** The quick ones first: what cannot be had is known before the long build. */
const components: readonly Component[] = [images, etcd, cfssl, flannel, kubernetes];

const commonRecipe = ["binaries.ts", "golang.ts", "versions.ts", "../pack.ts"];

/** The set made from Debian 12's packages and sources and flannel's Go module, cached below `root`. */
export class DebianSet implements ArtifactSet {
  readonly name = "debian";
  readonly versions = versions;
  readonly ports = ["debian12-versions"];
  readonly #work: string;
  readonly #lock: string;
  readonly #cache: ContentCache;
  readonly #archive: DebianArchive;

  constructor(root: string = cacheRoot()) {
    this.#work = join(root, "build");
    this.#lock = join(root, "artifacts", "build.lock");
    this.#cache = new ContentCache(join(root, "artifacts", "debian"));
    this.#archive = new DebianArchive(join(this.#work, "apt"));
  }

  async inspect(): ReturnType<ArtifactSet["inspect"]> {
    const inputs = await this.#archive.known();
    return Promise.all(
      components.map(async (component) => {
        const lastSeconds = await this.#cache.lastSeconds(component.name);
        const found = inputs && (await this.#cache.find(await specOf(component, inputs)));
        return {
          name: component.name,
          cached: found?.state === "ready",
          ...(lastSeconds !== undefined && { lastSeconds }),
        };
      }),
    );
  }

  async prepare(progress: Progress, signal?: AbortSignal): Promise<PreparedSet> {
    const known = await this.#archive.known();
    const whole = known && (await this.#cache.find(await wholeSpec(known)));
    if (whole?.state === "ready") return prepared(whole.entry);
    if (whole?.state === "damaged") progress.note(`The prepared set is damaged: ${whole.why}`);
    const held = (holder: string): ArtifactError =>
      new ArtifactError(`Another build of the artifacts does not end: ${holder}`, {
        hint: `If no such build runs, delete ${this.#lock}.`,
      });
    return withLock(this.#lock, { name: "build lock", progress, signal, held }, () =>
      this.#build(progress, signal),
    );
  }

  async #build(progress: Progress, signal?: AbortSignal): Promise<PreparedSet> {
    const log = await BuildLog.create(join(this.#work, "logs", "archive.log"));
    const inputs = await this.#archive.current(log, progress, signal);
    for (const { name, version } of checkLocked(inputs)) {
      progress.note(`${name} ${version} is not in lock.json yet; the archive's signature vouches for it`);
    }
    const spec = await wholeSpec(inputs);
    // Whoever held the lock before may have built it; a folder that machines use is never replaced without need.
    const found = await this.#cache.find(spec);
    if (found.state === "ready") return prepared(found.entry);
    const entries: Entry[] = [];
    for (const component of components) entries.push(await this.#entry(component, inputs, progress, signal));
    const whole = await this.#cache.store(spec, async (folder) => {
      for (const { folder: from, manifest } of entries) {
        for (const { name } of manifest.files) await link(join(from, name), join(folder, name));
      }
    });
    return prepared(whole);
  }

  /** A component's verified entry, built if there is none. */
  async #entry(
    component: Component,
    inputs: readonly Input[],
    progress: Progress,
    signal?: AbortSignal,
  ): Promise<Entry> {
    const { name } = component;
    const spec = await specOf(component, inputs);
    const found = await this.#cache.find(spec);
    if (found.state === "ready") return found.entry;
    if (found.state === "damaged") progress.note(`${name}: the cached copy is damaged (${found.why})`);
    const lastSeconds = await this.#cache.lastSeconds(name);
    const last = lastSeconds === undefined ? "" : `; last time it took ${duration(lastSeconds)}`;
    const used = component.inputs.map((input) => `${input} ${inputNamed(inputs, input).version}`);
    progress.note(`${name}: building from ${used.join(", ")}${last}`);
    const log = await BuildLog.create(join(this.#work, "logs", `${name}.log`));
    const entry = await progress.span(`build ${name}`, () =>
      withHeartbeat({ name, lastSeconds, log }, progress, async () => {
        await installMissing(component.hostPackages, log, progress, signal);
        return this.#cache.store(spec, (out) => this.#make(component, inputs, out, log, progress, signal));
      }),
    );
    progress.note(`${name}: built in ${duration(entry.manifest.seconds)}`);
    return entry;
  }

  async #make(
    component: Component,
    inputs: readonly Input[],
    out: string,
    log: BuildLog,
    progress: Progress,
    signal?: AbortSignal,
  ): Promise<void> {
    // Scratch folders of killed builds: the lock says nobody else is building.
    const scratches = join(this.#work, "scratch");
    await rm(scratches, { recursive: true, force: true });
    await mkdir(scratches, { recursive: true });
    const scratch = await mkdtemp(join(scratches, `${component.name}-`));
    const context: BuildContext = {
      out,
      scratch,
      work: this.#work,
      fetch: (name) => this.#archive.fetch(inputNamed(inputs, name), log, signal),
      inputKey: (...names) => keyOf(filesOf(inputs, names)).slice(0, 12),
      run: (job) => runJob(job, log, signal),
      note: (message) => progress.note(message),
    };
    try {
      await component.build(context);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

const filesOf = (inputs: readonly Input[], names: readonly InputName[]): unknown =>
  names.map((name) => inputNamed(inputs, name).files.map(({ file, sha256 }) => [file, sha256]));

/** Keyed by the checksums of the inputs, compiler included, and the text of the recipe. */
async function specOf(
  { name, files, inputs: names, recipe }: Component,
  inputs: readonly Input[],
): Promise<EntrySpec> {
  const paths = [...commonRecipe.map((path) => join(import.meta.dirname, path)), ...recipe];
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return { kind: name, files, key: keyOf({ inputs: filesOf(inputs, names), texts }) };
}

/** The entry that holds the files of all components in one folder. */
async function wholeSpec(inputs: readonly Input[]): Promise<EntrySpec> {
  const specs = await Promise.all(components.map((component) => specOf(component, inputs)));
  return { kind: "set", files: specs.flatMap(({ files }) => files), key: keyOf(specs) };
}

const prepared = ({ folder, manifest }: Entry): PreparedSet => ({
  folder,
  files: manifest.files.filter(({ name }) => name !== imagesFile),
  images: imagesFile,
});
