import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { debianMirror, firstArchive } from "../host/packages/debian-mirror.ts";
import { hostContained } from "../host/exec.ts";
import { definitionHash } from "../host/files.ts";
import { providerPackages } from "../host/packages/packages.ts";
import { debianSuite } from "../machines/nspawn/image/rootfs.ts";
import { type Progress, timed } from "../progress.ts";

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

/** Files that boot a stock Debian 12: its disk, which is not to be written to, and its kernel. */
export type System = { readonly disk: string; readonly kernel: string; readonly initrd: string };

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
