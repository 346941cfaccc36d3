import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../context.ts";
import type { ProgramPackages } from "../host/packages/packages.ts";
import { cacheRoot } from "../host/paths.ts";
import type { Progress } from "../progress.ts";
import { bareAddress } from "./address.ts";
import { rpms, standInsFile } from "./debian/rpms.ts";
import type { PackageRequest } from "./upstream/packages/lock.ts";
import { UpstreamSet } from "./upstream/set.ts";
import { BuildEnvironment } from "./build/environment/environment.ts";
import type { Packages } from "./set.ts";

/** Builds the packages, or verifies them, cached below `root`. ArtifactError, or the signal's reason. */
export async function preparePackages(
  progress: Progress,
  context: Context,
  root: string = cacheRoot(),
): Promise<Packages> {
  const { folder, manifest } = await new BuildEnvironment(root).make(rpms, progress, context);
  const text = await readFile(join(folder, standInsFile), "utf8");
  return { folder, files: manifest.files, standIns: text.trimEnd().split("\n") };
}

/** CentOS's and Docker's own packages, fetched or verified, for what a plan installs. ArtifactError, or the signal's reason. */
export const centosPackages = (
  request: PackageRequest,
  progress: Progress,
  context: Context,
): Promise<Packages> => new UpstreamSet().preparePackages(request, progress, context);

/** What of them would have to be fetched, and the programs of this host that it takes; asks nobody. */
export async function lookForPackages(
  request: PackageRequest,
): Promise<{ readonly missing: readonly string[]; readonly programs: ProgramPackages }> {
  const { packages } = new UpstreamSet();
  return { missing: await packages.missing(request), programs: await packages.programs(request) };
}

/** Whether the packages for embedded machines are in the cache, as they would be built now; asks nobody. */
export const hasPackages = async (): Promise<boolean> =>
  (await new BuildEnvironment(cacheRoot()).find(rpms)).state === "ready";

/** Whether the repositories that the project packs have a file at an address, as wget and curl may ask for it. */
export const inRepositories = (address: string): boolean =>
  rpms.files.includes(bareAddress(address).replace(/^https?:\/\//, ""));
