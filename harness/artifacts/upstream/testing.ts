import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import { create } from "tar";
import { imageNames } from "../build/images.ts";

/** Writes a gzip tarball with these members and contents, and returns its path. */
export async function tarball(
  folder: string,
  name: string,
  members: Readonly<Record<string, string | Buffer>>,
  { gzip = true } = {},
): Promise<string> {
  const tree = await mkdtemp(join(folder, "tree-"));
  for (const [path, content] of Object.entries(members)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  const file = join(folder, name);
  await create({ file, cwd: tree, gzip, portable: true }, Object.keys(members));
  await rm(tree, { recursive: true });
  return file;
}

/** A `docker save` archive that names the project's images. */
export const imagesArchive = (folder: string, name = "images.tar"): Promise<string> =>
  tarball(
    folder,
    name,
    { "manifest.json": JSON.stringify([{ RepoTags: imageNames }]), "layer.tar": "layer" },
    { gzip: false },
  );

/** Bytes that look like a Linux program. */
export const program = (text: string): Buffer => Buffer.from(`\u007fELF${text}`, "latin1");

export const hashOf = (algorithm: "sha256" | "sha512", content: string | Buffer): string =>
  createHash(algorithm).update(content).digest("hex");
