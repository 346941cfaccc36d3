import { cp, mkdtempDisposable, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:https";
import { execa } from "execa";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { silent } from "../../../progress.ts";
import { findGarbage } from "../../cache/gc.ts";
import { listsCommand } from "../../repodata.ts";
import { UpstreamSet } from "../set.ts";
import { testContext, listening, temporaryFolder } from "../../../testing.ts";
import { type Handler, serve } from "../../../host/download/testing.ts";
import { imagesArchive, tarball } from "../testing.ts";
import { lockName, readLock } from "./lock.ts";
import { canPack, makeSites, mirrorsTo, sitesOf } from "./testing.ts";
import { exportFrom } from "../export.ts";
import { importInto } from "../import.ts";

const request = {
  install: ["wget yum-utils", "docker-ce"],
  added: ["https://download.docker.com/linux/centos/docker-ce.repo"],
};
const refused: Handler = (_, response) => void response.writeHead(403).end();

/** Names of the RPMs below a folder. */
const rpmsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".rpm")).toSorted();

describe.skipIf(!canPack)("CentOS's packages", { timeout: 60_000 }, () => {
  let made: string;
  let scratch: string;
  let up: Awaited<ReturnType<typeof serve>>;
  let instead: Record<string, Handler>;
  let pins: string;
  /** What the first run left, for those after it. */
  let first: string;
  beforeAll(async () => {
    const folder = await mkdtempDisposable(join(tmpdir(), "guide-test-"));
    made = folder.path;
    await makeSites(made);
    await using once = await serve(sitesOf(made, {}));
    first = join(made, "first");
    const set = new UpstreamSet(first, { ARTIFACT_MIRROR: mirrorsTo(once.base) }, undefined, "/nowhere");
    await set.preparePackages(request, silent, testContext());
    return () => folder.remove();
  }, 120_000);
  beforeEach(async () => {
    scratch = temporaryFolder();
    instead = {};
    up = await serve((asked, response) => sitesOf(made, instead)(asked, response));
    await tarball(scratch, "a.tar.gz", { a: "a" });
    pins = join(scratch, "pins.yaml");
    await writeFile(
      pins,
      `inputs:\n  - name: a.tar.gz\n    version: a 1\n    url: ${up.base}/a.tar.gz\n    layout: [a]\n`,
    );
  });
  afterEach(async () => {
    await up[Symbol.asyncDispose]();
  });

  const root = (host: string): string => join(scratch, host);
  const setOf = (host = "here"): UpstreamSet =>
    new UpstreamSet(
      root(host),
      { ARTIFACT_MIRROR: mirrorsTo(up.base) },
      pins,
      join(scratch, "reviewed.json"),
    );
  const recordedBy = (host = "here"): string => join(root(host), "artifacts/guide", lockName);
  const afterFirst = (host = "here"): Promise<unknown> => cp(first, root(host), { recursive: true });
  const offline = async (): Promise<void> => up[Symbol.asyncDispose]();

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

  test("several addresses of the archive are tried in turn, each file anew, and one that is silent only once", async () => {
    instead["vault-http/centos/7/os/x86_64/repodata/primary"] = refused;
    instead["vault-https/"] = (asked) => void asked.socket.destroy();
    await setOf().preparePackages(request, silent, testContext());
    expect(up.seen.filter((line) => line.includes("vault-kernel/"))).toEqual([
      "GET /vault-kernel/centos/7/os/x86_64/repodata/primary.xml.gz",
    ]);
    await rm(root("here"), { recursive: true });
    up.seen.splice(0);
    instead["vault-http/"] = refused;
    await setOf().preparePackages(request, silent, testContext());
    expect(up.seen.filter((line) => line.includes("vault-https/"))).toHaveLength(2);
  });

  test("where every address refuses, each is told with its answer", async () => {
    for (const name of ["http", "https", "kernel"]) instead[`vault-${name}/`] = refused;
    await expect(setOf().preparePackages(request, silent, testContext())).rejects.toMatchObject({
      verdict: "artifact",
      message: expect.stringMatching(
        /vault-http\/.*: answers 403\n.*vault-https\/.*: answers 403\n.*vault-kernel\/.*: answers 403/,
      ),
    });
    const files = ["key.pem", "cert.pem"].map((name) => join(scratch, name));
    const [key = "", cert = ""] = files;
    await execa(
      "openssl",
      `req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout ${key} -out ${cert}`.split(" "),
    );
    const tls = createServer({ key: await readFile(key), cert: await readFile(cert) });
    await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
    const address = tls.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const mirrors = mirrorsTo(up.base).replace(`${up.base}/vault-kernel`, `https://127.0.0.1:${port}`);
    const env = { ARTIFACT_MIRROR: mirrors };
    const stale = new UpstreamSet(root("here"), env, pins, "/nowhere").preparePackages(
      request,
      silent,
      testContext(),
    );
    await expect(stale).rejects.toThrow(
      new RegExp(`answers 403\n +https://127.0.0.1:${port}/.*: self-signed certificate`),
    );
    tls.close();
    instead = { "vault-": (_, response) => void response.end("<html>Log in</html>") };
    await expect(setOf().preparePackages(request, silent, testContext())).rejects.toThrow(
      "is no list of a repository",
    );
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

  test.each(["--checkpoint-action=exec=touch${IFS}was-here;echo.rpm", "-x.rpm"])(
    "a repository that names a package %s is refused",
    async (name) => {
      const folder = join(made, "docker/odd");
      await rm(folder, { recursive: true, force: true });
      const from = join(made, "vault/centos/7/os/x86_64/Packages/libidn-1.28-1.el7.x86_64.rpm");
      await cp(from, join(folder, "Packages", name));
      const [program, ...args] = listsCommand(folder);
      await execa(program, args);
      const repository = "[odd]\nbaseurl=https://download.docker.com/odd\n";
      instead["docker/odd.repo"] = (_, response) => void response.end(repository);
      // The archive's lists are the same.
      instead["vault-"] = (asked, response) => {
        asked.url = asked.url?.replace(/^.*x86_64/, "/docker/odd") ?? "";
        sitesOf(made, {})(asked, response);
      };
      const odd = { install: ["libidn"], added: ["https://download.docker.com/odd.repo"] };
      await expect(setOf().preparePackages(odd, silent, testContext())).rejects.toMatchObject({
        verdict: "artifact",
        message: expect.stringContaining("a package at an address of no use"),
      });
    },
  );

  test.each([
    ["lacks all packages", /^(?!.*\.rpm)/, "No package docker-ce in", request.install],
    ["lacks what one of them needs", /^(?!.*libidn)/, "nothing provides libidn needed by wget", []],
  ])("a lock that %s is not ready", async (_, kept, why, missing) => {
    await afterFirst();
    const lock = await readLock(recordedBy());
    const files = lock.files.filter(({ url }) => kept.test(url));
    await writeFile(recordedBy(), JSON.stringify({ ...lock, files }));
    expect(await setOf().packages.missing(request)).toEqual(missing);
    // What it is not laid out with cannot be said to be enough.
    expect(await setOf().packages.programs(request)).toEqual({ createrepo_c: "createrepo-c" });
    await expect(setOf().preparePackages(request, silent, testContext())).rejects.toMatchObject({
      verdict: "artifact",
      message: expect.stringContaining(why),
      details: { hint: expect.stringContaining(recordedBy()) },
    });
    // Nor is it the next time.
    await expect(setOf().preparePackages(request, silent, testContext())).rejects.toThrow(why);
  });

  test("a lock that says another size is not ready", async () => {
    await afterFirst();
    const lock = await readFile(recordedBy(), "utf8");
    await writeFile(recordedBy(), lock.replace(/"bytes": \d+/, '"bytes": 1'));
    await expect(setOf().preparePackages(request, silent, testContext())).rejects.toMatchObject({
      verdict: "artifact",
      message: expect.stringMatching(/ has \d+ bytes, and 1 by .*packages\.lock\.json/),
    });
  });

  test("damaged lists are told with their address", async () => {
    for (const name of ["http", "https", "kernel"]) {
      instead[`vault-${name}/centos/7/updates/x86_64/repodata/primary`] = (_, response) =>
        void response.end("damaged");
    }
    await expect(setOf().preparePackages(request, silent, testContext())).rejects.toThrow(
      "http://vault.centos.org/centos/7/updates/x86_64",
    );
  });

  test.each(["docker-ce.repo?x=1", "-x.repo"])(
    "the file %s of a repository is refused, by its address",
    async (name) => {
      const added = [`https://download.docker.com/linux/centos/${name}`];
      await expect(
        setOf().preparePackages({ ...request, added }, silent, testContext()),
      ).rejects.toMatchObject({
        verdict: "artifact",
        message: expect.stringContaining(`the repository ${added[0]}: it must be`),
      });
    },
  );

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

  test("a reviewed lock holds, and a damaged one is told with its place", async () => {
    await afterFirst();
    const lock = await readFile(recordedBy(), "utf8");
    await writeFile(join(scratch, "reviewed.json"), lock);
    const { url } = JSON.parse(lock).files.find((one: { url: string }) => one.url.includes("wget"));
    const pin = (await setOf("there").packages.pins()).find(({ urls }) => urls[0] === url);
    expect(pin?.digest).toMatchObject({ from: expect.stringContaining("reviewed.json") });
    expect(pin?.digest).not.toHaveProperty("recorded", true);
    const before = up.seen.length;
    await setOf("there").preparePackages(request, silent, testContext());
    expect(up.seen.slice(before).filter((line) => line.includes("repodata"))).toEqual([]);
    for (const other of [
      "http://a.example.org/../../etc/x.rpm",
      "file:///etc/x.rpm",
      "http://a.example.org/x y.rpm",
      "http://../escaped.rpm",
      "http://a.example.org/--checkpoint-action=exec=sh.rpm",
    ]) {
      await writeFile(join(scratch, "reviewed.json"), lock.replace(/http:[^"]+wget[^"]+/, other));
      await expect(setOf().inspect()).rejects.toThrow("it must be an http or https address of a plain path");
    }
    await writeFile(join(scratch, "reviewed.json"), "{");
    await expect(setOf().inspect()).rejects.toMatchObject({
      verdict: "artifact",
      details: { location: { line: 1 } },
    });
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
