import { constants } from "node:fs";
import { chmod, copyFile, link, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  ContentCache,
  damagedFile,
  type Entry,
  type EntrySpec,
  keyOf,
  type Lookup,
  statusIn,
} from "../../cache/cache.ts";
import type { CacheStatus } from "../../set.ts";
import { ArtifactError, InfrastructureError } from "../../../errors.ts";
import { readJson, replaceFile } from "../../../host/persisted.ts";
import { partsFolder } from "../../cache/gc.ts";
import type { Progress } from "../../../progress.ts";
import { type Digests, showDigest } from "./digest.ts";
import { type Candidate, examine } from "./examine.ts";
import { PartFile } from "../../../host/download/part.ts";
import { type Digest, loadPins, type Pin, type Pins } from "./pins.ts";

/** Digests of inputs that nobody has pinned, as they were seen first; by the input's address. */
const recordSchema = z.record(
  z.string(),
  z.strictObject({ sha256: z.string(), name: z.string(), at: z.string() }),
);

/** The inputs of the guide in the cache, each a verified entry of its own. */
export class InputStore {
  readonly cache: ContentCache;
  readonly #recordPath: string;
  readonly #pinsFile: string | undefined;
  #recording: Promise<void> = Promise.resolve();

  /**
   * `root` is the folder of the cache, `pinsFile` another file than the project's, `folder` that of the entries: without, by the name
   * that the set had once, for caches are shared with older checkouts, and machines see folders of it.
   */
  constructor(
    root: string,
    { pinsFile, folder = "guide" }: { readonly pinsFile?: string | undefined; readonly folder?: string } = {},
  ) {
    this.cache = new ContentCache(join(root, "artifacts", folder));
    this.#recordPath = join(this.cache.root, "recorded.json");
    this.#pinsFile = pinsFile;
  }

  /** The inputs with the digests that pins, GUIDE_PINS or the record of first copies name. */
  async pins(env: NodeJS.ProcessEnv): Promise<Pins> {
    const pins = await loadPins(env, this.#pinsFile);
    const recorded = await this.#records();
    const inputs = pins.inputs.map((pin): Pin => {
      const sha256 = recorded[pin.urls[0]]?.sha256;
      if (pin.digest || sha256 === undefined) return pin;
      return { ...pin, digest: this.#asRecorded(sha256) };
    });
    return { ...pins, inputs };
  }

  /** The digest of the first copy of an input by its address; undefined if none was recorded. */
  async recorded(url: string): Promise<Digest | undefined> {
    const sha256 = (await this.#records())[url]?.sha256;
    return sha256 === undefined ? undefined : this.#asRecorded(sha256);
  }

  /** Entry of an input; undefined while nobody has said what it must hash to. */
  specOf({ name, digest }: Pin): EntrySpec | undefined {
    if (!digest) return undefined;
    return { kind: name, key: keyOf([name, digest.algorithm, digest.hex]), files: [name] };
  }

  /** The cached copy of an input. Fetches nothing. */
  async find(pin: Pin): Promise<Lookup> {
    const spec = this.specOf(pin);
    if (spec) return this.cache.find(spec);
    if (!(await this.cache.holds(pin.name))) return { state: "missing" };
    return { state: "damaged", why: `no digest of it is known, for ${this.#recordPath} does not name it` };
  }

  /** Those of some inputs without a good copy in the cache; tells of damaged ones. */
  async missing<P extends Pin>(pins: readonly P[], progress?: Progress): Promise<P[]> {
    const found = await Promise.all(pins.map((pin) => this.find(pin)));
    return pins.filter((pin, index) => {
      const { state, ...more } = found[index] ?? { state: "missing" };
      if ("why" in more) progress?.note(`${pin.name}: the cached copy is damaged (${more.why})`);
      return state !== "ready";
    });
  }

  async statusOf(pin: Pin): Promise<CacheStatus> {
    const { name, digest, urls, optional, ofYum } = pin;
    return {
      name,
      ...statusIn(await this.find(pin)),
      ...(digest && { digest: showDigest(digest), digestFrom: digest.from }),
      source: urls[0],
      // No step downloads by itself what yum installs.
      ...(ofYum ? { ofYum } : { answers: urls }),
      ...(optional && { optional }),
    };
  }

  /** The file that receives a download of an input. */
  partOf({ name, urls, digest }: Pin): PartFile {
    const key = keyOf([urls, digest?.hex]).slice(0, 12);
    return new PartFile(join(this.cache.root, partsFolder, `${name}-${key}.part`));
  }

  /** The folder for what is on its way into or out of the cache; it exists. */
  async partsFolder(): Promise<string> {
    const folder = join(this.cache.root, partsFolder);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /**
   * Takes a file into the cache after checking it; the first copy of an input without a digest is recorded.
   * A file that is `ours` is linked, not copied. The caller holds the lock.
   * ArtifactError if it is not the input; then nothing of it is kept.
   */
  async add(
    pin: Pin,
    candidate: Candidate,
    progress: Progress,
    options: {
      readonly ours: boolean;
      readonly digests?: Digests;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<Entry> {
    const { sha256 } = await examine(pin, candidate, options);
    const digest = pin.digest ?? this.#asRecorded(sha256);
    const spec = this.specOf({ ...pin, digest });
    if (!spec) throw new ArtifactError(`${pin.name} has no digest`);
    const entry = await this.cache
      .store(spec, async (folder) => {
        const target = join(folder, pin.name);
        await (options.ours
          ? link(candidate.path, target)
          : copyFile(candidate.path, target, constants.COPYFILE_FICLONE));
        // As wget saves it: a program that came executable would hide that the guide has to make it so.
        await chmod(target, 0o644);
      })
      .catch((error: unknown) => {
        throw notStored(pin.name, this.cache.root, error);
      });
    if (entry.manifest.files[0]?.sha256 !== sha256) {
      await rm(entry.folder, { recursive: true, force: true });
      throw new ArtifactError(`${candidate.origin} changed while it was read`, { hint: "Try again." });
    }
    if (!pin.digest) await this.#record(pin, sha256, progress);
    return entry;
  }

  #asRecorded(sha256: string): Digest {
    return { algorithm: "sha256", hex: sha256, from: this.#recordPath, recorded: true };
  }

  /** What was recorded. ArtifactError if that is damaged: guessing would void its purpose. */
  async #records(): Promise<z.infer<typeof recordSchema>> {
    const { value = {}, damage } = await readJson(this.#recordPath, recordSchema);
    if (!damage) return value;
    const hint = "Restore it, or delete it: then the next copy of each such input is recorded anew.";
    throw damagedFile(damage, "it holds the digests of inputs as first seen", hint);
  }

  /** Inputs are added side by side; their records are written one after the other. */
  async #record(pin: Pin, sha256: string, progress: Progress): Promise<void> {
    const before = this.#recording;
    this.#recording = (async () => {
      await before.catch(() => undefined);
      const own = { sha256, name: pin.name, at: new Date().toISOString() };
      const records = { ...(await this.#records()), [pin.urls[0]]: own };
      await replaceFile(this.#recordPath, `${JSON.stringify(records, undefined, 2)}\n`);
    })();
    await this.#recording;
    // Only these are in pins.yaml.
    if (typeof pin.layout === "string" && pin.layout !== "program") return;
    progress.note(
      `${pin.name}: no digest is pinned, so this copy's is recorded and every later one must be equal. ` +
        `To pin it, add to its entry in harness/artifacts/upstream/pins.yaml: "    sha256: ${sha256}"`,
    );
  }
}

/** A full disk or the like, as an error of this host; other errors as they are. */
export function notStored(what: string, where: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && "syscall" in error)) return error;
  return new InfrastructureError(`${what} cannot be written to ${where} (${String(error.code)})`, {
    cause: error,
    hint: "Make room on that disk, or see who may write to it, then try again.",
  });
}
