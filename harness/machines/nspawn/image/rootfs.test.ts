import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { request } from "node:http";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { minimalPrograms } from "../../../centos7/minimal.ts";
import { tools } from "../../tools.ts";
import { InfrastructureError } from "../../../errors.ts";
import { allowedPrograms, isDamage, kept } from "./rootfs.ts";
import { temporaryFolder } from "../../../testing.ts";

const folder = join(import.meta.dirname, "../rootfs");

let scratch: string;
beforeEach(() => void (scratch = temporaryFolder()));

/** A script of the root file system, with one of its absolute paths led into the scratch folder. */
async function scriptWith(name: string, path: string, replacement: string): Promise<string> {
  const text = await readFile(join(folder, "files", name), "utf8");
  expect(text).toContain(path);
  const script = join(scratch, "script");
  await writeFile(script, text.replaceAll(path, replacement));
  return script;
}

/** A cache with one file, in two versions if it lists addresses, and a file of a repository of packages beside it. */
async function fillCache(...addresses: string[]): Promise<void> {
  const cache = join(scratch, "artifacts");
  await mkdir(cache);
  await writeFile(join(cache, "tool.tar.gz"), "content");
  await writeFile(join(cache, "tool-2.tar.gz"), "content of v2");
  if (addresses.length > 0) await writeFile(join(cache, "addresses.tsv"), `${addresses.join("\n")}\n`);
  await mkdir(join(scratch, "packages/yum.example.org/7"), { recursive: true });
  await writeFile(join(scratch, "packages/yum.example.org/7/ce.repo"), "[ce]\n");
}

const mirror = "http://127.0.0.1:17001";

/** The arguments that the real program gets. */
async function led(addresses: readonly string[], ...args: string[]): Promise<string[]> {
  await fillCache(...addresses);
  const script = await scriptWith("usr/local/lib/guide/fetch", "/var/cache/guide-", `${scratch}/`);
  return (await execa("sh", [script, "printf", "%s\\n", ...args])).stdout.split("\n");
}

describe("what leads wget and curl to the mirror", () => {
  it("leaves all but the address to the real program", async () => {
    const args = ["-c", "-O", "it's a file", "--no-check-certificate", "-P", "/opt", ""];
    const url = "https://dl.example.org/v1/tool.tar.gz";
    expect(await led([], ...args, `${url}?download=1`, `--url=${url}`)).toEqual([
      ...args,
      `${mirror}/tool.tar.gz/dl.example.org/v1/tool.tar.gz?download=1`,
      `--url=${mirror}/tool.tar.gz/dl.example.org/v1/tool.tar.gz`,
    ]);
  });

  it.each([
    "https://dl.example.org/v1/other.tar.gz",
    "http://192.168.4.71/tool.tar.gz",
    "http://t71:8000/tool.tar.gz",
    "https://dl.example.org/addresses.tsv",
    "/root/tool.tar.gz",
  ])("does not touch %s, which the set does not have", async (address) => {
    expect(await led([], address)).toEqual([address]);
  });

  it("goes by the address where the set lists addresses", async () => {
    const site = "https://dl.example.org";
    const listed = [`tool.tar.gz\t${site}/v1/tool.tar.gz`, `tool-2.tar.gz\t${site}/v2/tool.tar.gz`];
    const versions = ["v1", "v2", "v3"].map((version) => `${site}/${version}/tool.tar.gz`);
    expect(await led(listed, ...versions)).toEqual([
      `${mirror}/tool.tar.gz/dl.example.org/v1/tool.tar.gz`,
      `${mirror}/tool-2.tar.gz/dl.example.org/v2/tool.tar.gz`,
      `${site}/v3/tool.tar.gz`,
    ]);
  });
});

it("leads wget and curl to the files of a repository of packages, by the site's own path", async () => {
  const site = "https://yum.example.org/7";
  expect(await led([], `${site}/ce.repo`, `${site}/other.repo`, site)).toEqual([
    `${mirror}/packages/yum.example.org/7/ce.repo`,
    `${site}/other.repo`,
    site,
  ]);
});

describe("the mirror", () => {
  let site: Server;
  beforeEach(async () => {
    await fillCache();
    const script = await scriptWith("usr/local/lib/guide/mirror", "/var/cache/guide-", `${scratch}/`);
    // As systemd does for a socket with Accept=yes.
    site = createServer({ allowHalfOpen: true }, (socket) => {
      const answer = spawn("sh", [script], { stdio: ["pipe", "pipe", "inherit"] });
      socket.pipe(answer.stdin.on("error", () => undefined));
      answer.stdout.pipe(socket);
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => new Promise((resolve) => site.close(resolve)));

  const port = (): number => {
    const address = site.address();
    return typeof address === "object" && address ? address.port : 0;
  };

  /** Status of an answer to a path as it is written. */
  const statusOf = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request({ port: port(), path }, (answer) => resolve(answer.resume().statusCode))
        .on("error", reject)
        .end();
    });

  /** Status, length and body of an answer; not of the place that it sends to. */
  async function get(path: string, init: RequestInit = {}): Promise<[number, string | null, string]> {
    const answer = await fetch(`http://127.0.0.1:${port()}${path}`, { redirect: "manual", ...init });
    return [answer.status, answer.headers.get("content-length"), await answer.text()];
  }

  it("gives files of the set, whole or from an offset on", async () => {
    const path = "/tool.tar.gz/dl.example.org/v1/tool.tar.gz?download=1";
    expect(await get(path)).toEqual([200, "7", "content"]);
    expect(await get(path, { method: "HEAD" })).toEqual([200, "7", ""]);
    expect(await get(path, { headers: { range: "bytes=3-" } })).toEqual([206, "4", "tent"]);
    expect(await get(path, { headers: { range: "bytes=7-" } })).toEqual([416, "0", ""]);
  });

  it("gives files of a repository of packages by the site's own path", async () => {
    expect(await get("/packages/yum.example.org/7/ce.repo")).toEqual([200, "5", "[ce]\n"]);
  });

  it("gives nothing else", async () => {
    for (const path of [
      "/packages/yum.example.org/7",
      "/other/dl.example.org/other",
      "/",
      "/%2e%2e/script",
    ]) {
      expect(await get(path)).toEqual([404, "0", ""]);
    }
    // As they are: fetch would take the dots out.
    for (const path of ["/../script", "/packages/../script", "/packages/yum.example.org/../../script"]) {
      expect(await statusOf(path)).toBe(404);
    }
  });

  it("sends to another place where the site does", async () => {
    const path = "/tool.tar.gz/github.com/a/b/tool.tar.gz";
    expect(await get(path)).toEqual([302, "0", ""]);
    expect(await get(path, { redirect: "follow" })).toEqual([200, "7", "content"]);
  });
});

describe("programs that the guide's reader has not", () => {
  it("are taken out of PATH, and nothing else is", async () => {
    const root = join(scratch, "root");
    await mkdir(join(root, "usr/bin"), { recursive: true });
    await mkdir(join(root, "usr/sbin"));
    await mkdir(join(root, "usr/lib"));
    const files = ["usr/bin/[", "usr/bin/perl", "usr/bin/per", "usr/sbin/ip", "usr/sbin/ip2", "usr/lib/perl"];
    for (const file of files) await writeFile(join(root, file), "");
    await symlink("perl", join(root, "usr/bin/perl5"));
    await execa(join(folder, "take-out.sh"), [root, "[ per ip"]);
    const left = await readdir(root, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["[", "per", "ip", "perl"]),
    );
    expect(left.filter((entry) => !entry.isDirectory())).toHaveLength(4);
  });

  it("are Docker's and Debian's own alone, each for a reason", () => {
    const others = [...allowedPrograms].filter((program) => !minimalPrograms.has(program));
    const declared = new Set([...tools.map(({ program }) => program), ...Object.values(kept).flat()]);
    expect(others.filter((program) => !declared.has(program))).toEqual([]);
    // A program that CentOS has needs no reason.
    expect(
      Object.values(kept)
        .flat()
        .filter((program) => minimalPrograms.has(program)),
    ).toEqual([]);
    for (const program of ["perl", "socat", "conntrack", "killall", "apt-get", "iptables-nft"])
      expect([...allowedPrograms]).not.toContain(program);
  });
});

describe("the OCI runtime wrapper", () => {
  it("raises negative scores in bundles and exec processes, and no others", async () => {
    const runc = join(scratch, "runc");
    await writeFile(runc, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const script = await scriptWith("usr/local/lib/guide/runc", "/usr/bin/runc", runc);
    const bundle = join(scratch, "bundle");
    await mkdir(bundle);
    await writeFile(join(bundle, "config.json"), '{"process":{"oomScoreAdj":-998},"x":1}');
    const create = ["--root", "/run/x", "create", "--bundle", bundle, "id"];
    expect((await execa("sh", [script, ...create])).stdout.split("\n")).toEqual(create);
    expect(await readFile(join(bundle, "config.json"), "utf8")).toBe('{"process":{"oomScoreAdj":0},"x":1}');

    const process = join(scratch, "process.json");
    await writeFile(process, '{"oomScoreAdj":998}');
    await execa("sh", [script, "exec", "--process", process, "id"]);
    expect(await readFile(process, "utf8")).toBe('{"oomScoreAdj":998}');
  });
});

describe("a pool is built anew, without its checkpoints, only if it is damaged", () => {
  it.each([
    [1, ""],
    [32, "mount: /mnt: wrong fs type, bad option, bad superblock on /dev/loop0, missing codepage"],
    [32, "mount: /mnt: can't read superblock on /dev/loop0."],
    [1, "cat: /mnt/complete: No such file or directory"],
    [1, "cat: /mnt/base/usr/bin/bash: Input/output error"],
  ])("exit code %i, %j", (exitCode, outputTail) =>
    expect(isDamage(new InfrastructureError("unshare failed", { exitCode, outputTail }))).toBe(true),
  );
  it.each([
    {},
    { exitCode: 127, outputTail: "" },
    { exitCode: 32, outputTail: "mount: /mnt: failed to setup loop device for pool.btrfs." },
    { exitCode: 32, outputTail: "mount: /mnt: mount(2) system call failed: Cannot allocate memory." },
    { exitCode: 32, outputTail: "mount: /mnt: unknown filesystem type 'btrfs'." },
  ])("not by %j", (details) => expect(isDamage(new InfrastructureError("late", details))).toBe(false));
});
