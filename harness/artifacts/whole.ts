import { link, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Programs } from "../record/record.ts";
import { addressesFile, addressLines, type Answering, namesByAddress } from "./address.ts";
import { imagesFile } from "./build/images.ts";
import type { ContentCache, Entry, EntrySpec } from "./cache/cache.ts";
import type { ArtifactFile, PreparedSet } from "./set.ts";

/** A file of the cache, and the folder that it is in. */
export type Placed = { readonly folder: string; readonly file: ArtifactFile };

export const filesIn = ({ folder, manifest }: Entry): Placed[] =>
  manifest.files.map((file) => ({ folder, file }));

/** Makes the entry that holds all files of others in one folder, by hard links, with the addresses that they answer. */
export const storeWhole = (
  cache: ContentCache,
  spec: EntrySpec,
  files: readonly { readonly folder: string; readonly file: { readonly name: string } }[],
  addresses?: readonly Answering[],
  programs?: Programs,
): Promise<Entry> =>
  cache.store(spec, async (into) => {
    for (const { folder, file } of files) await link(join(folder, file.name), join(into, file.name));
    if (addresses) await writeFile(join(into, addressesFile), addressLines(addresses));
    return programs;
  });

/** Such an entry, as machines are given it. */
export const preparedFrom = (
  { folder, manifest: { files, programs } }: Entry,
  addresses?: readonly Answering[],
): PreparedSet => ({
  folder,
  files: files.filter(({ name }) => name !== imagesFile && name !== addressesFile),
  images: imagesFile,
  ...(programs && { programs }),
  ...(addresses && { addresses: { file: addressesFile, nameOf: namesByAddress(addresses) } }),
});
