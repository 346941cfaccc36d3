import { existsSync } from "node:fs";
import { copyFile, mkdtempDisposable, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Context } from "../../../context.ts";
import { debianMirror, firstArchive } from "../../../host/packages/debian-mirror.ts";
import { InfrastructureError } from "../../../errors.ts";
import { definitionHash, namesIn, readIfThere } from "../../../host/files.ts";
import { lockTimeout, withLock } from "../../../host/lock.ts";
import { assertOnline, fillCache } from "../../../host/offline.ts";
import { cacheRoot } from "../../../host/paths.ts";
import { type Progress, timed } from "../../../progress.ts";
import { host, hostContained } from "../../../host/exec.ts";
import { installPackages } from "../../../host/packages/packages.ts";
import { debianSuite, masked, packages } from "../../nspawn/image/rootfs.ts";
import { makeKeyPair } from "../../ssh/keys/key-pair.ts";
import { clustersFolder, vagrantNames } from "../cluster.ts";
import { forBox } from "../packages.ts";

export const debianBox = "guide/debian12";

const folder = join(import.meta.dirname, "../box");

/** What a machine needs beyond what one in a container has: a kernel of its own, SELinux, and what yum would install. */
export const ownPackages = [
  "linux-image-cloud-amd64",
  "initramfs-tools",
  "udev",
  "selinux-policy-default",
  "docker.io",
  "wget",
];
/** systemd-logind answers the power button, by which libvirt halts a machine. */
const boxMasked = [
  ...masked.filter((unit) => unit !== "systemd-logind.service"),
  "serial-getty@ttyS0.service",
];

/** Hash of what is in the box; a change of it means another box. */
const boxHash = (): Promise<string> =>
  definitionHash({ debianSuite, packages, boxMasked, ownPackages }, folder);

/** Vagrant wants versions that it can order; this one differs for each definition. */
const versionOf = (hash: string): string => `12.${Number.parseInt(hash.slice(0, 8), 16)}`;

/** The VAGRANT_HOME that has the box; a user's own is left alone. */
export async function boxHome(): Promise<string> {
  return join(cacheRoot(), `vagrant-${await boxHash()}`);
}

/** Where vagrant keeps the box once it is added, below its home. */
const addedTo = (home: string): string => join(home, "boxes", debianBox.replace("/", "-VAGRANTSLASH-"));

export async function hasBox(): Promise<boolean> {
  return existsSync(join(await boxHome(), "complete"));
}

/** Seconds that a build takes. */
const firstBuild = 120;

/**
 * Makes the box unless it is there, and adds it under its name to a VAGRANT_HOME of its own. About two minutes, once.
 * Gives that home. InfrastructureError if it cannot be built.
 */
export async function makeBox(progress: Progress, context: Context): Promise<string> {
  const home = await boxHome();
  const lock = { name: "box's lock", progress, ...context, held: lockTimeout("Another build of the box") };
  await withLock(join(cacheRoot(), "vagrant.build.lock"), lock, async () => {
    if (await hasBox()) return;
    assertOnline(`The cache lacks the box ${debianBox}`, fillCache());
    await installPackages(progress, context, forBox);
    await removeUnusable(home);
    await progress.span("build the box", async () => {
      progress.note(`Building the box ${debianBox} with debootstrap: about two minutes, once.`);
      await using work = await mkdtempDisposable(join(cacheRoot(), "vagrant-box-"));
      const make = async (): Promise<void> => {
        await build(work.path, context);
        await pack(work.path, context);
        await add(work.path, home, context);
      };
      await timed({ name: "the box", expected: firstBuild }, progress, make);
    });
  });
  return home;
}

/**
 * What killed builds left (the lock says that none is under way), and boxes of other definitions that are a week old and that no
 * cluster was made with: its machines' key is there.
 */
export async function removeUnusable(current: string): Promise<void> {
  const names = (await readdir(cacheRoot())).filter((name) => /^vagrant-(box-|[0-9a-f]{16}$)/.test(name));
  const weekAgo = Date.now() - 7 * 24 * 3_600_000;
  const ledgers = await Promise.all(
    (await namesIn(clustersFolder())).map((id) => readIfThere(vagrantNames(id).ledger)),
  );
  await Promise.all(
    names.map(async (name) => {
      const path = join(cacheRoot(), name);
      const unfinished = path === current || name.startsWith("vagrant-box-");
      // As text: a ledger that is damaged names it, too.
      const isOld = async (): Promise<boolean> =>
        !ledgers.some((ledger) => ledger?.includes(name)) && (await stat(path)).mtimeMs < weekAgo;
      if (unfinished || (await isOld())) await rm(path, { recursive: true, force: true });
    }),
  );
}

async function build(work: string, context: Context): Promise<void> {
  const key = makeKeyPair();
  await writeFile(join(work, "id_ed25519"), key.privateKey, { mode: 0o600 });
  const archive = await firstArchive(await debianMirror());
  const lists = [[...packages, ...ownPackages].join(","), boxMasked.join(" ")];
  const script = [join(folder, "build.sh"), work, debianSuite, archive, ...lists, key.publicKey];
  await hostContained(script, context, {
    limit: "build",
    hint: "Check that apt works on the host, or name another archive with GUIDE_DEBIAN_MIRROR.",
  });
}

async function virtualBytes(image: string, context: Context): Promise<number> {
  const schema = z.object({ "virtual-size": z.number() });
  const printed = await host("qemu-img", ["info", "--output=json", image], context);
  return schema.parse(JSON.parse(printed))["virtual-size"];
}

/** The box file, in vagrant-libvirt's format: a tarball of metadata.json, box.img and what the Vagrantfile names. */
async function pack(work: string, context: Context): Promise<void> {
  const gibibytes = Math.ceil((await virtualBytes(join(work, "box.img"), context)) / 2 ** 30);
  const metadata = { provider: "libvirt", format: "qcow2", virtual_size: gibibytes };
  await writeFile(join(work, "metadata.json"), JSON.stringify(metadata));
  await copyFile(join(folder, "Vagrantfile"), join(work, "Vagrantfile"));
  const members = ["metadata.json", "Vagrantfile", "box.img", "vmlinuz", "initrd.img", "id_ed25519"];
  const archive = [`--file=${join(work, "debian12.box")}`, `--directory=${work}`];
  await host("tar", ["--create", ...archive, ...members], context, { limit: "build" });
}

async function add(work: string, home: string, context: Context): Promise<void> {
  const provider = { name: "libvirt", url: `file://${join(work, "debian12.box")}` };
  const version = versionOf(await boxHash());
  const catalogue = join(work, "debian12.json");
  await writeFile(
    catalogue,
    JSON.stringify({ name: debianBox, versions: [{ version, providers: [provider] }] }),
  );
  const unfinished = join(work, "home");
  await host("vagrant", ["box", "add", "--provider", "libvirt", catalogue], context, {
    limit: "build",
    env: { VAGRANT_HOME: unfinished, VAGRANT_CHECKPOINT_DISABLE: "1" },
    hint: "Check that vagrant and its plugin vagrant-libvirt are installed.",
  });
  if (!existsSync(addedTo(unfinished))) {
    throw new InfrastructureError(`vagrant added no box ${debianBox}`, { outputTail: unfinished });
  }
  await writeFile(join(unfinished, "complete"), version);
  await rename(unfinished, home);
}
