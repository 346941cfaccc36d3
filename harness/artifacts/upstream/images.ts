import type { Entry, EntrySpec, Lookup } from "../cache/cache.ts";
import { images, imagesFile } from "../build/images.ts";
import type { BuildEnvironment } from "../build/environment/environment.ts";
import type { ArtifactError } from "../../errors.ts";
import type { Context } from "../../context.ts";
import type { Progress } from "../../progress.ts";
import type { Checked } from "../set.ts";
import type { Pin } from "./inputs/pins.ts";
import type { InputStore } from "./inputs/store.ts";

/** The images of the set: built on this host from Debian's busybox, or carried over from another one. */
export class SetImages {
  readonly #environment: BuildEnvironment;
  readonly #store: InputStore;

  constructor(environment: BuildEnvironment, store: InputStore) {
    this.#environment = environment;
    this.#store = store;
  }

  /** What is there, without making it; those built here come first. */
  async find(): Promise<Lookup> {
    const built = await this.#environment.find(images);
    if (built.state === "ready") return built;
    const carried = await this.#store.find(await this.pin());
    return carried.state === "missing" ? built : carried;
  }

  /** Hashes those built here again. */
  async verify(): Promise<Checked[]> {
    const spec = await this.#environment.specOf(images);
    return spec ? this.#environment.cache.checkAll([spec]) : [];
  }

  /** Why those built here cannot be found although they may be there; undefined if they can. */
  lost(): Promise<ArtifactError | undefined> {
    return this.#environment.lost();
  }

  /** Verified images, built if there are none. */
  async make(progress: Progress, context: Context): Promise<Entry> {
    const found = await this.find();
    return found.state === "ready" ? found.entry : this.#environment.make(images, progress, context);
  }

  /** The images as an input that someone carries over; its digest is the one recorded then. */
  async pin(): Promise<Pin> {
    const digest = await this.#store.recorded(imagesFile);
    return { ...imagesPin, ...(digest && { digest }) };
  }

  /** Entry of the carried images; undefined if there are none. */
  async carriedSpec(): Promise<EntrySpec | undefined> {
    return this.#store.specOf(await this.pin());
  }
}

/** The project's own, so every carried copy is as good as another. */
export const imagesPin: Pin = {
  name: imagesFile,
  version: "images 1",
  urls: [imagesFile],
  layout: "images",
  optional: false,
};
