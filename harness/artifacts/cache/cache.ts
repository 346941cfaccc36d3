import { createHash } from "node:crypto";
import { mkdir, mkdtempDisposable, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactError } from "../../errors.ts";
import type { Damage } from "../../host/persisted.ts";
import { describeFiles, type Manifest, verify, writeManifest } from "../manifest.ts";
import type { Programs } from "../../record/record.ts";
import type { CacheStatus, Checked } from "../set.ts";

/** What an entry is: equal keys mean equal inputs, tools and recipe. */
export type EntrySpec = {
  readonly kind: string;
  readonly key: string;
  /** Names of the files that a complete entry holds, or paths below its folder. */
  readonly files: readonly string[];
};

export type Entry = { readonly folder: string; readonly manifest: Manifest };

export type Lookup =
  | { readonly state: "ready"; readonly entry: Entry }
  | { readonly state: "missing" }
  | { readonly state: "damaged"; readonly why: string };

/** The entry that was found. ArtifactError that says what is gone otherwise. */
export function entryIn(found: Lookup, what: string): Entry {
  if (found.state === "ready") return found.entry;
  throw new ArtifactError(`${what} vanished from the cache`, { hint: "Try again." });
}

/** What was found, as a set tells it of one of its parts. */
export function statusIn(found: Lookup): Pick<CacheStatus, "cached" | "damage" | "bytes" | "lastSeconds"> {
  if (found.state === "missing") return { cached: false };
  if (found.state === "damaged") return { cached: false, damage: found.why };
  const { files, seconds } = found.entry.manifest;
  return { cached: true, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), lastSeconds: seconds };
}

/** A key for any JSON value; short enough for a folder name, long enough never to collide. */
export const keyOf = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 24);

/** Whether a folder bears the name of an entry. */
export const isKey = (name: string): boolean => /^[0-9a-f]{24}$/.test(name);

/** Folders with this prefix are entries in the making, or what a killed process left of one. */
export const temporaryPrefix = ".new-";

/** What a file of ours that is damaged means to who cannot do without it. */
export const damagedFile = ({ file, line, reason }: Damage, what: string, hint: string): ArtifactError =>
  new ArtifactError(`${file} cannot be read; ${what}: ${reason}`, { location: { file, line }, hint });

/** Entries in folders `<root>/<kind>/<key>`: complete and verified, or not used. */
export class ContentCache {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Where an entry is, or would be. */
  folderOf({ kind, key }: Pick<EntrySpec, "kind" | "key">): string {
    return join(this.root, kind, key);
  }

  /**
   * Looks an entry up and verifies it; changes nothing but its stamp.
   * With `rehash`, the stamp of the last successful check is not believed.
   */
  async find(spec: EntrySpec, { rehash = false } = {}): Promise<Lookup> {
    const folder = this.folderOf(spec);
    const present = await readdir(folder).catch(() => undefined);
    if (!present) return { state: "missing" };
    const verified = await verify(folder, { rehash });
    if ("damage" in verified) return { state: "damaged", why: verified.damage };
    const { kind, key } = verified;
    if (kind !== spec.kind || key !== spec.key) {
      return { state: "damaged", why: `its manifest is that of ${kind} ${key}` };
    }
    const named = new Set(verified.files.map(({ name }) => name));
    const absent = spec.files.find((name) => !named.has(name));
    if (absent !== undefined) return { state: "damaged", why: `${absent} is not in its manifest` };
    return { state: "ready", entry: { folder, manifest: verified } };
  }

  /** Whether there is an entry of that kind, whatever its key. */
  async holds(kind: string): Promise<boolean> {
    return (await readdir(join(this.root, kind)).catch(() => [])).some(isKey);
  }

  /** Whether there is an entry of any kind. */
  async isUsed(): Promise<boolean> {
    const kinds = await readdir(this.root).catch(() => []);
    return (await Promise.all(kinds.map((kind) => this.holds(kind)))).includes(true);
  }

  /** Hashes every file of those entries that exist, whatever was found before. */
  async checkAll(specs: readonly EntrySpec[]): Promise<Checked[]> {
    const checked: Checked[] = [];
    for (const spec of specs) {
      const found = await this.find(spec, { rehash: true });
      if (found.state === "missing") continue;
      const damage = found.state === "damaged" ? found.why : undefined;
      checked.push({
        name: spec.kind,
        folder: this.folderOf(spec),
        ...(damage !== undefined && { damage }),
      });
    }
    return checked;
  }

  /** How long the newest entry of a kind took to make, in seconds. */
  async lastSeconds(kind: string): Promise<number | undefined> {
    const text = await readFile(this.#lastPath(kind), "utf8").catch(() => "");
    const seconds = Number.parseFloat(text);
    return Number.isFinite(seconds) ? seconds : undefined;
  }

  /**
   * Makes an entry: `make` fills an empty folder, which then replaces the entry as a whole, and returns what programs said.
   * The caller holds the build lock. Throws what `make` throws, and ArtifactError if a file is missing.
   */
  async store(spec: EntrySpec, make: (folder: string) => Promise<Programs | void>): Promise<Entry> {
    const parent = join(this.root, spec.kind);
    await mkdir(parent, { recursive: true });
    // What a killed build left; the lock says nobody else is building.
    for (const name of await readdir(parent)) {
      if (name.startsWith(temporaryPrefix)) await rm(join(parent, name), { recursive: true, force: true });
    }
    await using temporary = await mkdtempDisposable(join(parent, temporaryPrefix));
    const start = performance.now();
    const programs = (await make(temporary.path)) ?? undefined;
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    const present = await readdir(temporary.path, { recursive: true });
    const absent = spec.files.find((name) => !present.includes(name));
    if (absent !== undefined) throw new ArtifactError(`The build of ${spec.kind} made no ${absent}`);
    await writeManifest(temporary.path, {
      kind: spec.kind,
      key: spec.key,
      seconds,
      ...(programs && { programs }),
      builtAt: new Date().toISOString(),
      files: await describeFiles(temporary.path, spec.files),
    });
    const folder = this.folderOf(spec);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary.path, folder);
    await writeFile(this.#lastPath(spec.kind), String(seconds));
    const stored = await this.find(spec);
    if (stored.state === "ready") return stored.entry;
    throw new ArtifactError(
      `The new cache entry ${spec.kind} is ${stored.state === "damaged" ? stored.why : "gone"}`,
      { hint: "Check the disk below the cache folder, then try again." },
    );
  }

  #lastPath(kind: string): string {
    return join(this.root, kind, "last-seconds");
  }
}
