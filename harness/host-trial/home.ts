import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { artifactSet, collectGarbage } from "../artifacts/index.ts";
import { preparePackages } from "../artifacts/packages.ts";
import type { Context } from "../context.ts";
import { host } from "../host/exec.ts";
import { prepareRootfs } from "../machines/nspawn/image/rootfs.ts";
import { cacheRoot, projectRoot } from "../host/paths.ts";
import type { Progress } from "../progress.ts";

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
