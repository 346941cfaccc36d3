import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import type { Context } from "../../../context.ts";
import { ArtifactError, UsageError } from "../../../errors.ts";
import { assertOnline } from "../../../host/offline.ts";
import { cacheRoot } from "../../../host/paths.ts";
import { parseJson } from "../../../host/persisted.ts";
import { shownAddress } from "../../../host/download/address.ts";
import { agentFor, timeoutsOf } from "../../../host/download/agent.ts";
import { download } from "../../../host/download/download.ts";
import { PartFile } from "../../../host/download/part.ts";
import type { Progress } from "../../../progress.ts";
import { asBox, type BoxFile, type Digest, digestKinds, readBox, type WantedBox } from "./box-file.ts";

const forms =
  "Name a .box file, a directory that holds one, a catalogue's JSON, or the http address of a file, with GUIDE_BOX_URL or after `pnpm run box`.";

export const carryBox = "Carry its file over: `pnpm run box FILE`.";

const providerSchema = z.object({
  name: z.string(),
  url: z.string(),
  checksum_type: z.string().nullish(),
  checksum: z.string().nullish(),
});

type ProviderOfBox = z.infer<typeof providerSchema>;

const catalogueSchema = z.object({
  name: z.string(),
  versions: z.array(z.object({ version: z.string(), providers: z.array(providerSchema) })),
});

/**
 * Finds the box that `from` leads to: a file, a directory with one, or a catalogue, by path or address. UsageError if it
 * leads to none or to several, ArtifactError for a file that is no box, or one for another provider.
 */
export async function findBox(
  from: string,
  wanted: WantedBox,
  progress: Progress,
  context: Context,
): Promise<BoxFile> {
  const path = await localPath(from, progress, context);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new UsageError(`There is no box at ${path}: no such file`, { hint: forms });
  if (found.isDirectory()) return inDirectory(path, wanted);
  if (!found.isFile()) throw new UsageError(`There is no box at ${path}: it is no file`, { hint: forms });
  if (await isCatalogue(path)) return inCatalogue(path, from, wanted, progress, context);
  return asBox(path, wanted);
}

/** Whether a file is a catalogue, by its name or by what it says: Vagrant's own addresses have no ending. */
async function isCatalogue(path: string): Promise<boolean> {
  if (path.endsWith(".json")) return true;
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(64));
  return /^\s*\{/.test(buffer.toString("latin1", 0, bytesRead));
}

/** Whether more than this host has to be asked for a box. UsageError for no address. */
export async function isElsewhere(from: string): Promise<boolean> {
  const at = addressOf(from);
  if (at instanceof URL) return true;
  return (await stat(at).catch(() => undefined))?.isFile() === true && isCatalogue(at);
}

/** The address that a person names, or the path on this host. UsageError for an address that is none. */
function addressOf(from: string): URL | string {
  if (!/^(?:https?|file):/i.test(from)) return resolve(from);
  try {
    const address = new URL(from);
    return address.protocol === "file:" ? fileURLToPath(address) : address;
  } catch (cause) {
    throw new UsageError(`${from} is no address of a box`, { hint: forms, cause });
  }
}

const downloads = (): string => join(cacheRoot(), "boxes");

/** Removes what was fetched: it turned out to be of no use. */
export const forgetDownloads = (): Promise<void> => rm(downloads(), { recursive: true, force: true });

/** Where a path or an address is on this host; what is elsewhere is fetched, and kept in the cache. */
async function localPath(from: string, progress: Progress, context: Context): Promise<string> {
  const address = addressOf(from);
  if (typeof address === "string") return address;
  const folder = join(downloads(), createHash("sha256").update(from).digest("hex").slice(0, 16));
  const path = join(folder, basename(address.pathname) || "box");
  const kept = await stat(path).catch(() => undefined);
  if (kept) return path;
  assertOnline(`The cache lacks the box at ${shownAddress(from)}`, carryBox);
  const part = new PartFile(`${path}.part`);
  await using agent = agentFor(process.env, timeoutsOf(context.deadlines));
  await download({
    name: basename(path),
    addresses: [from],
    part,
    agent,
    progress,
    signal: context.signal,
    // Vagrant's own site has a page for people at the same address.
    accept: "application/json, */*;q=0.5",
    hint: "See whether the address answers (`pnpm run doctor --provider vagrant`); what was downloaded is kept, and the next call continues from there. Or carry the file over, and name it with GUIDE_BOX_URL.",
  });
  await rename(part.path, path);
  await part.discard();
  return path;
}

async function inDirectory(folder: string, wanted: WantedBox): Promise<BoxFile> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".box")).toSorted();
  const read = await Promise.allSettled(names.map((name) => readBox(join(folder, name))));
  const boxes = read.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  const fitting = boxes.filter(({ provider }) => provider === (wanted.provider ?? provider));
  const [only, ...others] = fitting;
  if (only && others.length === 0) return only;
  const broken = read.find(({ status }) => status === "rejected");
  if (!only && broken?.status === "rejected") throw broken.reason;
  const seen = boxes.map(({ path, provider }) => `${basename(path)} for ${provider}`).join(", ");
  const whom = wanted.provider === undefined ? "" : ` for ${wanted.provider}`;
  throw new UsageError(
    only
      ? `${folder} holds several boxes${whom}: ${seen}`
      : `${folder} holds no box${whom}${seen && `, only ${seen}`}`,
    { hint: only ? "Name the one that is meant." : forms },
  );
}

async function inCatalogue(
  path: string,
  from: string,
  wanted: WantedBox,
  progress: Progress,
  context: Context,
): Promise<BoxFile> {
  const { data, error } = catalogueSchema.safeParse(parseJson(await readFile(path, "utf8")));
  if (!data) {
    const [issue] = error.issues;
    throw new ArtifactError(`${path} is no catalogue of boxes: ${issue?.path.join(".")}: ${issue?.message}`, {
      location: { file: path, line: 1 },
      hint: forms,
    });
  }
  if (data.name !== wanted.name) {
    throw new ArtifactError(`${path} is the catalogue of ${data.name}, not of ${wanted.name}`, {
      location: { file: path, line: 1 },
      hint: "Give the catalogue of that box, or name the other one with GUIDE_BOX.",
    });
  }
  const all = data.versions.flatMap(({ version, providers }) =>
    providers.map((one) => ({ version, ...one })),
  );
  const one = all.find(
    ({ version, name }) => version === wanted.version && name === (wanted.provider ?? name),
  );
  if (!one) {
    const has = all.map(({ version, name }) => `${version} for ${name}`).join(", ");
    throw new ArtifactError(
      `${path} has no ${wanted.name} ${wanted.version}${wanted.provider === undefined ? "" : ` for ${wanted.provider}`}; it has ${has || "none"}`,
      {
        location: { file: path, line: 1 },
        hint: "Give a catalogue that has it, or another version with GUIDE_BOX_VERSION.",
      },
    );
  }
  // A catalogue may name its boxes by paths beside it.
  const base = /^https?:/i.test(from) ? from : pathToFileURL(path).href;
  const promised = promisedBy(one, path);
  const at = URL.canParse(one.url, base) ? new URL(one.url, base).href : one.url;
  const box = await asBox(await localPath(at, progress, context), wanted);
  return promised ? { ...box, promised } : box;
}

/** The checksum that a catalogue gives of a box. ArtifactError for one that cannot be checked. */
function promisedBy({ checksum, checksum_type: kind }: ProviderOfBox, catalogue: string): Digest | undefined {
  if (!checksum) return undefined;
  const type = digestKinds.find((known) => known === kind?.toLowerCase());
  if (type) return { type, hex: checksum.toLowerCase() };
  throw new ArtifactError(
    `${catalogue} gives a checksum of ${kind ? `the kind ${kind}` : "no kind"}, which cannot be checked`,
    {
      location: { file: catalogue, line: 1 },
      hint: `Give its \`checksum_type\`: ${digestKinds.join(", ")}; or name the box's own file.`,
    },
  );
}
