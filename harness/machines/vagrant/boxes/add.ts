import { glob, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { Context } from "../../../context.ts";
import { ArtifactError, InfrastructureError, UsageError } from "../../../errors.ts";
import { digestOf } from "../../../host/files.ts";
import { lockTimeout, withLock } from "../../../host/lock.ts";
import { assertOnline } from "../../../host/offline.ts";
import { cacheRoot } from "../../../host/paths.ts";
import { readJson, replaceFile } from "../../../host/persisted.ts";
import { type Progress, silent } from "../../../progress.ts";
import { shownAddress } from "../../../host/download/address.ts";
import { boxName, boxVersion, vagrantHome } from "../command/settings.ts";
import { vagrant } from "../command/vagrant.ts";
import type { BoxFile, WantedBox } from "./box-file.ts";
import { carryBox, findBox, forgetDownloads } from "./source.ts";

export type Box = {
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  /** Of the file that it was added from; absent if somebody else than this project has added it. */
  readonly sha256?: string;
};

const recordSchema = z.record(
  z.string(),
  z.strictObject({ sha256: z.string(), from: z.string(), at: z.string() }),
);

/** Digests of boxes as they were first used. */
const recordFile = (): string => join(cacheRoot(), "boxes.json");
const keyOf = ({ name, version, provider }: Box): string => `${name} ${version} ${provider}`;

async function readRecord(): Promise<z.infer<typeof recordSchema>> {
  const { value = {}, damage } = await readJson(recordFile(), recordSchema);
  if (!damage) return value;
  const { file, line, reason } = damage;
  throw new ArtifactError(`${file} cannot be read; it holds the digests of boxes as first used: ${reason}`, {
    location: { file, line },
    hint: "Restore it, or delete it: then the next copy of each box is recorded anew.",
  });
}

/** A file that stays with the box in vagrant's home, and goes with it: the digest of what it was added from. */
const marker = "k8s-guide.sha256";

/** The version of a box in vagrant's home, and its folder; newer ones of vagrant have one for each architecture. */
async function inHome(
  name: string,
  version: string,
  provider: string,
): Promise<{ readonly version: string; readonly folder: string } | undefined> {
  const cwd = join(vagrantHome(), "boxes", name.replaceAll("/", "-VAGRANTSLASH-"));
  for await (const found of glob(`${version}/{,*/}${provider}/metadata.json`, { cwd })) {
    return { version: found.split(sep)[0] ?? version, folder: dirname(join(cwd, found)) };
  }
  return undefined;
}

/** The box of that name and version that vagrant has; undefined if it has none for that provider. */
export async function addedBox(provider = "libvirt"): Promise<Box | undefined> {
  const name = boxName();
  const found = await inHome(name, boxVersion() ?? "*", provider);
  if (!found) return undefined;
  const sha256 = await readFile(join(found.folder, marker), "utf8").catch(() => undefined);
  return { name, version: found.version, provider, ...(sha256 !== undefined && { sha256 }) };
}

/**
 * Sees that the provider's box is there where GUIDE_BOX_URL names one, and that it is the one that was used first.
 * Without that variable vagrant finds the box in its home, or fetches it from its own catalogue.
 */
export async function prepareBox(progress: Progress, context: Context): Promise<void> {
  const from = process.env["GUIDE_BOX_URL"];
  if (from) return void (await addBox(from, progress, context, "libvirt"));
  assertChecksumOfFile();
  const box = await addedBox();
  if (!box) assertOnline(`vagrant lacks the box ${boxName()}`, carryBox);
  if (box?.sha256 === undefined) return;
  const recorded = (await readRecord())[keyOf(box)];
  if (recorded && recorded.sha256 !== box.sha256) throw differs("vagrant's home", box, box.sha256, recorded);
}

/** UsageError if a person gives a checksum, and no file that it is of. */
export function assertChecksumOfFile(): void {
  if (!process.env["GUIDE_BOX_CHECKSUM"] || process.env["GUIDE_BOX_URL"]) return;
  throw new UsageError(
    "GUIDE_BOX_CHECKSUM is the checksum of the file that GUIDE_BOX_URL names, and that is not set",
    {
      hint: "Set GUIDE_BOX_URL, too; or add the box from its file first, `pnpm run box FILE`, and unset GUIDE_BOX_CHECKSUM after it.",
    },
  );
}

/**
 * Adds a box under its name and version from whatever `from` leads to (see `findBox`), and holds it to the digest that it
 * had first. UsageError or ArtifactError for what cannot be it, InfrastructureError if vagrant refuses it.
 */
export async function addBox(
  from: string,
  progress: Progress,
  context: Context,
  provider?: string,
): Promise<Box & { readonly sha256: string }> {
  const wanted = wantedFrom(from, provider);
  const lock = { name: "boxes' lock", progress, ...context, held: lockTimeout("Another addition of a box") };
  return withLock(join(cacheRoot(), "boxes.lock"), lock, async () => {
    const record = await readRecord();
    const { path, box } = await checked(from, wanted, record, progress, context).catch(
      async (error: unknown) => {
        if (error instanceof ArtifactError) await forgetDownloads();
        throw error;
      },
    );
    const recorded = record[keyOf(box)];
    if ((await addedBox(box.provider))?.sha256 !== box.sha256) await add(path, box, progress, context);
    if (!recorded) {
      const at = new Date().toISOString();
      const all = { ...record, [keyOf(box)]: { sha256: box.sha256, from: shownAddress(from), at } };
      await replaceFile(recordFile(), `${JSON.stringify(all, undefined, 2)}\n`);
      progress.note(
        `Box ${box.name} ${box.version} from ${shownAddress(from)}: sha256 ${box.sha256} is recorded; later ones must have it.`,
      );
    }
    return box;
  });
}

/** Looks whether a box from there would be taken, and adds nothing. Errors as `addBox`. */
export async function checkSource(
  from: string,
  context: Context,
  provider?: string,
): Promise<Box & { readonly sha256: string }> {
  return (await checked(from, wantedFrom(from, provider), await readRecord(), silent, context)).box;
}

/** The digest that a box had first; undefined for one that was never added from a file. */
export const recordedDigest = async (box: Box): Promise<string | undefined> =>
  (await readRecord())[keyOf(box)]?.sha256;

function wantedFrom(from: string, provider?: string): WantedBox {
  const name = boxName();
  const version = boxVersion() ?? "1";
  if (!/^\d+(\.\w+)*$/.test(version)) {
    throw new UsageError(
      `A box from ${shownAddress(from)} needs a version, and "${version}" is a version condition`,
      {
        hint: "Set GUIDE_BOX_VERSION to the version that the box is to have, such as 1804.02.",
      },
    );
  }
  return { name, version, ...(provider && { provider }) };
}

/** The box that `from` leads to, if it is what it should be: by its catalogue, by the person, and by the record. */
async function checked(
  from: string,
  wanted: WantedBox,
  record: z.infer<typeof recordSchema>,
  progress: Progress,
  context: Context,
): Promise<{ readonly path: string; readonly box: Box & { readonly sha256: string } }> {
  const file = await findBox(from, wanted, progress, context);
  const { path, provider } = file;
  const box = { ...wanted, provider, sha256: await digestOf(path, "sha256", context.signal) };
  await assertPromised(file, box.sha256, context.signal);
  const recorded = record[keyOf(box)];
  if (recorded && recorded.sha256 !== box.sha256) throw differs(path, box, box.sha256, recorded);
  return { path, box };
}

/** ArtifactError unless the box has the digests that its catalogue and the person give. */
async function assertPromised(
  { path, promised }: BoxFile,
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  const own = process.env["GUIDE_BOX_CHECKSUM"]?.toLowerCase();
  const promises = [
    ...(promised ? [{ who: "its catalogue", ...promised }] : []),
    ...(own ? [{ who: "GUIDE_BOX_CHECKSUM", type: "sha256", hex: own }] : []),
  ];
  for (const { who, type, hex } of promises) {
    const found = type === "sha256" ? sha256 : await digestOf(path, type, signal);
    if (hex === found) continue;
    throw new ArtifactError(`${path} has the ${type} ${found}, and ${who} says ${hex}`, {
      hint: "Fetch the box again from a place you trust, or correct the expected checksum.",
    });
  }
}

const differs = (
  what: string,
  { name, version, provider }: Box,
  sha256: string,
  recorded: { readonly sha256: string; readonly from: string; readonly at: string },
): ArtifactError =>
  new ArtifactError(
    `The box ${name} ${version} for ${provider} is not the one that was used first: ${what} has the sha256 ${sha256}, recorded is ${recorded.sha256} (${recorded.from}, ${recorded.at})`,
    {
      location: { file: recordFile(), line: 1 },
      hint: `Use the first one again. If this one is right, compare its digest with its publisher's, delete the entry in ${recordFile()}, and remove what was made of the first: \`vagrant box remove ${name} --box-version ${version} --provider ${provider}\`, and its volume (\`virsh vol-list default\`).`,
    },
  );

/** Adds the box through a catalogue of our own: to a file alone vagrant gives no version. */
async function add(
  path: string,
  { name, version, provider, sha256 }: Box & { readonly sha256: string },
  progress: Progress,
  context: Context,
): Promise<void> {
  await using work = await mkdtempDisposable(join(cacheRoot(), "box-"));
  const catalogue = join(work.path, "catalogue.json");
  const file = { name: provider, url: pathToFileURL(path).href, checksum_type: "sha256", checksum: sha256 };
  await writeFile(catalogue, JSON.stringify({ name, versions: [{ version, providers: [file] }] }));
  const env = { VAGRANT_HOME: vagrantHome() };
  await progress.span("add the box", () =>
    vagrant(["box", "add", "--force", "--provider", provider, catalogue], env, context, { limit: "build" }),
  );
  const added = await inHome(name, version, provider);
  if (!added) {
    throw new InfrastructureError(`vagrant added no box ${name} ${version} for ${provider}`, {
      hint: `See \`vagrant box list\`, and whether VAGRANT_HOME (${vagrantHome()}) can be written.`,
    });
  }
  await writeFile(join(added.folder, marker), sha256);
}
