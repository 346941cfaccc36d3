import { once } from "node:events";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../testing.ts";

const files = join(import.meta.dirname, "../rootfs/files");

let root: string;
beforeEach(async () => {
  root = temporaryFolder();
  await cp(join(files, "etc"), join(root, "etc"), { recursive: true });
  await mkdir(join(root, "usr/bin"), { recursive: true });
});

/** A script of the machine, with all that it names below the folder of the test. */
async function script(path: string): Promise<string> {
  const text = await readFile(join(files, path), "utf8");
  const copy = join(root, "script");
  await writeFile(copy, text.replaceAll(/(?<=[\s"=])\/(?=(?:usr|etc|run|var)\/)/g, `${root}/`));
  return copy;
}

const program = (path: string, ...lines: string[]): Promise<void> =>
  writeFile(join(root, path), ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });

/** What the guide types in section 1. */
const archive = (): Promise<unknown> =>
  execa("sed", [
    "-i",
    "-e",
    "s/^mirrorlist=/#mirrorlist=/",
    "-e",
    "s|^#*baseurl=http://mirror.centos.org|baseurl=http://vault.centos.org|",
    join(root, "etc/yum.repos.d/CentOS-Base.repo"),
  ]);

test("yum reads the repositories of sites that the machine has from its folder, and all else as it is", async () => {
  await program("usr/bin/yum", 'printf "%s\\n" "$@"');
  for (const site of ["vault.centos.org", "download.docker.com"]) {
    await mkdir(join(root, "var/cache/guide-packages", site), { recursive: true });
  }
  const other = "[other]\nbaseurl=https://rpm.example.org/7/\ngpgkey=https://rpm.example.org/key\n";
  await writeFile(join(root, "etc/yum.repos.d/other.repo"), other);
  const key = "gpgkey=https://download.docker.com/linux/centos/gpg";
  await writeFile(join(root, "etc/yum.repos.d/docker-ce.repo"), `[docker]\n${key}\n`);
  await archive();
  const before = await readFile(join(root, "etc/yum.repos.d/CentOS-Base.repo"), "utf8");
  const { stdout } = await execa("sh", [await script("usr/local/bin/yum"), "install", "-y", "a b"]);
  expect(stdout.split("\n")).toEqual(["-c", `${root}/run/guide/yum/yum.conf`, "install", "-y", "a b"]);
  const settings = await readFile(join(root, "run/guide/yum/yum.conf"), "utf8");
  expect(settings).toContain(
    `[main]\nreposdir=${root}/run/guide/yum/repositories\ncachedir=${root}/run/guide/yum/cache\n`,
  );
  expect(settings.match(/^cachedir=/gm)).toHaveLength(1);
  const led = join(root, "run/guide/yum/repositories");
  const base = await readFile(join(led, "CentOS-Base.repo"), "utf8");
  const folder = `file://${root}/var/cache/guide-packages/vault.centos.org/centos/$releasever`;
  expect(base.match(/^baseurl=.*/gm)).toEqual(
    ["os", "updates", "extras", "centosplus"].map((name) => `baseurl=${folder}/${name}/$basearch/`),
  );
  expect(base).toContain("\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-CentOS-7\n");
  expect(await readFile(join(led, "other.repo"), "utf8")).toBe(other);
  expect(await readFile(join(led, "docker-ce.repo"), "utf8")).toContain(
    `gpgkey=file://${root}/var/cache/guide-packages/download.docker.com/linux/centos/gpg\n`,
  );
  expect(await readFile(join(root, "etc/yum.repos.d/CentOS-Base.repo"), "utf8")).toBe(before);
});

test("without a folder yum reads its repositories as they are", async () => {
  await program("usr/bin/yum");
  await archive();
  await execa("sh", [await script("usr/local/bin/yum"), "repolist"]);
  const [before, led] = await Promise.all(
    ["etc/yum.repos.d", "run/guide/yum/repositories"].map((path) =>
      readFile(join(root, path, "CentOS-Base.repo"), "utf8"),
    ),
  );
  expect(led).toBe(before);
});

test("the mirrors of CentOS 7 are closed, here as well", async () => {
  await program("usr/bin/yum");
  await mkdir(join(root, "var/cache/guide-packages/vault.centos.org"), { recursive: true });
  await execa("sh", [await script("usr/local/bin/yum"), "repolist"]);
  const base = await readFile(join(root, "run/guide/yum/repositories/CentOS-Base.repo"), "utf8");
  expect(base.match(/^(?:mirrorlist|baseurl)=[^?]*/gm)).toEqual(
    Array.from({ length: 4 }, () => "mirrorlist=http://mirrorlist.centos.org/"),
  );
});

test("what section 1 changes is there in every file that CentOS turns on", async () => {
  const names = await readdir(join(files, "etc/yum.repos.d"));
  expect(names.every((name) => /^CentOS-.*\.repo$/.test(name))).toBe(true);
  await archive();
  const base = await readFile(join(root, "etc/yum.repos.d/CentOS-Base.repo"), "utf8");
  expect(base.match(/^baseurl=http:\/\/vault\.centos\.org\/centos\//gm)).toHaveLength(4);
  expect(base).not.toMatch(/^mirrorlist=/m);
});

const dnf = (...lines: string[]): Promise<void> =>
  writeFile(join(root, "usr/bin/dnf"), ["import sys", ...lines, ""].join("\n"));

/** What dnf gets of yum's words, beside the stand-in's own. */
const words = async (...args: string[]): Promise<string[]> =>
  (await execa("python3", [await script("usr/bin/yum"), ...args])).stdout.split("\n").slice(2);

const python = await execa("python3", ["--version"], { reject: false });

/** A script of Python, as dnf is; not every host has that. */
describe.skipIf(python.failed)("the stand-in of yum", () => {
  test.each([
    ["No match for argument: docker-ce-18.09.9", "", "No package docker-ce-18.09.9 available.", ""],
    ["", "Error: Unable to find a match: docker-ce-18.09.9", "", "Error: Nothing to do"],
    [
      "",
      "Error: Failed to download metadata for repo 'base': Cannot prepare internal mirrorlist: Curl error (6): Couldn't resolve host name for http://mirrorlist.centos.org/?release=7 [Could not resolve host: mirrorlist.centos.org]",
      "",
      "Could not retrieve mirrorlist http://mirrorlist.centos.org/?release=7",
    ],
    ["Complete!", "warning", "Complete!", "warning"],
  ])("yum 3 says it so: %j, %j", async (out, err, stdout, stderr) => {
    await dnf(
      `print(${JSON.stringify(out)})`,
      `print(${JSON.stringify(err)}, file=sys.stderr)`,
      "sys.exit(1)",
    );
    const result = await execa("python3", [await script("usr/bin/yum"), "install", "x"], { reject: false });
    expect(result).toMatchObject({ exitCode: 1, stdout, stderr });
  });

  test("what yum asks is there before its line has an end, in the words of yum 3", async () => {
    await dnf('print("Is this ok [y/N]: ", end="")', 'print("answered", input())');
    const asked = execa("python3", [await script("usr/bin/yum"), "install", "x"]);
    const [said] = await once(asked.stdout, "data");
    expect(String(said)).toBe("Is this ok [y/d/N]: ");
    asked.stdin.end("y\n");
    expect((await asked).stdout).toBe("Is this ok [y/d/N]: answered y");
  });

  test("yum takes its words as they are, but for those that dnf no longer knows", async () => {
    await dnf('print(*sys.argv[1:], sep="\\n")');
    expect(await words("-c", "x y", "install", "-y", "")).toEqual(["-c", "x y", "install", "-y", ""]);
    expect(await words("makecache", "fast")).toEqual(["makecache"]);
  });
});

test("yum-config-manager reads a repository's file that the machine has from there, and all else as it is", async () => {
  await program("usr/bin/yum-config-manager", 'printf "%s\\n" "$@"');
  const folder = join(root, "var/cache/guide-packages/download.docker.com");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "docker-ce.repo"), "");
  const source = join(import.meta.dirname, "../../ssh/programs/yum-config-manager");
  const text = await readFile(source, "utf8");
  await writeFile(join(root, "script"), text.replaceAll(/(?<=[\s"=])\/(?=(?:usr|var)\/)/g, `${root}/`));
  const run = async (...args: string[]): Promise<string[]> =>
    (await execa("sh", [join(root, "script"), ...args])).stdout.split("\n");
  const address = "https://download.docker.com/docker-ce.repo";
  expect(await run("--add-repo", address)).toEqual(["--add-repo", `file://${folder}/docker-ce.repo`]);
  expect(await run(`--add-repo=${address}`)).toEqual([`--add-repo=file://${folder}/docker-ce.repo`]);
  const others = ["--add-repo", "https://rpm.example.org/a b.repo", "--enable", "x"];
  expect(await run(...others)).toEqual(others);
});
