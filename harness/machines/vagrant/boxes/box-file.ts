import { posix } from "node:path";
import { list } from "tar";
import { z } from "zod";
import { ArtifactError } from "../../../errors.ts";
import { parseJson } from "../../../host/persisted.ts";

/** What a box must be: for whom a directory or a catalogue is searched. */
export type WantedBox = {
  readonly name: string;
  readonly version: string;
  /** `libvirt` or `virtualbox`; either if absent. */
  readonly provider?: string;
};

/** The kinds of checksum that Vagrant knows (its util/file_checksum.rb), by Node's names. */
export const digestKinds = ["md5", "sha1", "sha256", "sha384", "sha512"] as const;

export type Digest = { readonly type: (typeof digestKinds)[number]; readonly hex: string };

export type BoxFile = {
  readonly path: string;
  readonly provider: string;
  /** Its digest, if a catalogue has said one. */
  readonly promised?: Digest;
};

const metadataSchema = z.object({ provider: z.string().min(1) });

/** A box file as the one that is wanted. ArtifactError if it is none, or one for another provider. */
export async function asBox(path: string, wanted: WantedBox): Promise<BoxFile> {
  const box = await readBox(path);
  if (box.provider === (wanted.provider ?? box.provider)) return box;
  throw new ArtifactError(`${path} is a box for ${box.provider}, not for ${wanted.provider}`, {
    hint: `Fetch the one for ${wanted.provider}: it has that name in its metadata.json, and mostly in its own.`,
  });
}

/** A box file, with the provider that its metadata.json names. ArtifactError if it is none. */
export async function readBox(path: string): Promise<BoxFile> {
  const text = await metadataOf(path);
  const noBox = (reason: string): ArtifactError =>
    new ArtifactError(`${path} is no box: ${reason}`, {
      hint: "Fetch it anew: a box is a tarball with metadata.json, which names its provider, at its top.",
    });
  if (typeof text !== "string") throw noBox(text.fault);
  const { data } = metadataSchema.safeParse(parseJson(text));
  if (!data) throw noBox("its metadata.json names no provider");
  return { path, provider: data.provider };
}

async function metadataOf(path: string): Promise<string | { readonly fault: string }> {
  const chunks: Buffer[] = [];
  let found = false;
  try {
    await list({
      file: path,
      strict: true,
      onReadEntry(entry) {
        if (posix.normalize(entry.path) !== "metadata.json") return;
        found = true;
        entry.on("data", (chunk) => chunks.push(chunk));
      },
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { fault: `it is no whole tarball (${error.message})` };
  }
  return found ? Buffer.concat(chunks).toString("utf8") : { fault: "it has no metadata.json" };
}
