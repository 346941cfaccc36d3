import type { Progress } from "../progress.ts";

export type ArtifactFile = {
  /** File name that the guide's `wget`, `tar` and `cp` lines use. */
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
};

/** All inputs in one folder, verified. */
export type PreparedSet = {
  /** Host folder with `files`, handed to machines read-only. */
  readonly folder: string;
  readonly files: readonly ArtifactFile[];
  /** File name in `folder` of a `docker save` archive: pause and workload images. */
  readonly images: string;
};

/** Where the binaries come from. */
export interface ArtifactSet {
  readonly name: "debian" | "guide";
  readonly versions: {
    readonly kubernetes: string;
    readonly etcd: string;
    readonly flannel: string;
    readonly cfssl: string;
  };
  /** Names of the ports in `fixtures/ports/` that carry the guide to these versions. */
  readonly ports: readonly string[];
  /** What is in the cache and what would have to be made, without making it. */
  inspect(): Promise<{ readonly name: string; readonly cached: boolean; readonly lastSeconds?: number }[]>;
  /**
   * Builds or fetches what is missing, verifies all of it. ArtifactError otherwise.
   * An abort ends the build with the signal's reason; the next call goes on where it stopped.
   */
  prepare(progress: Progress, signal?: AbortSignal): Promise<PreparedSet>;
}
