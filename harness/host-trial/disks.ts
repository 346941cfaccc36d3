import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { artifactSet, collectGarbage } from "../artifacts/index.ts";
import { preparePackages } from "../artifacts/packages.ts";
import type { Context } from "../context.ts";
import { host, hostContained } from "../host/exec.ts";
import { definitionHash } from "../host/files.ts";
import { debianMirror, firstArchive } from "../host/packages/debian-mirror.ts";
import { providerPackages } from "../host/packages/packages.ts";
import { cacheRoot, projectRoot } from "../host/paths.ts";
import { debianSuite, prepareRootfs } from "../machines/nspawn/image/rootfs.ts";
import { type Progress, timed } from "../progress.ts";
import type { System } from "./emulator.ts";

const definition = join(import.meta.dirname, "system");

/**
 * What somebody who follows the README has installed on Debian 12, its kernel, and, for a host without a network, what the
 * first run would install.
 */
const packages = [
  "linux-image-amd64",
  "apparmor",
  "libpam-systemd",
  "nodejs",
  "npm",
  "git",
  "ca-certificates",
  ...providerPackages,
];

/** Builds the disk with debootstrap, below `root`, unless it is there: about three minutes, once. The caller holds the lock. */
export async function makeSystem(root: string, progress: Progress, context: Context): Promise<System> {
  const name = `system-${await definitionHash({ debianSuite, packages }, definition)}`;
  const folder = join(root, name);
  if (!existsSync(folder)) {
    await mkdir(root, { recursive: true });
    // Systems of other definitions, and what killed builds left.
    const others = (await readdir(root)).filter((entry) => entry.startsWith("system-"));
    for (const other of others) await rm(join(root, other), { recursive: true });
    progress.note("Building the disk of a stock Debian 12 with debootstrap: about three minutes, once.");
    const work = await mkdtemp(join(root, "system-new-"));
    const archive = await firstArchive(await debianMirror());
    const script = [join(definition, "build.sh"), work, debianSuite, archive, packages.join(" ")];
    await timed({ name: "the disk", expected: 180 }, progress, () =>
      hostContained(script, context, {
        limit: "build",
        hint: "Check that apt works on the host, or name another archive with GUIDE_DEBIAN_MIRROR.",
      }),
    );
    await rename(work, folder);
  }
  return {
    disk: join(folder, "system.raw"),
    kernel: join(folder, "vmlinuz"),
    initrd: join(folder, "initrd.img"),
  };
}

/**
 * Makes the disk of root's home below `root`, and gives its file: a clean clone of the checkout's HEAD, and caches so full
 * that a run with the artifact set needs no network. The machines' root file system is built for it, once: the one in this
 * host's cache has its machines' disks in it. The caller holds the lock.
 */
export async function makeHome(
  root: string,
  set: string,
  progress: Progress,
  context: Context,
): Promise<string> {
  const home = join(root, "home");
  const from = cacheRoot();
  const to = cacheRoot({ XDG_CACHE_HOME: join(home, ".cache") });
  await artifactSet(set).prepare(progress, context);
  await preparePackages(progress, context);
  const parts = ["artifacts/built", "build/apt/inputs.json", "shellcheck"];
  for (const part of parts.filter((name) => existsSync(join(from, name)))) {
    await mkdir(join(to, part, ".."), { recursive: true });
    await host(
      "cp",
      ["--archive", "--link", "--force", "--no-target-directory", join(from, part), join(to, part)],
      context,
    );
  }
  await collectGarbage(progress, context, { dryRun: false }, to);
  await prepareRootfs(progress, context, to);
  progress.note("Packing root's home: the project and its caches.");
  const disk = join(root, "home.raw");
  await host("sh", [join(import.meta.dirname, "home", "build.sh"), projectRoot, home, disk], context, {
    limit: "build",
    hint: "Check that npm and git work on this host.",
  });
  return disk;
}
