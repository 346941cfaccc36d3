import { mkdir, mkdtempDisposable, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { withCacheLock } from "../../cache/lock.ts";
import {
  ContentCache,
  damagedFile,
  type Entry,
  type EntrySpec,
  keyOf,
  type Lookup,
} from "../../cache/cache.ts";
import { BuildLog, type Job, runJob } from "../../job.ts";
import { ArtifactError } from "../../../errors.ts";
import { isOffline, orLacking } from "../../../host/offline.ts";
import { type Progress, spoken, timed } from "../../../progress.ts";
import { DebianArchive } from "./archive.ts";
import type { BuildContext, Component } from "../component.ts";
import { explained } from "./failure.ts";
import { firstBuild } from "./first-builds.ts";
import { installMissing } from "./host-packages.ts";
import { checkLocked, type Input, type InputName, inputNamed } from "../inputs.ts";

/** Files of the project that every component is made with. */
const commonRecipe = ["../binaries.ts", "../golang.ts", "../../pack.ts"];

/** File beside the entries with the inputs they were made from. */
export const inputsFile = "inputs.json";

/** Makes components from Debian's packages and from Go modules, one build at a time, cached below `root`. */
export class BuildEnvironment {
  readonly cache: ContentCache;
  readonly lock: string;
  readonly #work: string;
  readonly #archive: DebianArchive;

  constructor(root: string) {
    this.#work = join(root, "build");
    this.lock = join(root, "artifacts", "build.lock");
    this.cache = new ContentCache(join(root, "artifacts", "built"));
    this.#archive = new DebianArchive(join(this.#work, "apt"), join(this.cache.root, inputsFile));
  }

  /** The inputs as last seen in Debian's archive, if they are all that these components are made from. Asks nobody. */
  async known(components: readonly Component[]): Promise<readonly Input[] | undefined> {
    const known = await this.#archive.known();
    const names = components.flatMap(({ inputs }) => inputs);
    return names.every((name) => known?.some((input) => input.name === name)) ? known : undefined;
  }

  /**
   * What keeps entries from being found that are there: the file with the inputs they were made from. Undefined if that is
   * whole, or nothing was built.
   */
  async lost(): Promise<ArtifactError | undefined> {
    const damage = await this.#archive.lost();
    if (!damage || !(await this.cache.isUsed())) return undefined;
    return damagedFile(
      damage,
      "what was built is found by it",
      "With a network, the next run or `pnpm artifacts fetch` writes it anew, and builds again only what Debian has changed. Without one, copy it from the host that filled the cache.",
    );
  }

  /** The cached entry of a component, made from the inputs last seen. Makes nothing and asks nobody. */
  async find(component: Component): Promise<Lookup> {
    const spec = await this.specOf(component);
    if (spec) return this.cache.find(spec);
    const lost = (await this.cache.holds(component.name)) ? await this.lost() : undefined;
    return lost ? { state: "damaged", why: lost.message } : { state: "missing" };
  }

  /** Entry of a component; undefined if the archive was not asked yet for all that it is made from. */
  async specOf(component: Component): Promise<EntrySpec | undefined> {
    const inputs = await this.known([component]);
    return inputs && specOf(component, inputs);
  }

  /** A component's verified entry, built if there is none while nobody else builds. Throws as `withCacheLock` and builds do. */
  async make(component: Component, progress: Progress, context: Context): Promise<Entry> {
    const found = await this.find(component);
    if (found.state === "ready") return found.entry;
    return orLacking(
      async () => [component.name],
      undefined,
      () =>
        this.withCacheLock(progress, context, async () =>
          this.entry(component, await this.current(progress, context), progress, context),
        ),
    );
  }

  /**
   * What a build of a component takes, as a person says it and in seconds; neither if nobody knows and it is not much. What a
   * component says of its first build is for a person, and its minutes are read in that.
   */
  async expected(component: Component): Promise<{ readonly words?: string; readonly seconds?: number }> {
    const last = await this.cache.lastSeconds(component.name);
    if (last !== undefined) return { words: `last time ${spoken(last)}`, seconds: last };
    const takes = firstBuild(component);
    const minutes = /(\d+) min/.exec(takes ?? "")?.[1];
    return {
      ...(takes !== undefined && { words: `${takes} the first time` }),
      ...(minutes !== undefined && { seconds: Number(minutes) * 60 }),
    };
  }

  /** Runs `work` while nobody else builds. Throws ArtifactError after an hour of waiting, or the signal's reason. */
  withCacheLock<T>(progress: Progress, context: Context, work: () => Promise<T>): Promise<T> {
    return withCacheLock([this.lock], progress, context, work).catch((thrown: unknown) => {
      throw explained(thrown, this.#work);
    });
  }

  /** The inputs as the archive offers them now, checked against lock.json. The caller holds the lock. */
  async current(progress: Progress, { signal }: Context): Promise<readonly Input[]> {
    const log = await BuildLog.create(join(this.#work, "logs", "archive.log"));
    const lost = await this.lost();
    if (lost && isOffline()) throw lost;
    if (lost) progress.note(lost.message);
    const inputs = await this.#archive.current(log, progress, signal).catch((thrown: unknown) => {
      if (!lost || !(thrown instanceof ArtifactError)) throw thrown;
      const hint = `${thrown.details.hint ?? ""} It is asked because ${lost.message}.`.trim();
      throw new ArtifactError(thrown.message, { ...thrown.details, hint, cause: thrown });
    });
    for (const { name, version } of checkLocked(inputs)) {
      progress.note(`${name} ${version} is not in lock.json yet; the archive's signature vouches for it`);
    }
    return inputs;
  }

  /** A component's verified entry, built if there is none. The caller holds the lock. */
  async entry(
    component: Component,
    inputs: readonly Input[],
    progress: Progress,
    context: Context,
  ): Promise<Entry> {
    const { name } = component;
    const spec = await specOf(component, inputs);
    const found = await this.cache.find(spec);
    if (found.state === "ready") return found.entry;
    if (found.state === "damaged") progress.note(`${name}: the cached copy is damaged (${found.why})`);
    const { words, seconds } = await this.expected(component);
    const packages = component.inputs.map((input) => `${input} ${inputNamed(inputs, input).version}`);
    const used = [...(component.modules ?? []), ...packages].join(", ");
    progress.note(`${name}: building from ${used}${words ? `; ${words}` : ""}`);
    const log = await BuildLog.create(join(this.#work, "logs", `${name}.log`));
    const entry = await progress.span(`build ${name}`, () =>
      timed({ name, expected: seconds, now: () => log.last.slice(0, 120) }, progress, async () => {
        await installMissing(component.hostPackages, log, progress, context);
        return this.cache.store(spec, async (out) => {
          const said = await this.#make(component, inputs, out, log, progress, context);
          return Object.keys(said).length > 0 ? { [name]: said } : undefined;
        });
      }),
    );
    progress.note(`${name}: built in ${spoken(entry.manifest.seconds)}`);
    return entry;
  }

  /** Builds a component into `out`. Returns what its programs said of their versions. */
  async #make(
    component: Component,
    inputs: readonly Input[],
    out: string,
    log: BuildLog,
    progress: Progress,
    { signal }: Context,
  ): Promise<Record<string, string>> {
    // Scratch folders of killed builds: the lock says nobody else is building.
    const scratches = join(this.#work, "scratch");
    await rm(scratches, { recursive: true, force: true });
    await mkdir(scratches, { recursive: true });
    await using scratch = await mkdtempDisposable(join(scratches, `${component.name}-`));
    const said: Record<string, string> = {};
    const build: BuildContext = {
      out,
      scratch: scratch.path,
      work: this.#work,
      fetch: (name) => this.#archive.fetch(inputNamed(inputs, name), log, signal),
      version: (name) => inputNamed(inputs, name).version,
      inputKey: (...names) => keyOf(filesOf(inputs, names)).slice(0, 12),
      run: (job) =>
        runJob({ ...job, env: { ...envOf(job, scratch.path), ...job.env, ...offlineEnv() } }, log, signal),
      note: (message) => progress.note(message),
      says: (program, words) => (said[program] = words),
    };
    await component.build(build);
    return said;
  }
}

/** rpm makes a database in the home of whoever packs. Go reads its user's settings there, so that it keeps its own. */
const envOf = ({ command: [program] }: Job, scratch: string): Readonly<Record<string, string>> =>
  program === "rpmbuild" ? { HOME: scratch } : {};

/** Go knows no other way to be told that its own cache has to do. */
const offlineEnv = (): Readonly<Record<string, string>> => (isOffline() ? { GOPROXY: "off" } : {});

const filesOf = (inputs: readonly Input[], names: readonly InputName[]): unknown =>
  names.map((name) => inputNamed(inputs, name).files.map(({ file, sha256 }) => [file, sha256]));

/** Keyed by the checksums of the inputs, compiler included, and the text of the recipe. */
export async function specOf(
  { name, files, inputs: names, recipe }: Component,
  inputs: readonly Input[],
): Promise<EntrySpec> {
  const paths = [...commonRecipe.map((path) => join(import.meta.dirname, path)), ...recipe];
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return { kind: name, files, key: keyOf({ inputs: filesOf(inputs, names), texts }) };
}
