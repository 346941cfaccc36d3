import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type ImageSpec, writeDockerArchive } from "../docker-archive.ts";
import { unpack } from "./binaries.ts";
import type { Component } from "./component.ts";

/** File name of the `docker save` archive with both images. */
export const imagesFile = "images.tar";

/**
 * Scripts of the images. Each stays process 1 and waits in a way that a signal ends at once:
 * as process 1 it has no default action for SIGTERM, so it must trap it; `wait` also reaps orphans.
 */
const scripts = {
  pause: ["trap 'exit 0' TERM INT", "while :; do sleep 86400 & wait $!; done"],
  serve: [
    "trap 'exit 0' TERM INT",
    "mkdir -p /www",
    "hostname > /www/index.html",
    "httpd -f -p 8080 -h /www & wait $!",
  ],
};

const imageSpecs: readonly ImageSpec[] = [
  {
    name: "registry.cn-hangzhou.aliyuncs.com/google-containers/pause-amd64:3.0",
    entrypoint: ["/bin/pause"],
  },
  { name: "guide-workload:1", entrypoint: ["/bin/serve"] },
];

/** Names and tags of both images. */
export const imageNames = imageSpecs.map(({ name }) => name);

/** The guide's pause image, and a workload that serves its host name on port 8080; both from Debian's busybox. */
export const images: Component = {
  name: "images",
  files: [imagesFile],
  inputs: ["busybox-static"],
  hostPackages: [],
  recipe: [import.meta.filename, join(import.meta.dirname, "../docker-archive.ts")],
  async build(context) {
    const busybox = join(await unpack(context, "busybox-static"), "bin/busybox");
    const root = join(context.scratch, "layer");
    await layOut(root, busybox);
    await writeDockerArchive(
      { root, scratch: context.scratch, file: join(context.out, imagesFile) },
      imageSpecs,
      (job) => context.run(job),
    );
  },
};

/** busybox under all its names, the scripts, and the folders that programs expect. */
async function layOut(root: string, busybox: string): Promise<void> {
  const bin = join(root, "bin");
  await mkdir(bin, { recursive: true });
  for (const folder of ["etc", "tmp", "www"]) await mkdir(join(root, folder));
  await copyFile(busybox, join(bin, "busybox"));
  await chmod(join(bin, "busybox"), 0o755);
  const { stdout } = await execa(busybox, ["--list"]);
  const applets = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
  for (const applet of applets) await symlink("busybox", join(bin, applet));
  for (const [name, lines] of Object.entries(scripts)) {
    await writeFile(join(bin, name), ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  }
  await writeFile(join(root, "etc/passwd"), "root:x:0:0:root:/tmp:/bin/sh\n");
}
