import { constants, existsSync } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { carryFiles } from "../../artifacts/upstream/download/fetch.ts";
import { hasPackages, lookForPackages } from "../../artifacts/packages.ts";
import type { ArtifactSet } from "../../artifacts/set.ts";
import type { Context } from "../../context.ts";
import { errnoOf } from "../../host/errno.ts";
import { fillCache } from "../../host/offline.ts";
import { cacheRoot, shortPath } from "../../host/paths.ts";
import type { Check, Provider } from "../../machines/machine.ts";
import { checkPrograms } from "../../machines/programs.ts";
import { packagesOf } from "../../run/request/needs.ts";
import { otherSet } from "../../settings/other-set.ts";
import { planOf, type Settings } from "../../settings/settings.ts";

/** Whether a run that must not download has all files of its artifact set; of another its own lines tell. */
export async function checkSet(set: ArtifactSet, settings: Settings, context: Context): Promise<Check[]> {
  if (!settings.offline) return [];
  const need = `artifact set ${set.name}`;
  const { complete, missing } = await set.complete();
  if (complete) return [{ need, found: "in the cache" }];
  const other = await otherSet(settings, context);
  const remedy = other ?? (set.name === "upstream" ? carryFiles : fillCache(set.name));
  const damage = (await set.inspect()).find((part) => !part.cached && part.damage !== undefined)?.damage;
  const found = `without ${shortened(missing)}${damage === undefined ? "" : `: ${damage}`}`;
  return [{ need, found, remedy, fatal: true, verdict: "artifact" }];
}

/** Whether the cache, or what it is to be made in, can be written, without which no run begins. */
export async function checkCache(root = cacheRoot()): Promise<Check> {
  const cache = `cache ${shortPath(root)}`;
  let folder = root;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is no folder`);
    await access(folder, constants.W_OK);
    return { need: cache, found: "can be written" };
  } catch (error) {
    const errno = errnoOf(error);
    const why = errno ?? (error instanceof Error ? error.message : String(error));
    const remedy = "Name another folder in XDG_CACHE_HOME, or see who may write there.";
    const verdict = errno === undefined ? "usage" : "infrastructure";
    return { need: cache, found: `cannot be written: ${why}`, remedy, fatal: true, verdict };
  }
}

/** Whether what the guide's yum installs is in the cache, for machines that do not ask its sites themselves. */
export async function checkPackages(machines: Provider, settings: Settings): Promise<Check[]> {
  if (settings.online) return [];
  if (machines.packages === "packed") return settings.offline ? [await checkPacked()] : [];
  if (machines.packages !== "centos") return [];
  const { missing, programs } = await lookForPackages(packagesOf(await planOf(settings)));
  const isLaidOut = Object.keys(programs).length === 0;
  const ofYum = packagesCheck(missing, isLaidOut, settings);
  if (isLaidOut) return [ofYum];
  return [ofYum, await checkPrograms("programs that make yum's repositories", programs)];
}

const need = "packages for yum";

async function checkPacked(): Promise<Check> {
  if (await hasPackages()) return { need, found: "in the cache" };
  return { need, found: "not made yet", remedy: fillCache(), fatal: true, verdict: "artifact" };
}

function packagesCheck(missing: readonly string[], isLaidOut: boolean, { offline }: Settings): Check {
  // Only who lays them out sees whether the lock has all that they need.
  const enough = isLaidOut ? "" : "; the next run lays them out, and sees whether they are enough";
  if (missing.length === 0) return { need, found: `in the cache${enough}` };
  const found = `${missing.length} to fetch: ${shortened(missing)}`;
  if (offline) return { need, found, remedy: carryFiles, fatal: true, verdict: "artifact" };
  const remedy =
    "Nothing to do where their sites answer: the next run fetches them; without a network carry them over: docs/artifacts.md.";
  return { need, found, remedy, fatal: false };
}

const shortened = (names: readonly string[]): string =>
  `${names.slice(0, 3).join(", ")}${names.length > 3 ? " …" : ""}`;
