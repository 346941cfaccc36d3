import { join } from "node:path";
import { addressesFile, addressLines, bareAddress } from "../address.ts";
import { withCacheLock } from "../cache/lock.ts";
import { imagesFile } from "../build/images.ts";
import { BuildEnvironment } from "../build/environment/environment.ts";
import { type Entry, entryIn, type EntrySpec, keyOf, statusIn } from "../cache/cache.ts";
import { ArtifactError } from "../../errors.ts";
import type { Context } from "../../context.ts";
import type { InUse } from "../cache/gc.ts";
import type { CachedSet, Checked, Completeness, CacheStatus, Packages, PreparedSet } from "../set.ts";
import { cacheRoot } from "../../host/paths.ts";
import type { Progress } from "../../progress.ts";
import { filesIn, preparedFrom, storeWhole } from "../whole.ts";
import { fetchInputs } from "./download/fetch.ts";
import { imagesOf } from "./images.ts";
import { CentosPackages } from "./packages/centos.ts";
import { lockName, type PackageRequest } from "./packages/lock.ts";
import type { Pin, Pins } from "./inputs/pins.ts";
import { InputStore } from "./inputs/store.ts";
import { askUpstream, type UpstreamAnswer } from "./download/ask.ts";

/** The guide's own versions, as upstream published them, cached below `root`. */
export class UpstreamSet implements CachedSet {
  readonly name = "upstream";
  readonly versions = { kubernetes: "1.14.0", etcd: "3.3.10", flannel: "0.10.0", cfssl: "1.2.0" } as const;
  readonly ports = [];
  readonly store: InputStore;
  readonly images: ReturnType<typeof imagesOf>;
  /** What yum installs on machines with CentOS. */
  readonly packages: CentosPackages;
  readonly #env: NodeJS.ProcessEnv;

  /** `env` names mirrors, proxies and own pins; `pinsFile` and `lock` are other files than the project's, for tests. */
  constructor(
    root: string = cacheRoot(),
    env: NodeJS.ProcessEnv = process.env,
    pinsFile?: string,
    lock?: string,
  ) {
    this.#env = env;
    this.store = new InputStore(root, { pinsFile });
    this.images = imagesOf(new BuildEnvironment(root), this.store);
    this.packages = new CentosPackages(root, this.store, env, lock);
  }

  /** The inputs with all that is known of their digests. */
  pins(): Promise<Pins> {
    return this.store.pins(this.#env);
  }

  async inspect(): Promise<CacheStatus[]> {
    const packages = (await this.packages.pins()).map((pin) => this.store.statusOf(pin));
    return [...(await this.#required()), ...(await Promise.all(packages))];
  }

  /** All but what yum installs, which a set is complete without. */
  async #required(): Promise<CacheStatus[]> {
    const { inputs } = await this.pins();
    const statuses = await Promise.all(inputs.map((pin) => this.store.statusOf(pin)));
    const images = await this.images.find();
    const source = "Debian's busybox-static, or an export of this set";
    return [...statuses, { name: imagesFile, ...statusIn(images), source }];
  }

  async complete(): Promise<Completeness> {
    const whole = await this.#whole(await this.pins());
    if (whole && (await this.store.cache.find(whole.spec)).state === "ready") {
      return { complete: true, missing: [] };
    }
    const missing = (await this.#required()).filter(({ cached, optional }) => !cached && !optional);
    return { complete: missing.length === 0, missing: missing.map(({ name }) => name) };
  }

  async answers(): Promise<(address: string) => boolean> {
    const urls = new Set((await this.pins()).inputs.flatMap((pin) => pin.urls));
    return (address) => urls.has(bareAddress(address));
  }

  async verify(): Promise<Checked[]> {
    const inputs = await this.store.cache.checkAll(await this.#specs(await this.pins()));
    const checked = [...inputs, ...(await this.images.verify())];
    const lost = await this.packages.lost();
    if (!lost) return checked;
    return [...checked, { name: lockName, folder: join(this.folder, lockName), damage: lost.message }];
  }

  /** Folder of its entries. */
  get folder(): string {
    return this.store.cache.root;
  }

  /** File that is locked while this set changes. */
  get lock(): string {
    return `${this.folder}.lock`;
  }

  /** Entries that the set may still use: upstream's stay while GUIDE_PINS names others. ArtifactError if nobody knows. */
  async inUse(): Promise<InUse> {
    const lost = (await this.images.lost()) ?? (await this.packages.lost());
    if (lost) throw lost;
    const entries = await this.#specs(await this.pins());
    const upstream = await this.#specs(await this.store.pins({}));
    return { folder: this.folder, entries: [...entries, ...upstream] };
  }

  async prepare(
    progress: Progress,
    context: Context,
    { optional = false, imagesOnly = false } = {},
  ): Promise<PreparedSet> {
    if (imagesOnly) {
      const { folder } = await this.images.make(progress, context);
      return { folder, files: [], images: imagesFile };
    }
    const ready = await this.#ready(progress);
    const wanted = optional ? await this.#missing(true) : [];
    if (ready && wanted.length === 0) return ready;
    return withCacheLock([this.lock], progress, context, async () => {
      const missing = await this.#missing(optional, progress);
      if (missing.length > 0) await fetchInputs(missing, this.store, { env: this.#env, progress, context });
      await this.images.make(progress, context);
      return (await this.#ready()) ?? this.#assemble();
    });
  }

  /** What yum installs on machines with CentOS, fetched where it is not in the cache. ArtifactError if it cannot be had. */
  preparePackages(request: PackageRequest, progress: Progress, context: Context): Promise<Packages> {
    return withCacheLock([this.lock], progress, context, () =>
      this.packages.prepare(request, progress, context),
    );
  }

  /** The set as it lies in the cache, complete and verified. ArtifactError, with what is missing, otherwise. */
  async cached(): Promise<PreparedSet> {
    const { complete, missing } = await this.complete();
    if (complete) return (await this.#ready()) ?? this.#assemble();
    throw new ArtifactError(`The set upstream is not complete: ${missing.join(", ")} missing`, {
      hint: "`pnpm artifacts fetch --artifacts upstream` downloads them, `pnpm artifacts import DIR` takes those you carried over.",
    });
  }

  /** Whether what is missing can be fetched. See `askUpstream`. */
  async ask(context: Context): Promise<UpstreamAnswer> {
    return askUpstream(await this.#missing(false), this.#env, context);
  }

  /** The prepared set, if its folder is whole. */
  async #ready(progress?: Progress): Promise<PreparedSet | undefined> {
    const pins = await this.pins();
    const whole = await this.#whole(pins);
    const found = whole && (await this.store.cache.find(whole.spec));
    if (found?.state === "damaged") progress?.note(`The prepared set is damaged: ${found.why}`);
    return found?.state === "ready" ? prepared(found.entry, pins) : undefined;
  }

  /** Links all inputs and the images into one folder. The caller holds the lock. */
  async #assemble(): Promise<PreparedSet> {
    const pins = await this.pins();
    const whole = await this.#whole(pins);
    if (!whole) throw new ArtifactError(`${anInput} vanished from the cache`, { hint: "Try again." });
    const { spec, present } = whole;
    const entries = await Promise.all([...present.map((pin) => this.store.find(pin)), this.images.find()]);
    const files = entries.flatMap((one) => filesIn(entryIn(one, anInput)));
    return prepared(await storeWhole(this.store.cache, spec, files, present), pins);
  }

  /** The entry that holds all files in one folder; undefined if it cannot be named before something is fetched. */
  async #whole({
    inputs,
  }: Pins): Promise<{ readonly spec: EntrySpec; readonly present: readonly Pin[] } | undefined> {
    const images = await this.images.find();
    if (images.state !== "ready") return undefined;
    // To look at the others would be to hash them where they were not yet.
    const missing = new Set(await this.store.missing(inputs.filter((pin) => pin.optional)));
    const present = inputs.filter((pin) => !missing.has(pin));
    const specs = present.map((pin) => this.store.specOf(pin));
    if (specs.includes(undefined)) return undefined;
    const files = [...present.map(({ name }) => name), imagesFile, addressesFile];
    const key = keyOf([specs, images.entry.manifest.key, addressLines(present)]);
    return { spec: { kind: "set", key, files }, present };
  }

  /** Inputs that have no good copy in the cache. */
  async #missing(optional: boolean, progress?: Progress): Promise<Pin[]> {
    const { inputs } = await this.pins();
    return this.store.missing(
      inputs.filter((pin) => optional || !pin.optional),
      progress,
    );
  }

  /** Entries that exist or may come to exist with these pins. */
  async #specs(pins: Pins): Promise<EntrySpec[]> {
    const specs = pins.inputs.map((pin) => this.store.specOf(pin));
    const whole = await this.#whole(pins);
    const carried = this.store.specOf(await this.images.pin());
    const rest = [carried, whole?.spec, ...(await this.packages.specs())];
    return [...specs, ...rest].filter((spec) => spec !== undefined);
  }
}

const anInput = "An input of the set upstream";

/** The files that someone built are told, too. */
function prepared(entry: Entry, { inputs, rebuilt }: Pins): PreparedSet {
  const whole = preparedFrom(entry, inputs);
  const files = rebuilt?.files.filter((built) => whole.files.some(({ name }) => name === built)) ?? [];
  return { ...whole, ...(rebuilt && files.length > 0 && { rebuilt: { ...rebuilt, files } }) };
}
