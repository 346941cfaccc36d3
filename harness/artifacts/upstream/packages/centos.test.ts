import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test, vi } from "vitest";
import { silent } from "../../../progress.ts";
import { findGarbage } from "../../cache/gc.ts";
import { testContext, listening } from "../../../testing.ts";
import { imagesArchive } from "../testing.ts";
import { readLock } from "./lock.ts";
import { canPack } from "./testing.ts";
import { exportFrom } from "../export.ts";
import { importInto } from "../import.ts";
import {
  afterFirst,
  instead,
  offline,
  recordedBy,
  request,
  root,
  scratch,
  setOf,
  up,
  withSites,
} from "./fixture.ts";

/** Names of the RPMs below a folder. */
const rpmsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".rpm")).toSorted();

describe.skipIf(!canPack)("CentOS's packages", () => {
  withSites();

  test("what the plan installs is resolved across both sites, fetched, held to its digests and laid out for yum", async () => {
    const notes: string[] = [];
    const packages = await setOf().preparePackages(request, listening(notes), testContext());
    expect(await rpmsIn(packages.folder)).toEqual([
      "download.docker.com/linux/centos/7/x86_64/stable/Packages/containerd.io-1.6.33-1.el7.x86_64.rpm",
      "download.docker.com/linux/centos/7/x86_64/stable/Packages/docker-ce-26.1.4-1.el7.x86_64.rpm",
      "download.docker.com/linux/centos/7/x86_64/stable/Packages/docker-ce-cli-26.1.4-1.el7.x86_64.rpm",
      "vault.centos.org/centos/7/extras/x86_64/Packages/container-selinux-2.119-1.el7.x86_64.rpm",
      "vault.centos.org/centos/7/os/x86_64/Packages/libidn-1.28-1.el7.x86_64.rpm",
      "vault.centos.org/centos/7/os/x86_64/Packages/libstdc++-4.8.5-1.el7.x86_64.rpm",
      "vault.centos.org/centos/7/os/x86_64/Packages/wget-1.14-1.el7.x86_64.rpm",
      "vault.centos.org/centos/7/os/x86_64/Packages/yum-utils-1.1.31-1.el7.x86_64.rpm",
      "vault.centos.org/centos/7/updates/x86_64/Packages/libselinux-2.6-1.el7.x86_64.rpm",
      // No package asks for it, but a minimal installation has it, and it follows libselinux.
      "vault.centos.org/centos/7/updates/x86_64/Packages/libselinux-python-2.6-1.el7.x86_64.rpm",
    ]);
    expect(notes.join("\n")).toContain(
      `12 files for yum (wget yum-utils; docker-ce) are recorded in ${recordedBy()}`,
    );
    const held = await readdir(join(packages.folder, "download.docker.com/linux/centos"));
    expect(held).toEqual(["7", "docker-ce.repo", "gpg"]);
    const lists = join(packages.folder, "vault.centos.org/centos/7/os/x86_64/repodata");
    // What yum 3 reads: gzip and SHA-256, with a database that it makes itself.
    expect((await readdir(lists)).toSorted()).toEqual([
      "filelists.xml.gz",
      "other.xml.gz",
      "primary.xml.gz",
      "repomd.xml",
    ]);
    const repomd = await readFile(join(lists, "repomd.xml"), "utf8");
    expect(new Set(Array.from(repomd.matchAll(/checksum type="(\w+)"/g), ([, type]) => type))).toEqual(
      new Set(["sha256"]),
    );
  });

  test("a second run needs no network, and neither does verifying", async () => {
    await afterFirst();
    await offline();
    expect(await setOf().packages.missing(request)).toEqual([]);
    expect((await setOf().preparePackages(request, silent, testContext())).files).not.toEqual([]);
    const checked = await setOf().verify();
    expect(checked.filter(({ damage }) => damage !== undefined)).toEqual([]);
    expect(checked).toHaveLength(13);
    const inUse = [await setOf().inUse()];
    expect((await findGarbage(root("here"), inUse)).filter(({ why }) => why === "no longer used")).toEqual(
      [],
    );
    // Another installation does.
    const more = { ...request, install: ["docker-ce-18.09.9"] };
    expect(await setOf().packages.missing(more)).toEqual(["docker-ce-18.09.9"]);
    await expect(setOf().preparePackages(more, silent, testContext())).rejects.toMatchObject({
      verdict: "artifact",
      message: expect.stringMatching(/cannot be reached.*pnpm artifacts fetch --packages/s),
    });
  });

  test("a further installation is resolved by itself, and what was there stays", async () => {
    await afterFirst();
    const named = { ...request, install: ["docker-ce-18.09.9 docker-ce-cli-18.09.9"] };
    const { folder } = await setOf().preparePackages(named, silent, testContext());
    const docker = (await rpmsIn(folder)).filter((path) => path.includes("docker-ce-"));
    expect(docker.map((path) => /ce-(?:cli-)?[\d.]+(?=-)/.exec(path)?.[0])).toEqual([
      "ce-18.09.9",
      "ce-26.1.4",
      "ce-cli-18.09.9",
      "ce-cli-26.1.4",
    ]);
  });

  test("a package that is not the one that was recorded is refused, by name and digest", async () => {
    await afterFirst();
    const { folder } = await setOf().preparePackages(request, silent, testContext());
    const wget = join(folder, "vault.centos.org/centos/7/os/x86_64/Packages/wget-1.14-1.el7.x86_64.rpm");
    const changed = Buffer.concat([await readFile(wget), Buffer.from("more")]);
    await rm(join(root("here"), "artifacts/guide/wget-1.14-1.el7.x86_64.rpm"), { recursive: true });
    for (const name of ["http", "https", "kernel"]) {
      instead[`vault-${name}/centos/7/os/x86_64/Packages/wget`] = (_, response) => void response.end(changed);
    }
    const failure = setOf().preparePackages(request, silent, testContext());
    await expect(failure).rejects.toMatchObject({
      verdict: "artifact",
      message: expect.stringMatching(
        /^wget-1\.14-1\.el7\.x86_64\.rpm from http:\S+ has the wrong checksum\n  expected sha256:[0-9a-f]{64} \(.*packages\.lock\.json\)\n  actual /,
      ),
      details: { hint: expect.stringContaining("remove its entry from") },
    });
  });

  test.each([
    ["docker-ce-99", "No package docker-ce-99 in any repository"],
    ["broken", "nothing provides nothing-has-this needed by broken-9-1.el7.x86_64"],
  ])("%s cannot be had: %s", async (name, why) => {
    const failure = setOf().preparePackages({ ...request, install: [name] }, silent, testContext());
    await expect(failure).rejects.toMatchObject({
      verdict: "artifact",
      message: expect.stringContaining(why),
    });
    await expect(stat(recordedBy())).rejects.toThrow("ENOENT");
  });

  test("an export is taken on a host without network, whole", async () => {
    const images = join(scratch, "images");
    await execa("mkdir", [images]);
    await imagesArchive(images);
    await execa("cp", [join(scratch, "a.tar.gz"), images]);
    await afterFirst();
    await importInto(setOf(), images, silent, testContext());
    // Names have a port, too.
    const ported = {
      install: ["docker-ce-18.09.9"],
      added: [`${up.base}/docker/linux/centos/docker-ce.repo`],
    };
    await setOf().preparePackages(ported, silent, testContext());
    const here = await setOf().preparePackages(request, silent, testContext());
    const file = join(scratch, "guide.tar");
    const { files } = await exportFrom(setOf(), file, silent, testContext());
    expect(files).toHaveLength(2 + 12 + 2 + 1);
    await offline();
    const imported = await importInto(setOf("there"), file, silent, testContext());
    expect(imported).toMatchObject({ refused: [], unrecognised: [], missing: [] });
    expect((await setOf("there").verify()).filter(({ damage }) => damage !== undefined)).toEqual([]);
    const there = await setOf("there").preparePackages(request, silent, testContext());
    expect(there.files.map(({ name }) => name)).toEqual(here.files.map(({ name }) => name));
    expect(await readLock(recordedBy("there"))).toEqual(await readLock(recordedBy()));
    // Those of another host that saw other files are not taken.
    const lock = await readFile(recordedBy("there"), "utf8");
    await writeFile(recordedBy("there"), lock.replaceAll(/"sha256": "../g, '"sha256": "00'));
    const other = await importInto(setOf("there"), file, silent, testContext());
    expect(other.refused[0]?.message).toContain("is not the file that was seen first");
  });

  test("the host's own settings and packages stay as they are", async () => {
    // Debian's rpm has its database in the user's folder.
    vi.stubEnv("HOME", scratch);
    await execa("rpmdb", ["--initdb"]);
    const places = ["/etc/dnf", "/etc/yum.repos.d", "/var/lib/rpm", "/var/lib/dnf", join(scratch, ".rpmdb")];
    const look = async (): Promise<string> =>
      (await execa("find", [...places, "-printf", "%p %T@ %s\\n"], { reject: false })).stdout;
    const before = await look();
    await setOf().preparePackages(request, silent, testContext());
    vi.unstubAllEnvs();
    expect(await look()).toBe(before);
  });
});
