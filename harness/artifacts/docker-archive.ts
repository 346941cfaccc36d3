import { mkdir, rename, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Job } from "./job.ts";
import { sha256Of } from "./manifest.ts";
import { deterministic } from "./pack.ts";

/** An image that differs from its siblings only in name and command. */
export type ImageSpec = {
  /** Repository and tag, as a pod names it. */
  readonly name: string;
  readonly entrypoint: readonly string[];
};

/**
 * Writes a `docker save` archive (Docker Image Specification v1.2) with images that share one layer.
 * `root` is the layer's tree; `scratch` an empty folder. Equal inputs make an equal archive.
 */
export async function writeDockerArchive(
  { root, scratch, file }: { readonly root: string; readonly scratch: string; readonly file: string },
  images: readonly ImageSpec[],
  run: (job: Job) => Promise<void>,
): Promise<void> {
  const tree = join(scratch, "archive");
  await mkdir(tree, { recursive: true });
  const packed = join(scratch, "layer.tar");
  await run({
    title: "pack the image layer",
    command: ["tar", ...deterministic, "-C", root, "-cf", packed, "."],
  });
  const layerId = await sha256Of(packed);
  const layer = join(layerId, "layer.tar");
  await mkdir(join(tree, layerId));
  await rename(packed, join(tree, layer));
  const manifest = [];
  for (const { name, entrypoint } of images) {
    const config = JSON.stringify(imageConfig(entrypoint, layerId));
    const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
    await writeFile(join(tree, configName), config);
    manifest.push({ Config: configName, RepoTags: [name], Layers: [layer] });
  }
  await writeFile(join(tree, "manifest.json"), JSON.stringify(manifest));
  await run({ title: "pack the images", command: ["tar", ...deterministic, "-C", tree, "-cf", file, "."] });
}

const epoch = "1970-01-01T00:00:00Z";

const imageConfig = (entrypoint: readonly string[], layerId: string): unknown => ({
  architecture: "amd64",
  os: "linux",
  created: epoch,
  config: { Entrypoint: entrypoint, Env: ["PATH=/bin"], WorkingDir: "/" },
  rootfs: { type: "layers", diff_ids: [`sha256:${layerId}`] },
  history: [{ created: epoch, created_by: "Debian's busybox-static" }],
});
