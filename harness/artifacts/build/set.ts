import { join } from "node:path";
import { addressesFile, type Answering, bareAddress, nameIn } from "../address.ts";
import { type Entry, type EntrySpec, keyOf, statusIn } from "../cache/cache.ts";
import type { Context } from "../../context.ts";
import type { InUse } from "../cache/gc.ts";
import type { ArtifactSet, CachedSet, Checked, Completeness, CacheStatus, PreparedSet } from "../set.ts";
import { orLacking } from "../../host/offline.ts";
import { type Assist, type Progress, silent } from "../../progress.ts";
import { cacheRoot } from "../../host/paths.ts";
import type { Component } from "./component.ts";
import { buildProgress, type Part } from "./build-progress.ts";
import { imagesFile } from "./images.ts";
import type { Input } from "./inputs.ts";
import { inputsFile, specOf, BuildEnvironment } from "./environment/environment.ts";
import { firstBuild } from "./environment/first-builds.ts";
import { filesIn, preparedFrom, storeWhole } from "../whole.ts";

/** What a built set is. */
export type Recipe = Pick<ArtifactSet, "name" | "versions" | "ports"> & {
  /** The quick ones first: what cannot be had is known before a long build. */
  readonly components: readonly Component[];
  /** What is built with it, and is no part of it. */
  readonly beside?: readonly Component[];
  /** The addresses that each file answers; without, a file answers every address that ends in its name. */
  readonly urls?: () => Promise<ReadonlyMap<string, readonly string[]>>;
  /** What of it is not what the guide's reader has. */
  readonly standIns?: readonly Assist[];
};

/** Seconds of a part that nobody has built here, and that says nothing of its time: it takes little. */
const shortBuild = 10;

/** A set that is built on this host, cached below `root`. */
export class BuiltSet implements CachedSet {
  readonly name: ArtifactSet["name"];
  readonly versions: ArtifactSet["versions"];
  readonly ports: readonly string[];
  readonly #recipe: Recipe;
  readonly #environment: BuildEnvironment;

  constructor(recipe: Recipe, root: string = cacheRoot()) {
    this.name = recipe.name;
    this.versions = recipe.versions;
    this.ports = recipe.ports;
    this.#recipe = recipe;
    this.#environment = new BuildEnvironment(root);
  }

  async inspect(): Promise<CacheStatus[]> {
    const { components, beside = [] } = this.#recipe;
    const isWhole = (await this.#ready(false)) !== undefined;
    const own = components.map(async (component) => {
      const status = await this.#statusOf(component);
      const isInSet = isWhole && !component.optional && status.damage === undefined;
      return isInSet ? Object.assign(status, { cached: true }) : status;
    });
    return Promise.all([...own, ...beside.map((component) => this.#statusOf(component, true))]);
  }

  async #statusOf(component: Component, optional = component.optional): Promise<CacheStatus> {
    const { name, modules, files } = component;
    const urls = await this.#recipe.urls?.();
    const lastSeconds = await this.#environment.cache.lastSeconds(name);
    const takes = firstBuild(component);
    const found = await this.#environment.find(component);
    return {
      name,
      ...statusIn(found),
      ...(lastSeconds !== undefined && { lastSeconds }),
      ...(takes !== undefined && { takes }),
      ...(modules && { modules, source: `Go module ${modules.join(", ")}` }),
      ...(urls && { answers: files.flatMap((file) => urls.get(file) ?? []) }),
      ...(optional && { optional }),
    };
  }

  async complete(): Promise<Completeness> {
    if (await this.#ready(false)) return { complete: true, missing: [] };
    const lacking = (await this.inspect()).filter(({ cached, optional }) => !cached && !optional);
    const missing = lacking.map(({ name }) => name);
    return { complete: missing.length === 0, missing };
  }

  async answers(): Promise<(address: string) => boolean> {
    const names = this.#recipe.components.flatMap(({ files }) => files).filter((name) => name !== imagesFile);
    const urls = await this.#recipe.urls?.();
    if (!urls) return (address) => names.includes(nameIn(address));
    const answered = new Set(names.flatMap((name) => urls.get(name) ?? []));
    return (address) => answered.has(bareAddress(address));
  }

  async verify(): Promise<Checked[]> {
    const lost = await this.#environment.lost();
    if (lost) return [{ name: inputsFile, folder: join(this.folder, inputsFile), damage: lost.message }];
    return this.#environment.cache.checkAll((await this.inUse()).entries ?? []);
  }

  /** Folder of its entries, and of the other sets' that are built. */
  get folder(): string {
    return this.#environment.cache.root;
  }

  /** File that is locked while a set is built. */
  get lock(): string {
    return this.#environment.lock;
  }

  /** Entries that the set may still use; unknown before Debian's archive was seen once. ArtifactError if that was lost. */
  async inUse(): Promise<InUse> {
    const { folder } = this;
    const { components, beside = [] } = this.#recipe;
    const known = await this.#environment.known(components);
    if (!known) {
      const lost = await this.#environment.lost();
      if (lost) throw lost;
      return { folder, entries: undefined };
    }
    const specs = await Promise.all(components.map((component) => specOf(component, known)));
    const others = await Promise.all(beside.map((component) => this.#environment.specOf(component)));
    const { spec } = await this.#whole(known, false);
    return { folder, entries: [...specs, ...others.filter((other) => other !== undefined), spec] };
  }

  async prepare(
    progress: Progress,
    context: Context,
    { optional = false, mends = false }: Parameters<ArtifactSet["prepare"]>[2] = {},
  ): Promise<PreparedSet> {
    for (const standIn of this.#recipe.standIns ?? []) progress.assist(standIn);
    const ready = await this.#ready(optional, progress);
    const again = mends && (await this.inspect()).some(({ damage }) => damage !== undefined);
    if (ready && !again) return ready;
    const lacking = async (): Promise<string[]> => {
      const parts = await Promise.all(this.#recipe.components.map((component) => this.#statusOf(component)));
      return parts.filter((part) => !part.cached && (optional || !part.optional)).map(({ name }) => name);
    };
    return orLacking(lacking, this.name, () =>
      this.#environment.withCacheLock(progress, context, () =>
        this.#build(optional, again, progress, context),
      ),
    );
  }

  /** The prepared set, if its folder is whole. */
  async #ready(optional: boolean, progress?: Progress): Promise<PreparedSet | undefined> {
    const known = await this.#environment.known(this.#recipe.components);
    if (!known) return undefined;
    const { spec, addresses } = await this.#whole(known, optional);
    const found = await this.#environment.cache.find(spec);
    if (found.state === "damaged") progress?.note(`The prepared set is damaged: ${found.why}`);
    return found.state === "ready" ? preparedFrom(found.entry, addresses) : undefined;
  }

  async #build(
    optional: boolean,
    again: boolean,
    progress: Progress,
    context: Context,
  ): Promise<PreparedSet> {
    const environment = this.#environment;
    const inputs = (await this.#atHand(optional)) ?? (await environment.current(progress, context));
    const { spec, components, addresses } = await this.#whole(inputs, optional);
    // Whoever held the lock before may have built it; a folder that machines use is never replaced without need.
    const found = await environment.cache.find(spec);
    if (found.state === "ready" && !again) return preparedFrom(found.entry, addresses);
    const left = await this.#left(components, inputs, progress);
    const entries: Entry[] = [];
    const far = buildProgress(this.name, left);
    const build = async (): Promise<void> => {
      for (const component of components) {
        entries.push(
          await far.during(component.name, () => environment.entry(component, inputs, progress, context)),
        );
      }
    };
    await (left.length > 0 ? progress.watch(() => far.words(), build) : build());
    if (found.state === "ready") return preparedFrom(found.entry, addresses);
    const programs = Object.assign({}, ...entries.map(({ manifest }) => manifest.programs));
    const files = entries.flatMap(filesIn);
    return preparedFrom(await storeWhole(environment.cache, spec, files, addresses, programs), addresses);
  }

  /** The inputs last seen, if all parts that are made from them are there: then nobody is asked for newer ones. */
  async #atHand(optional: boolean): Promise<readonly Input[] | undefined> {
    const known = await this.#environment.known(this.#recipe.components);
    if (!known) return undefined;
    const { components } = await this.#whole(known, optional);
    return (await this.#left(components, known, silent)).length === 0 ? known : undefined;
  }

  /** The parts that have to be built, each with the seconds that are expected; says which they are. */
  async #left(
    components: readonly Component[],
    inputs: readonly Input[],
    progress: Progress,
  ): Promise<Part[]> {
    const left: Part[] = [];
    const told: string[] = [];
    for (const component of components) {
      const { state } = await this.#environment.cache.find(await specOf(component, inputs));
      if (state === "ready") continue;
      const { name } = component;
      const { words, seconds = shortBuild } = await this.#environment.expected(component);
      told.push(`${name}${words ? ` (${words})` : ""}`);
      left.push({ name, seconds });
    }
    if (told.length > 0) progress.note(`The set ${this.name} lacks ${told.join(", ")}`);
    return left;
  }

  /**
   * The entry that holds the files of all components in one folder. What the set is complete without is in it if it is
   * asked for or there.
   */
  async #whole(
    inputs: readonly Input[],
    optional: boolean,
  ): Promise<{
    readonly spec: EntrySpec;
    readonly components: readonly Component[];
    readonly addresses?: readonly Answering[];
  }> {
    const components: Component[] = [];
    const specs: EntrySpec[] = [];
    for (const component of this.#recipe.components) {
      const spec = await specOf(component, inputs);
      if (component.optional && !optional && (await this.#environment.cache.find(spec)).state !== "ready")
        continue;
      components.push(component);
      specs.push(spec);
    }
    const names = specs.flatMap(({ files }) => files);
    const urls = await this.#recipe.urls?.();
    const addresses = urls && names.map((name) => ({ name, urls: urls.get(name) ?? [] }));
    const files = [...names, ...(addresses ? [addressesFile] : [])];
    const key = keyOf(addresses ? [specs, addresses] : specs);
    return { spec: { kind: `set-${this.name}`, files, key }, components, ...(addresses && { addresses }) };
  }
}
