import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Handler, serve } from "../host/download/testing.ts";
import { UpstreamSet } from "../artifacts/upstream/set.ts";
import { Deadlines } from "../deadlines.ts";
import { Interrupted } from "../errors.ts";
import type { Shortfall } from "../machines/machine.ts";
import { nspawn } from "../machines/nspawn/provider.ts";
import { testContext, temporaryFolder } from "../testing.ts";
import { type ArtifactChoice, choiceOf, chooseArtifacts } from "./artifact-set.ts";

const runs = { holds: true, ground: "Kubernetes 1.14.0 can run here" };
const lacks = { holds: false, ground: "the host lacks cgroup v1, for Kubernetes 1.14.0" };
const full = { holds: true, ground: "all is in the cache" };
const empty = { holds: false, ground: "the cache lacks x" };
const compiled =
  "Kubernetes 1.14.0 can run here, compiled from its source, with flannel 0.14.0 in the place of 0.10.0";

test.each([
  [{ host: runs, cache: full }, "upstream", "all is in the cache"],
  [
    { host: runs, cache: empty, upstream: { answers: true, said: "yes" } },
    "upstream",
    "the cache lacks x; yes",
  ],
  [
    { host: runs, cache: empty, upstream: { answers: false, said: "no" } },
    "source",
    `the cache lacks x; no; ${compiled}`,
  ],
  [{ host: runs, cache: empty }, "source", `the cache lacks x; ${compiled}`],
  [{ host: lacks, cache: empty }, "debian", `the cache lacks x; ${lacks.ground}`],
  [{ host: lacks, cache: full }, "debian", lacks.ground],
])("with what was seen, %j, it is the set %s", (seen, artifacts, why) => {
  const choice = choiceOf(seen);
  expect(choice.rules.filter(({ holds, ground }) => !holds && ground === full.ground)).toEqual([]);
  expect(choice).toMatchObject({ artifacts, why });
  expect(choice.rules.map((rule) => rule.artifacts)).toEqual(["upstream", "upstream", "source", "debian"]);
});

let cache: string;
const stack = new AsyncDisposableStack();
let servers = stack.move();
beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", cache);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await servers.disposeAsync();
  servers = new AsyncDisposableStack();
});

/** For an upstream that answers, however busy the host is. */
const patient = testContext({ deadlines: new Deadlines(100) });
const impatient = testContext({ deadlines: new Deadlines(1, { upstream: 400 }) });

/** The choice on a host with these shortfalls by version. */
async function chosen(
  shortfalls: (kubernetes: string) => Shortfall[] = () => [],
  context = patient,
): Promise<ArtifactChoice> {
  using _ = vi.spyOn(nspawn, "probe").mockImplementation(async (kubernetes) => shortfalls(kubernetes));
  return await chooseArtifacts({ provider: "nspawn", online: false }, context);
}

const lacking = (...needs: string[]): Shortfall[] =>
  needs.map((need) => ({ need, found: "", remedy: "", fatal: true }));

test("without the guide's own files and upstream it is their source", async () => {
  expect(await chosen()).toMatchObject({
    artifacts: "source",
    why: `the cache lacks 8 of the guide's own files; 127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9; ${compiled}`,
  });
});

test("files that are rebuilt are called so", async () => {
  const pins = join(cache, "own.yaml");
  await writeFile(pins, `inputs: [{ name: etcd-v3.3.10-linux-amd64.tar.gz, sha256: ${"a".repeat(64)} }]\n`);
  vi.stubEnv("GUIDE_PINS", pins);
  using _ = vi.spyOn(UpstreamSet.prototype, "complete").mockResolvedValue({ complete: true, missing: [] });
  expect((await chosen()).why).toBe(
    `all of the guide's own files are in the cache, 1 of them rebuilt: ${pins} has their digests`,
  );
});

test("a damaged record of the guide's own files is no reason against their source", async () => {
  const folder = join(cache, "k8s-guide-conformance/artifacts/guide");
  const record = join(folder, "recorded.json");
  await mkdir(folder, { recursive: true });
  await writeFile(record, "{");
  expect(await chosen()).toMatchObject({ artifacts: "source", why: expect.stringContaining(record) });
});

test("a host that cannot run the guide's versions takes Debian's, and both grounds are told", async () => {
  const choice = await chosen((kubernetes) =>
    kubernetes === "1.20.2" ? lacking("root") : lacking("root", "cgroup v1, for Kubernetes 1.14.0"),
  );
  expect(choice).toMatchObject({
    artifacts: "debian",
    why: `the cache lacks 8 of the guide's own files; ${lacks.ground}`,
  });
});

test("what a host lacks for every set decides nothing", async () => {
  expect(await chosen(() => lacking("root"))).toMatchObject({ artifacts: "source" });
});

/** A server in upstream's place, and how often somebody connected to it. */
async function upstream(
  handler: Handler,
  addressOf = (port: number) => `http://127.0.0.1:${port}/`,
): Promise<{ readonly host: string; readonly count: () => number }> {
  const server = servers.use(await serve(handler));
  let connections = 0;
  server.server.on("connection", () => (connections += 1));
  vi.stubEnv("ARTIFACT_MIRROR", addressOf(server.port));
  return { host: `127.0.0.1:${server.port}`, count: () => connections };
}
const gone: Handler = (_, response) => void response.writeHead(404).end();
const sends: Handler = (_, response) => void response.end("x".repeat(1 << 20));

describe("upstream", () => {
  test("that sends the files is what the set upstream is fetched from; it was asked once", async () => {
    const { host, count } = await upstream(sends);
    expect(await chosen()).toMatchObject({
      artifacts: "upstream",
      why: `the cache lacks 8 of the guide's own files; they are fetched, for ${host} can be reached`,
    });
    expect(count()).toBe(1);
  });

  test("is not asked with --offline", async () => {
    const { count } = await upstream(sends);
    vi.stubEnv("GUIDE_OFFLINE", "1");
    expect(await chosen()).toMatchObject({
      artifacts: "source",
      why: `the cache lacks 8 of the guide's own files; --offline forbids fetching them; ${compiled}`,
    });
    expect(count()).toBe(0);
  });

  test("is not asked where the host could not run it", async () => {
    const { count } = await upstream(sends);
    const { rules } = await chosen((kubernetes) => (kubernetes === "1.20.2" ? [] : lacking("cgroup v1")));
    expect(rules[1]).not.toHaveProperty("ground");
    expect(count()).toBe(0);
  });

  test.each<[string, Handler, string]>([
    ["refuses", (_, response) => void response.writeHead(403).end(), "answered 403: it sends no file"],
    ["has none", gone, "answered 404: no file there"],
    ["has nothing", (_, response) => void response.writeHead(204).end(), "answered 204: it sends no file"],
    ["sends an empty file", (_, response) => void response.end(), "answered 200: it sends no file"],
    [
      "sends words",
      (_, response) => void response.setHeader("content-type", "application/json").end("{}"),
      "answered 200 with a page, not with the file",
    ],
    [
      "sends a page of a proxy",
      (_, response) => void response.setHeader("content-type", "text/html; charset=utf-8").end("Sign in"),
      "answered 200 with a page, not with the file",
    ],
  ])("that %s leaves the source, with the reason", async (_, handler, said) => {
    const { host } = await upstream(handler);
    expect(await chosen()).toMatchObject({
      artifacts: "source",
      why: expect.stringContaining(`; ${host} ${said}; `),
    });
  });

  test("that is silent costs its deadline, and no more", async () => {
    const { host } = await upstream(() => undefined);
    expect(await chosen(undefined, impatient)).toMatchObject({
      artifacts: "source",
      why: expect.stringContaining(`; ${host}: no answer within 0.4 s; `),
    });
  });

  test("whose name server is silent costs no more, and leaves nothing that waits for it", async () => {
    const pid = join(cache, "pid");
    await writeFile(join(cache, "getent"), `#!/bin/sh\necho $$ > ${pid}\nexec sleep 60\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${cache}:${process.env["PATH"]}`);
    vi.stubEnv("ARTIFACT_MIRROR", "http://mirror.example/");
    expect(await chosen(undefined, impatient)).toMatchObject({
      artifacts: "source",
      why: expect.stringContaining("; mirror.example: no answer within 0.4 s; "),
    });
    const asked = Number(await readFile(pid, "utf8"));
    await expect.poll(() => existsSync(`/proc/${asked}`)).toBe(false);
  });

  test("that speaks no TLS is told as TLS's failure", async () => {
    const { host } = await upstream(sends, (port) => `https://127.0.0.1:${port}/`);
    expect(await chosen()).toMatchObject({
      artifacts: "source",
      why: expect.stringContaining(`; ${host}: TLS: `),
    });
  });

  test("is asked through the proxy that the environment names", async () => {
    const proxy = servers.use(await serve(sends));
    vi.stubEnv("ARTIFACT_MIRROR", "http://mirror.example/");
    vi.stubEnv("http_proxy", proxy.base);
    expect(await chosen()).toMatchObject({
      artifacts: "upstream",
      why: expect.stringContaining("mirror.example"),
    });
    expect(proxy.seen).toEqual([expect.stringMatching(/^GET http:\/\/mirror\.example\//)]);
  });

  test("in two places is enough for a file that one of them has", async () => {
    const without = servers.use(await serve(gone));
    await upstream(sends, (port) => `${without.base}/,http://127.0.0.1:${port}/`);
    expect(await chosen()).toMatchObject({ artifacts: "upstream" });
  });

  test("has to have every file: one host that is silent is told", async () => {
    const { host } = await upstream(
      sends,
      (port) => `https://dl.k8s.io/=http://127.0.0.1:${port}/,http://127.0.0.1:9/`,
    );
    const { artifacts, why } = await chosen();
    expect([artifacts, why.includes("127.0.0.1:9: connect ECONNREFUSED"), why.includes(host)]).toEqual([
      "source",
      true,
      false,
    ]);
  });

  test("whose hosts all fail in one way is told in one go", async () => {
    const other = servers.use(await serve(gone));
    const { host } = await upstream(
      gone,
      (port) => `https://dl.k8s.io/=${other.base}/,http://127.0.0.1:${port}/`,
    );
    const { why } = await chosen();
    const hosts = [`127.0.0.1:${other.port}`, host].map((one) => `${one} answered 404`).join(", ");
    expect(why).toContain(`; ${hosts}: no file there; `);
  });

  test("named by a mirror that cannot be is no reason against the source", async () => {
    vi.stubEnv("ARTIFACT_MIRROR", "ftp://mirror.example/");
    expect(await chosen()).toMatchObject({
      artifacts: "source",
      why: expect.stringContaining("ARTIFACT_MIRROR"),
    });
  });

  test("that is silent is not waited for once a signal came", async () => {
    const controller = new AbortController();
    await upstream(() => controller.abort(new Interrupted("enough")));
    const context = testContext({ signal: controller.signal, deadlines: new Deadlines(100) });
    await expect(chosen(undefined, context)).rejects.toThrow("enough");
  });
});
