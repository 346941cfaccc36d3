import { existsSync } from "node:fs";
import { chmod, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Context } from "../../../context.ts";
import { debianMirror, firstArchive } from "../../../host/packages/debian-mirror.ts";
import { InfrastructureError } from "../../../errors.ts";
import { definitionHash } from "../../../host/files.ts";
import { lockTimeout, withLock } from "../../../host/lock.ts";
import { assertOnline, fillCache } from "../../../host/offline.ts";
import { cacheRoot } from "../../../host/paths.ts";
import { type Progress, timed } from "../../../progress.ts";
import { hostContained, hostWithMounts } from "../../../host/exec.ts";
import { minimalPrograms, words } from "../../../centos7/minimal.ts";
import { toolPackages, tools } from "../../tools.ts";
import { poolOptions } from "../host/pool.ts";
import { hostBootId } from "../../../host/processes/identity.ts";

export const debianSuite = "bookworm";

/**
 * What a CentOS 7 machine has, with dnf and rpm for its yum, and the declared tools; no etcd, cfssl or Kubernetes: the
 * guide's tarballs bring them, as yum brings wget and Docker. libsqlite3-0 is for Debian's cfssl, which is linked to it;
 * libpam-systemd is what firewalld's polkit asks for; Docker's libraries are systemd's.
 */
export const packages = [
  ...words(`
    systemd-sysv dbus openssh-server sudo kmod less firewalld libpam-systemd ipset ethtool ca-certificates openssl xz-utils
    libsqlite3-0 dnf rpm`),
  ...toolPackages("debian12"),
];

/** Units that do nothing for a machine in a container but take time at boot, or reach for the host's kernel. */
export const masked = words(`
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
  systemd-tmpfiles-clean.timer e2scrub_reap.service systemd-pstore.service
  getty.target console-getty.service systemd-logind.service systemd-user-sessions.service
  dev-hugepages.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount
  sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount
  modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service
  modprobe@fuse.service modprobe@loop.service systemd-remount-fs.service
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-sysusers.service
  systemd-journal-flush.service systemd-firstboot.service systemd-initctl.socket
  systemd-ask-password-console.path systemd-ask-password-wall.path
`);

/**
 * Programs that stay on the embedded machines' PATH though CentOS 7's minimal installation lacks them, by the reason.
 * All others that Debian's packages bring are taken out: a reader would not have them.
 */
export const kept: Readonly<Record<string, readonly string[]>> = {
  "Docker's, which the guide installs": words(
    "docker dockerd docker-init docker-proxy tini-static containerd containerd-shim containerd-shim-runc-v1 containerd-shim-runc-v2 ctr runc",
  ),
  "a port asks Debian's package manager whether Docker is there": words("dpkg dpkg-query"),
  "what Debian's iptables and ebtables are": words(`
    iptables-legacy iptables-legacy-save iptables-legacy-restore ip6tables-legacy ip6tables-legacy-save
    ip6tables-legacy-restore xtables-legacy-multi ebtables-nft ebtables-nft-save ebtables-nft-restore xtables-nft-multi`),
  "what Debian's firewalld and yum run on": words("python3 python3.11 dnf dnf-3"),
  "what Debian's which is": words("which.debianutils"),
};

/** All programs that may be on the PATH of an embedded machine. */
export const allowedPrograms: ReadonlySet<string> = new Set([
  ...minimalPrograms,
  ...tools.map(({ program }) => program),
  ...Object.values(kept).flat(),
]);

const programs = [...allowedPrograms];

const folder = join(import.meta.dirname, "../rootfs");

/** What is in the root file system; a change of it means another pool. */
const definition = { debianSuite, packages, masked, programs, arch: process.arch };

// A run goes on with the definition it began with, even if a file of it is edited meanwhile.
let currentHash: Promise<string> | undefined;

/** The pool's file for the current definition below `root`, whether or not it is there. */
export async function poolImage(root: string = cacheRoot()): Promise<string> {
  currentHash ??= definitionHash(definition, folder, "verify.sh");
  return join(root, `rootfs-${await currentHash}.btrfs`);
}

export async function requirePool(): Promise<string> {
  const image = await poolImage();
  if (existsSync(image)) return image;
  throw new InfrastructureError("The root file system of the machines is not built yet", {
    hint: "Prepare the provider first; every command that brings machines up does.",
  });
}

/** Checkpoints keep the keys of the clusters that machines were part of. */
const privately = 0o600;

/** Seconds of a build where there was none before. */
const firstBuild = 90;

/** Builds the pool unless a whole one of the same definition is in the cache `root`. Takes one to two minutes. */
export async function prepareRootfs(
  progress: Progress,
  context: Context,
  root: string = cacheRoot(),
): Promise<void> {
  const image = await poolImage(root);
  const lock = {
    name: "root file system's lock",
    progress,
    ...context,
    held: lockTimeout("Another build of the machines' root file system"),
  };
  await withLock(join(root, "rootfs.build.lock"), lock, async () => {
    const verified = { name: "the machines' root file system is verified" };
    if (await timed(verified, progress, () => isWhole(image, context))) return chmod(image, privately);
    await removeUnusable(image);
    await progress.span("build the root file system", async () => {
      progress.note("Building the machines' root file system with debootstrap: one to two minutes, once.");
      const last = join(root, "rootfs.seconds");
      const expected = Number(await readFile(last, "utf8").catch(() => "")) || firstBuild;
      const start = performance.now();
      await timed({ name: "the machines' root file system", expected }, progress, () =>
        build(image, context),
      );
      await writeFile(last, ((performance.now() - start) / 1000).toFixed(0));
    });
  });
}

/** Looks at a pool; reads all of it once for each boot of the host, for a crash may have damaged it. */
async function isWhole(image: string, context: Context): Promise<boolean> {
  if (!existsSync(image)) return false;
  const boot = await hostBootId();
  const readIn = `${image}.read`;
  const known = existsSync(readIn) && (await readFile(readIn, "utf8")) === boot;
  const verify = ["sh", join(folder, "verify.sh"), image, poolOptions, basename(image)];
  try {
    await hostWithMounts([...verify, known ? "quick" : "all"], context, { limit: "build" });
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    if (isDamage(error)) return false;
    throw new InfrastructureError(`The machines' root file system could not be verified: ${error.message}`, {
      ...error.details,
      hint: `All checkpoints are in ${image}, so it was left as it is. Mend the host and run again; if the file is damaged, remove it.`,
      cause: error,
    });
  }
  if (!known) await writeFile(readIn, boot);
  return true;
}

/**
 * Whether what failed to verify a pool is the pool: not stamped as complete, or not readable. A host that lacks time, memory or a
 * loop device says nothing of it.
 */
export const isDamage = ({ details: { exitCode, outputTail = "" } }: InfrastructureError): boolean =>
  outputTail.trim() === ""
    ? exitCode === 1
    : /bad superblock|can't read superblock|input\/output error|structure needs cleaning|\/mnt\/.*no such file/i.test(
        outputTail,
      );

const weekAgo = (): number => Date.now() - 7 * 24 * 3_600_000;

/** Files of builds that were killed (the lock says that none is under way), and pools unused for a week. */
async function removeUnusable(current: string): Promise<void> {
  const root = dirname(current);
  const names = (await readdir(root)).filter((name) => /^rootfs-.*\.btrfs/.test(name));
  const files = names.map((name) => join(root, name)).filter((file) => !file.startsWith(current));
  await Promise.all(
    [...files, `${current}.unfinished`].map(async (file) => {
      const unfinished = file.endsWith(".unfinished");
      if (unfinished || (await stat(file)).mtimeMs < weekAgo()) await rm(file, { force: true });
    }),
  );
}

async function build(image: string, context: Context): Promise<void> {
  assertOnline("The cache lacks the machines' root file system", fillCache());
  const unfinished = `${image}.unfinished`;
  const lists = [packages.join(","), masked.join(" "), programs.join(" ")];
  const what = [debianSuite, await firstArchive(await debianMirror()), ...lists];
  const script = [join(folder, "build.sh"), unfinished, ...what, basename(image)];
  try {
    await hostContained(script, context, {
      limit: "build",
      hint: "Check that apt works on the host, or name another archive with GUIDE_DEBIAN_MIRROR.",
    });
    await chmod(unfinished, privately);
    await rename(unfinished, image);
    await writeFile(`${image}.read`, await hostBootId());
  } finally {
    await rm(unfinished, { force: true });
  }
}
