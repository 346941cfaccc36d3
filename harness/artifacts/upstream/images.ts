import type { Entry, Lookup } from "../cache/cache.ts";
import { images, imagesFile } from "../build/images.ts";
import type { BuildEnvironment } from "../build/environment/environment.ts";
import type { Context } from "../../context.ts";
import type { Progress } from "../../progress.ts";
import type { Checked } from "../set.ts";
import type { Pin } from "./inputs/pins.ts";
import type { InputStore } from "./inputs/store.ts";

/** The images of the set: built on this host from Debian's busybox, or carried over from another one. */
export function imagesOf(environment: BuildEnvironment, store: InputStore) {
  /** The images as an input that someone carries over; its digest is the one recorded then. */
  const pin = async (): Promise<Pin> => {
    const digest = await store.recorded(imagesFile);
    return { ...imagesPin, ...(digest && { digest }) };
  };
  /** What is there, without making it; those built here come first. */
  const find = async (): Promise<Lookup> => {
    const built = await environment.find(images);
    if (built.state === "ready") return built;
    const carried = await store.find(await pin());
    return carried.state === "missing" ? built : carried;
  };
  return {
    pin,
    find,
    /** Hashes those built here again. */
    async verify(): Promise<Checked[]> {
      const spec = await environment.specOf(images);
      return spec ? environment.cache.checkAll([spec]) : [];
    },
    /** Why those built here cannot be found although they may be there; undefined if they can. */
    lost: () => environment.lost(),
    /** Verified images, built if there are none. */
    async make(progress: Progress, context: Context): Promise<Entry> {
      const found = await find();
      return found.state === "ready" ? found.entry : environment.make(images, progress, context);
    },
  };
}

/** The project's own, so every carried copy is as good as another. */
export const imagesPin: Pin = {
  name: imagesFile,
  version: "images 1",
  urls: [imagesFile],
  layout: "images",
  optional: false,
};
