import { type Entry, type EntrySpec, keyOf, linkFiles } from "../cache.ts";
import { nameIn } from "../address.ts";
import type { InUse } from "../gc.ts";
import type { ArtifactSet, Checked, Completeness, Holding, PreparedSet } from "../set.ts";
import { cacheRoot } from "../../paths.ts";
import type { Progress } from "../../progress.ts";
import { cfssl } from "./cfssl.ts";
import type { Component } from "./component.ts";
import { etcd } from "./etcd.ts";
import { flannel } from "./flannel.ts";
import { images, imagesFile } from "./images.ts";
import type { Input } from "./inputs.ts";
import { kubernetes } from "./kubernetes.ts";
import { rpms } from "./rpms.ts";
import { versions } from "./versions.ts";
import { DebianWorkshop, specOf } from "./workshop.ts";

/** The quick ones first: what cannot be had is known before the long build. */
const components: readonly Component[] = [images, etcd, cfssl, flannel, kubernetes];

/** The set made from Debian 12's packages and sources and flannel's Go module, cached below `root`. */
export class DebianSet implements ArtifactSet {
  readonly name = "debian";
  readonly versions = versions;
  readonly ports = ["debian12-versions"];
  readonly #workshop: DebianWorkshop;

  constructor(root: string = cacheRoot()) {
    this.#workshop = new DebianWorkshop(root);
  }

  async inspect(): Promise<Holding[]> {
    const holdings = await Promise.all(components.map((component) => this.#holding(component)));
    // For embedded machines, whatever their set; others have no use for it.
    return [...holdings, { ...(await this.#holding(rpms)), optional: true }];
  }

  async #holding(component: Component): Promise<Holding> {
    const { name } = component;
    const lastSeconds = await this.#workshop.cache.lastSeconds(name);
    const found = await this.#workshop.find(component);
    return {
      name,
      cached: found.state === "ready",
      ...(lastSeconds !== undefined && { lastSeconds }),
      ...(found.state === "damaged" && { damage: found.why }),
      ...(found.state === "ready" && {
        bytes: found.entry.manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      }),
    };
  }

  async complete(): Promise<Completeness> {
    const known = await this.#workshop.known();
    const whole = known && (await this.#workshop.cache.find(await wholeSpec(known)));
    if (whole?.state === "ready") return { complete: true, missing: [] };
    const holdings = await this.inspect();
    const missing = holdings.filter(({ cached, optional }) => !cached && !optional).map(({ name }) => name);
    return { complete: missing.length === 0, missing };
  }

  async answers(): Promise<(address: string) => boolean> {
    const names = new Set(components.flatMap(({ files }) => files).filter((name) => name !== imagesFile));
    return (address) => names.has(nameIn(address));
  }

  async verify(): Promise<Checked[]> {
    return this.#workshop.cache.checkAll((await this.inUse()).entries ?? []);
  }

  /** Folder of its entries. */
  get folder(): string {
    return this.#workshop.cache.root;
  }

  /** Entries that the set may still use; unknown before Debian's archive was seen once. */
  async inUse(): Promise<InUse> {
    const { folder } = this;
    const known = await this.#workshop.known();
    if (!known) return { folder, entries: undefined };
    const specs = await Promise.all(components.map((component) => specOf(component, known)));
    const packages = await this.#workshop.specOf(rpms);
    return { folder, entries: [...specs, ...(packages ? [packages] : []), await wholeSpec(known)] };
  }

  /** Runs `work` while no other process builds. */
  alone<T>(progress: Progress, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return this.#workshop.alone(progress, signal, work);
  }

  async prepare(progress: Progress, signal?: AbortSignal): Promise<PreparedSet> {
    const known = await this.#workshop.known();
    const whole = known && (await this.#workshop.cache.find(await wholeSpec(known)));
    if (whole?.state === "ready") return prepared(whole.entry);
    if (whole?.state === "damaged") progress.note(`The prepared set is damaged: ${whole.why}`);
    return this.#workshop.alone(progress, signal, () => this.#build(progress, signal));
  }

  async #build(progress: Progress, signal?: AbortSignal): Promise<PreparedSet> {
    const workshop = this.#workshop;
    const inputs = await workshop.current(progress, signal);
    const spec = await wholeSpec(inputs);
    // Whoever held the lock before may have built it; a folder that machines use is never replaced without need.
    const found = await workshop.cache.find(spec);
    if (found.state === "ready") return prepared(found.entry);
    const entries: Entry[] = [];
    for (const component of components) {
      entries.push(await workshop.entry(component, inputs, progress, signal));
    }
    const whole = await workshop.cache.store(spec, (folder) => linkFiles(entries, folder));
    return prepared(whole);
  }
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
