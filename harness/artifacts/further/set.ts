import { basename } from "node:path";
import type { Context } from "../../context.ts";
import { ArtifactError } from "../../errors.ts";
import { assertOnline } from "../../host/offline.ts";
import { cacheRoot } from "../../host/paths.ts";
import type { Progress } from "../../progress.ts";
import { addressesFile, addressLines, type Answering, bareAddress } from "../address.ts";
import { type EntrySpec, entryIn, keyOf } from "../cache/cache.ts";
import { withCacheLock } from "../cache/lock.ts";
import type { ArtifactSet, CacheStatus, Checked, Completeness, PreparedSet } from "../set.ts";
import { fetchInputs } from "../upstream/download/fetch.ts";
import type { Pin } from "../upstream/inputs/pins.ts";
import { InputStore } from "../upstream/inputs/store.ts";
import { filesIn, type Placed, preparedFrom, storeWhole } from "../whole.ts";
import type { Further } from "./files.ts";
import { furtherLock, recordUse } from "./lists.ts";

/** A set together with the further files that a guide downloads, each by its digest. */
export class SetWithFurtherFiles implements ArtifactSet {
  readonly name: ArtifactSet["name"];
  readonly versions: ArtifactSet["versions"];
  readonly ports: ArtifactSet["ports"];
  readonly #set: ArtifactSet;
  readonly store: InputStore;
  readonly pins: readonly Pin[];
  readonly #list: string;
  readonly #root: string;
  readonly #env: NodeJS.ProcessEnv;

  /** The further files are cached below `root`; `env` names mirrors and proxies. */
  constructor(set: ArtifactSet, { file, pins }: Further, root = cacheRoot(), env = process.env) {
    this.name = set.name;
    this.versions = set.versions;
    this.ports = set.ports;
    this.#set = set;
    this.pins = pins;
    this.#list = file;
    this.#root = root;
    this.store = new InputStore(root, { folder: "further" });
    this.#env = env;
  }

  async inspect(): Promise<CacheStatus[]> {
    const further = this.pins.map((pin) => this.store.statusOf(pin));
    return [...(await this.#set.inspect()), ...(await Promise.all(further))];
  }

  async complete(): Promise<Completeness> {
    const [own, lacking] = await Promise.all([this.#set.complete(), this.store.missing(this.pins)]);
    const missing = [...own.missing, ...lacking.map(({ name }) => name)];
    return { complete: own.complete && lacking.length === 0, missing };
  }

  async answers(): Promise<(address: string) => boolean> {
    const own = await this.#set.answers();
    const urls = new Set(this.pins.flatMap((pin) => pin.urls));
    return (address) => own(address) || urls.has(bareAddress(address));
  }

  async verify(): Promise<Checked[]> {
    return [...(await this.#set.verify()), ...(await this.store.cache.checkAll(this.#specs()))];
  }

  async prepare(
    progress: Progress,
    context: Context,
    options: Parameters<ArtifactSet["prepare"]>[2] = {},
  ): Promise<PreparedSet> {
    const own = await this.#set.prepare(progress, context, options);
    if (options.imagesOnly) return own;
    const { spec, addresses } = this.#wholeOf(own);
    const { cache } = this.store;
    const entry = await withCacheLock([this.lock], progress, context, async () => {
      await this.record(spec);
      await this.#fetch(progress, context);
      const found = await cache.find(spec);
      if (found.state === "ready") return found.entry;
      const { folder, files, images } = own;
      const placed = [...files.map(({ name }) => name), images].map((name) => ({ folder, file: { name } }));
      return storeWhole(cache, spec, [...placed, ...(await this.#files())], addresses);
    });
    return { ...own, ...preparedFrom(entry, addresses) };
  }

  /** File that is locked while the further files change. */
  get lock(): string {
    return furtherLock(this.#root);
  }

  /** Writes down that the list uses its files, and `whole` with this set, so that nobody removes them. The caller holds the lock. */
  record(whole?: EntrySpec): Promise<void> {
    return recordUse(this.#root, this.#list, this.#specs(), whole && { set: this.name, spec: whole });
  }

  #specs(): EntrySpec[] {
    return this.pins.flatMap((pin) => this.store.specOf(pin) ?? []);
  }

  /** The further files, each with its folder. The caller holds the lock. ArtifactError if one is not in the cache. */
  async present(): Promise<Placed[]> {
    const missing = await this.store.missing(this.pins);
    if (missing.length > 0) throw new ArtifactError(lackOf(missing), { hint: this.#bring });
    return this.#files();
  }

  async #files(): Promise<Placed[]> {
    const found = await Promise.all(this.pins.map((pin) => this.store.find(pin)));
    return found.flatMap((one) => filesIn(entryIn(one, "A further file")));
  }

  /** Downloads what the cache lacks. The caller holds the lock. */
  async #fetch(progress: Progress, context: Context): Promise<void> {
    const missing = await this.store.missing(this.pins);
    if (missing.length === 0) return;
    assertOnline(lackOf(missing), this.#bring, this.#env);
    await fetchInputs(missing, this.store, {
      env: this.#env,
      progress,
      context,
      hints: {
        refused: `Check the address (${named(missing)}), ARTIFACT_MIRROR and the proxy.`,
        wrong: wrongHint,
      },
      ways: this.#bring,
    });
  }

  /** How the files come to a host that does not download. */
  get #bring(): string {
    return `On a host with a network, \`pnpm artifacts fetch --guide FILE\` fills ${this.store.cache.root}; carry that folder over, or the files and \`pnpm artifacts import DIR --guide FILE\`.`;
  }

  /** ArtifactError if a further file has one of these names, which are the set's own. */
  assertApart(own: readonly string[]): void {
    const twice = this.pins.find(({ name }) => own.includes(name));
    if (!twice) return;
    throw new ArtifactError(`The set ${this.name} has a file ${twice.name} of its own`, {
      hint: `Remove it from the guide's list (${twice.digest?.from}).`,
    });
  }

  /** The entry that holds all files of the set and the further ones in one folder, and the addresses that they answer. */
  #wholeOf({ folder, files, images, addresses: own }: PreparedSet): {
    readonly spec: EntrySpec;
    readonly addresses: readonly Answering[] | undefined;
  } {
    const specs = this.pins.map((pin) => this.store.specOf(pin));
    const names = [...files.map(({ name }) => name), images];
    this.assertApart(names);
    const all = [...names, ...this.pins.map(({ name }) => name)];
    const addresses = own && [
      ...Object.entries(own.nameOf).map(([url, name]) => ({ name, urls: [url] })),
      ...this.pins,
    ];
    const key = keyOf([basename(folder), files, specs, addresses && addressLines(addresses)]);
    const spec = { kind: `set-${this.name}`, key, files: addresses ? [...all, addressesFile] : all };
    return { spec, addresses };
  }
}

/** Files with the lines of the list. */
const named = (pins: readonly Pin[]): string =>
  pins.map(({ name, digest }) => `${name} (${digest?.from})`).join(", ");

const lackOf = (pins: readonly Pin[]): string => `The cache lacks ${named(pins)}`;

const wrongHint =
  "Nothing of it was kept. Either the digest in artifacts.yaml is wrong, or the URL has another file: find out which before you go on.";
