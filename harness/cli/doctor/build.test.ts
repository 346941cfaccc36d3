import { writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CacheStatus } from "../../artifacts/set.ts";
import { Deadlines } from "../../deadlines.ts";
import { isShort } from "../../machines/machine.ts";
import { temporaryFolder, testContext } from "../../testing.ts";
import { checkBuild } from "./build.ts";

const context = testContext({ deadlines: new Deadlines(100) });
const images: CacheStatus = { name: "images", cached: false };
const kubernetes: CacheStatus = { name: "kubernetes", cached: false, modules: ["k8s.io/kubernetes@v1.14.0"] };

/** A site that has these paths and no other; gives what it was asked for. */
async function serve(...paths: readonly string[]) {
  const asked: string[] = [];
  const url = await listening((path, response) => {
    asked.push(path);
    response.writeHead(paths.includes(path) ? 200 : 404).end("x");
  });
  return { asked, url };
}

/** A site that answers this to everything. */
const answering = (text: string): Promise<string> => listening((_, response) => void response.end(text));

async function listening(answer: (path: string, response: ServerResponse) => void): Promise<string> {
  const server = createServer(({ url = "" }, response) => answer(url, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

let servers: AsyncDisposableStack;
let GOENV: string;
beforeEach(() => {
  servers = new AsyncDisposableStack();
  GOENV = join(temporaryFolder(), "env");
});
afterEach(() => servers.disposeAsync());

const release = "/debian/dists/bookworm/InRelease";
const module = "/k8s.io/kubernetes/@v/v1.14.0.mod";

test("nobody is asked where all is built, or only files are lacking that have an address", async () => {
  const { asked, url } = await serve();
  const parts: CacheStatus[] = [
    { ...images, cached: true },
    { ...kubernetes, optional: true },
    { name: "a.tar.gz", cached: false, source: "https://example.org/a.tar.gz" },
  ];
  const env = { GOENV, GOPROXY: url, GUIDE_DEBIAN_MIRROR: `${url}/debian` };
  expect(await checkBuild(parts, context, env)).toEqual([]);
  expect(asked).toEqual([]);
});

test("Debian's archive is asked for whatever is to be built, a module proxy for what is compiled from modules", async () => {
  const { asked, url } = await serve(release, module);
  const env = { GOENV, GOPROXY: `${url}/`, GUIDE_DEBIAN_MIRROR: `${url}/debian/` };
  const checks = await checkBuild([images, kubernetes], context, env);
  expect(checks.map(({ need }) => need.replace(/^.*, for /, ""))).toEqual([
    "Debian's packages",
    "Go modules",
  ]);
  expect(checks.filter(isShort)).toEqual([]);
  expect(asked.toSorted()).toEqual([release, module]);
  await checkBuild([images], context, env);
  expect(asked).toHaveLength(3);
});

test("what does not answer is missing, with what to type", async () => {
  const { url } = await serve(release);
  await writeFile(GOENV, `GOFLAGS=-x\nGOPROXY=${url}\n`);
  const env = { GOENV, GUIDE_DEBIAN_MIRROR: "http://127.0.0.1:9/debian" };
  expect(await checkBuild([kubernetes], context, env)).toMatchObject([
    { found: expect.stringContaining("ECONNREFUSED"), remedy: expect.stringContaining("curl"), fatal: true },
    { found: expect.stringContaining("answered 404: no file there"), fatal: true },
  ]);
});

test("a proxy that lacks a module is a note where Go goes on to another one, or to the module itself", async () => {
  const [without, having] = [await serve(release), await serve(module)];
  const mirror = { GOENV, GUIDE_DEBIAN_MIRROR: `${without.url}/debian` };
  for (const GOPROXY of [`${without.url},${having.url}`, `${without.url}|direct`]) {
    const [, lacking] = await checkBuild([kubernetes], context, { ...mirror, GOPROXY });
    expect(lacking).toMatchObject({ found: expect.stringContaining("404"), fatal: false });
  }
});

test("no mirror at all is told as such, and a mirror that only apt reads is not asked", async () => {
  const { url } = await serve(module);
  const env = { GOENV, GOPROXY: url };
  expect(await checkBuild([kubernetes], context, { ...env, GUIDE_DEBIAN_MIRROR: "no URI" })).toMatchObject([
    { need: "a Debian archive", found: "GUIDE_DEBIAN_MIRROR is no URI: no URI", fatal: true },
    { found: expect.stringContaining("answered 200") },
  ]);
  const ofFile = { ...env, GUIDE_DEBIAN_MIRROR: "file:/srv/debian" };
  expect(await checkBuild([images], context, ofFile)).toEqual([]);
});

test("a page of a proxy is no proxy for modules, and no archive", async () => {
  const server = await answering("<!DOCTYPE html><title>Log in</title>");
  const env = { GOENV, GOPROXY: server, GUIDE_DEBIAN_MIRROR: `${server}/debian` };
  const page = { found: expect.stringContaining("answered 200: it sends a page, not the file"), fatal: true };
  expect(await checkBuild([kubernetes], context, env)).toMatchObject([page, page]);
});
