import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createServer } from "node:https";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { silent } from "../../../progress.ts";
import { listsCommand } from "../../repodata.ts";
import { UpstreamSet } from "../set.ts";
import { testContext } from "../../../testing.ts";
import { type Handler } from "../../../host/download/testing.ts";
import { readLock } from "./lock.ts";
import { canPack, mirrorsTo, sitesOf } from "./testing.ts";
import {
  afterFirst,
  instead,
  made,
  pins,
  recordedBy,
  request,
  root,
  scratch,
  setOf,
  up,
  withSites,
} from "./fixture.ts";

const refused: Handler = (_, response) => void response.writeHead(403).end();

describe.skipIf(!canPack)("What sites answer, and locks say", () => {
  withSites();

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
    for (const name of ["http", "https", "kernel"])
      instead[`vault-${name}/`] = (_, response) => void response.end("<html>Log in</html>");
    await expect(setOf().preparePackages(request, silent, testContext())).rejects.toThrow(
      "is no list of a repository",
    );
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
});
