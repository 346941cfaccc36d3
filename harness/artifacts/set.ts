import type { SetName } from "../choices.ts";
import type { Context } from "../context.ts";
import type { Progress } from "../progress.ts";
import type { InUse } from "./cache/gc.ts";
import type { Programs } from "../record/record.ts";

export type ArtifactFile = {
  /** File name that the guide's `wget`, `tar` and `cp` lines use. */
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
};

/** A part of a set: what is needed of it and what is in the cache. */
export type CacheStatus = {
  readonly name: string;
  readonly cached: boolean;
  /** What a first build takes, if that is much, for a person: time, disk, memory. */
  readonly takes?: string;
  /** How long it took to make or fetch the last time. */
  readonly lastSeconds?: number;
  /** Why what is in the cache must not be used. */
  readonly damage?: string;
  /** Size of its files in the cache. */
  readonly bytes?: number;
  /** What it must hash to, `sha512:…` or `sha256:…`; absent if nobody has said yet. */
  readonly digest?: string;
  /** Who says so: a file and line, or the cache's own record. */
  readonly digestFrom?: string;
  /** Where it comes from. */
  readonly source?: string;
  /** Go modules it is compiled from, `path@version`. */
  readonly modules?: readonly string[];
  /** Addresses that its file answers, if the set goes by addresses. */
  readonly answers?: readonly string[];
  /** Whether the set is complete without it. */
  readonly optional?: boolean;
  /** yum installs it, on machines with CentOS. */
  readonly ofYum?: true;
};

/** Whether a set can be prepared without fetching or building, and what it lacks. */
export type Completeness = { readonly complete: boolean; readonly missing: readonly string[] };

/** An entry of the cache that was hashed anew. */
export type Checked = { readonly name: string; readonly folder: string; readonly damage?: string };

/** What machines install with yum, in place of asking the repositories of CentOS and Docker. */
export type Packages = {
  /** Host folder with a folder for each site, and in it the paths of that site. */
  readonly folder: string;
  readonly files: readonly ArtifactFile[];
  /** For packages that are not the sites' own, what is in them in truth, for a person: an entry for each of Debian's. */
  readonly standIns?: readonly string[];
};

/** All inputs in one folder, verified. */
export type PreparedSet = {
  /** Host folder with `files`, handed to machines read-only. */
  readonly folder: string;
  readonly files: readonly ArtifactFile[];
  /** File name in `folder` of a `docker save` archive: pause and workload images. */
  readonly images: string;
  /** Where a file may be fetched under other names than its own: which address each one answers, also as a file. */
  readonly addresses?: { readonly file: string; readonly nameOf: Readonly<Record<string, string>> };
  /** For machines whose yum asks no site. */
  readonly packages?: Packages;
  /** What the programs said of themselves; absent if nobody ran them here. */
  readonly programs?: Programs;
  /** Files that are not upstream's but someone's own, and the file that names their digests instead. */
  readonly rebuilt?: { readonly files: readonly string[]; readonly pins: string };
};

/** Where the binaries come from. */
export interface ArtifactSet {
  readonly name: SetName;
  readonly versions: {
    readonly kubernetes: string;
    readonly etcd: string;
    readonly flannel: string;
    readonly cfssl: string;
  };
  /** Names of the ports in the guide's `ports/` that carry the guide to these versions. */
  readonly ports: readonly string[];
  /** What is in the cache and what would have to be made or fetched, without doing so. */
  inspect(): Promise<readonly CacheStatus[]>;
  /** Whether `prepare` needs neither network nor build. Reads stamps, no files: well below 100 ms. */
  complete(): Promise<Completeness>;
  /** Which addresses the prepared set answers, by name or by address; fetches and builds nothing. */
  answers(): Promise<(address: string) => boolean>;
  /** Hashes everything in the cache that belongs to this set, whatever was found before. */
  verify(): Promise<readonly Checked[]>;
  /**
   * Builds or fetches what is missing, verifies all of it. ArtifactError otherwise.
   * An abort ends the build with the reason of the context's signal; the next call goes on where it stopped.
   * With `optional`, also optional files; with `imagesOnly`, for machines that download the rest
   * themselves, nothing but the images; with `mends`, also parts that are damaged though the set made of them is whole.
   */
  prepare(
    progress: Progress,
    context: Context,
    options?: { readonly optional?: boolean; readonly imagesOnly?: boolean; readonly mends?: boolean },
  ): Promise<PreparedSet>;
}

/** A set that lies in this host's cache, for who removes what no set uses. */
export interface CachedSet extends ArtifactSet {
  /** Folder of its entries, maybe of other sets' as well. */
  readonly folder: string;
  /** File that is locked while entries come. */
  readonly lock: string;
  /** Entries that it may still use. */
  inUse(): Promise<InUse>;
}
