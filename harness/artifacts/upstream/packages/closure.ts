import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { installMissing } from "../../build/environment/host-packages.ts";
import { type BuildLog, runJob } from "../../job.ts";
import type { Context } from "../../../context.ts";
import { ArtifactError } from "../../../errors.ts";
import { assertOnline } from "../../../host/offline.ts";
import type { Progress } from "../../../progress.ts";
import { agentFor, timeoutsOf } from "../../../host/download/agent.ts";
import { carryFiles, fetchInputs, type FetchOptions } from "../download/fetch.ts";
import type { Pin } from "../inputs/pins.ts";
import type { InputStore } from "../inputs/store.ts";
import { fetchLists } from "./lists.ts";
import {
  type LockedFile,
  type PackageLock,
  type PackageRequest,
  isPlain,
  notPlain,
  pinFor,
  vaults,
} from "./lock.ts";
import { repositoriesIn } from "./repositories.ts";

/** What CentOS 7 has turned on, led to its archive. */
const ofCentos = ["os", "updates", "extras"].map((name) => ({
  address: `${vaults[0]}${name}/x86_64`,
  keys: [],
}));

/** The system's own, which has dnf. */
const python = "/usr/bin/python3";

/** Installs dnf where this host has none. */
export async function needDnf(log: BuildLog, progress: Progress, context: Context): Promise<void> {
  if (!(await runs(python, "-c", "import dnf"))) await installMissing(["dnf"], log, progress, context);
}

/** Whether this host has a program, however it came to it. */
export const runs = async (program: string, ...args: string[]): Promise<boolean> =>
  !(await execa(program, args, { reject: false })).failed;

const byOnline = "It cannot be fetched beforehand; `--online` lets yum on the machines ask for it.";
const misspelt = "The repositories were read, so see whether the guide's names and versions are right.";

const foundSchema = z.array(
  z.object({ repository: z.string(), location: z.string(), bytes: z.number().int(), sha256: z.string() }),
);

/**
 * Asks CentOS's archive and the repositories that are added which packages some installations need on a machine of which
 * nothing is known. dnf decides that on this host, on lists that are downloaded before, and changes nothing of the host's.
 * The caller holds the lock. ArtifactError, or the signal's reason.
 */
export async function resolveClosure(
  request: PackageRequest,
  {
    store,
    log,
    known,
  }: { readonly store: InputStore; readonly log: BuildLog; readonly known: readonly Pin[] },
  options: FetchOptions,
): Promise<PackageLock> {
  const { progress, context, env } = options;
  assertOnline("What yum is to install is not resolved", carryFiles, env);
  const odd = request.added.find((url) => !isPlain(url));
  if (odd !== undefined)
    throw new ArtifactError(`The guide adds the repository ${odd}: ${notPlain}`, { hint: byOnline });
  const keep = (url: string): Promise<Kept> => keptFile(url, store, known, options);
  await needDnf(log, progress, context);
  const added = await Promise.all(request.added.map(keep));
  const repositories = [...ofCentos, ...added.flatMap(({ url, text }) => repositoriesIn(text, url))];
  const addresses = [...new Set(repositories.map(({ address }) => address.replace(/\/$/, "")))];
  await using scratch = await mkdtempDisposable(join(await store.partsFolder(), "closure-"));
  const folder = scratch.path;
  await using agent = agentFor(env, timeoutsOf(context.deadlines));
  for (const [index, address] of addresses.entries()) {
    progress.note(`${address}: fetching its lists`);
    await fetchLists(address, join(folder, String(index)), agent, options);
  }
  const sources = addresses.map((address, index) => ({ address, folder: join(folder, String(index)) }));
  const found = await decide(folder, sources, request.install, log, context.signal, misspelt);
  const packages = found.map(({ repository, location, bytes, sha256 }) => ({
    url: `${addresses[Number(repository)]}/${location}`,
    bytes,
    sha256,
  }));
  const keyAddresses = new Set(
    repositories.flatMap(({ keys }) => keys).filter((key) => /^https?:/.test(key)),
  );
  const keys = await Promise.all([...keyAddresses].map(keep));
  const strange = packages.find(({ url }) => !isPlain(url));
  if (strange)
    throw new ArtifactError(`A repository has a package at an address of no use: ${strange.url}`, {
      hint: byOnline,
    });
  const files = [
    ...packages,
    ...[...added, ...keys].map(({ url, bytes, sha256 }) => ({ url, bytes, sha256 })),
  ];
  return { install: [...request.install], repositories: addresses, files };
}

/**
 * The packages that dnf takes from repositories on this host, in folders. It works below `folder`. ArtifactError if it finds
 * none that fit, or the signal's reason.
 */
export async function decide(
  folder: string,
  repositories: readonly { readonly address: string; readonly folder: string }[],
  install: readonly string[],
  log: BuildLog,
  signal: AbortSignal,
  hint: string,
): Promise<z.infer<typeof foundSchema>> {
  const asked = {
    repositories: Object.fromEntries(repositories.map(({ folder: path }, index) => [index, path])),
    install: install.map((names) => names.split(" ")),
  };
  await writeFile(join(folder, "request.json"), JSON.stringify(asked));
  const command = [python, join(import.meta.dirname, "closure.py"), folder] as const;
  // Debian's rpm has its database in the user's folder.
  const job = { title: "resolve what yum is to install", command, env: { HOME: folder } };
  await runJob(job, log, signal).catch((error: unknown) => {
    if (!(error instanceof ArtifactError)) throw error;
    const { outputTail = "" } = error.details;
    const why =
      outputTail
        .split(/^\$ .*$/m)
        .at(-1)
        ?.trim() || error.message;
    const named = why.replaceAll(
      /'(\d+)'/g,
      (word, index: string) => repositories[Number(index)]?.address ?? word,
    );
    throw new ArtifactError(`The packages that the guide installs with yum cannot be resolved: ${named}`, {
      ...error.details,
      hint,
    });
  });
  return foundSchema.parse(JSON.parse(await readFile(join(folder, "closure.json"), "utf8")));
}

type Kept = LockedFile & { readonly text: string };

/** Fetches a file that no list gives a digest of: the one that is known holds, else the first copy's is recorded. */
async function keptFile(
  url: string,
  store: InputStore,
  known: readonly Pin[],
  options: FetchOptions,
): Promise<Kept> {
  const withDigest = async (): Promise<Pin> => {
    const recorded = await store.recorded(url);
    const pin = known.find(({ urls }) => urls[0] === url) ?? pinFor(url);
    return pin.digest || !recorded ? pin : { ...pin, digest: recorded };
  };
  const pin = await withDigest();
  if ((await store.find(pin)).state !== "ready") await fetchInputs([pin], store, options);
  const found = await store.find(await withDigest());
  const file = found.state === "ready" ? found.entry.manifest.files[0] : undefined;
  if (found.state !== "ready" || !file)
    throw new ArtifactError(`${url} vanished from the cache`, { hint: "Try again." });
  const text = await readFile(join(found.entry.folder, pin.name), "utf8");
  return { url, bytes: file.bytes, sha256: file.sha256, text };
}
