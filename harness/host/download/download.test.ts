import { readFile, stat, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ArtifactError, UsageError } from "../../errors.ts";
import { agentFor } from "./agent.ts";
import { download, UnreachableError } from "./download.ts";
import { PartFile } from "./part.ts";
import { listening, temporaryFolder } from "../../testing.ts";
import { ranged, serve } from "./testing.ts";

// Far more than a socket and a stream hold back when a connection breaks.
const content = randomBytes(4 << 20);
const timeouts = { connect: 1_000, headers: 1_000, idle: 500 };

let folder: string;
let part: PartFile;
beforeEach(() => {
  folder = temporaryFolder();
  part = new PartFile(join(folder, "parts", "tool.part"));
});

async function get(
  addresses: readonly string[],
  { env = {}, signal, notes = [] }: { env?: NodeJS.ProcessEnv; signal?: AbortSignal; notes?: string[] } = {},
): Promise<string> {
  await using agent = agentFor(env, timeouts);
  return await download({
    name: "tool",
    addresses,
    part,
    agent,
    progress: listening(notes),
    signal,
    hint: "Look at it.",
    pause: 1,
  });
}

const failing = (status: number) => (_: unknown, response: ServerResponse) =>
  void response.writeHead(status).end("no");

describe("a download", () => {
  test("that is cut twice goes on where it broke", async () => {
    await using up = await serve(ranged(content, { cuts: 2 }));
    const notes: string[] = [];
    expect(await get([`${up.base}/tool`], { notes })).toBe(`${up.base}/tool`);
    expect((await readFile(part.path)).equals(content)).toBe(true);
    expect(up.seen).toEqual([
      "GET /tool",
      expect.stringMatching(/ bytes=[1-9]\d*-$/),
      expect.stringMatching(/ bytes=\d+-$/),
    ]);
    expect(notes.filter((note) => note.startsWith("tool: going on after"))).toHaveLength(2);
  });

  test("that cannot be written is this host's affair", async () => {
    await using up = await serve(ranged(content, { cuts: 0 }));
    // A file in the place of the folder of parts.
    await writeFile(join(folder, "parts"), "");
    await expect(get([`${up.base}/tool`])).rejects.toMatchObject({
      verdict: "infrastructure",
      message: expect.stringContaining("tool.part cannot be written"),
    });
  });

  test("that was interrupted is gone on with in the next call", async () => {
    const abort = new AbortController();
    const cut = ranged(content, { cuts: 1 });
    await using up = await serve((request, response) => {
      if (up.seen.length === 2 && !abort.signal.aborted) abort.abort(new ArtifactError("stopped"));
      cut(request, response);
    });
    const address = `${up.base}/tool`;
    await expect(get([address], { signal: abort.signal })).rejects.toThrow("stopped");
    const before = await part.bytes();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(content.length);
    expect(await part.resumable("http://elsewhere.example/tool")).toBeUndefined();
    await get([address]);
    expect(up.seen.at(-1)).toBe(`GET /tool bytes=${before}-`);
    expect((await readFile(part.path)).equals(content)).toBe(true);
  });

  test.each([
    ["has another ETag", { etag: '"two"' }],
    ["knows no ranges", { ranges: false }],
  ])("starts anew if the server %s", async (_, options) => {
    const first = ranged(content, { cuts: 1 });
    const later = ranged(content, options);
    await using up = await serve((request, response) =>
      up.seen.length === 1 ? first(request, response) : later(request, response),
    );
    await get([`${up.base}/tool`]);
    expect(up.seen).toHaveLength(2);
    expect((await readFile(part.path)).equals(content)).toBe(true);
  });

  test("starts anew when nothing is left to ask for", async () => {
    const whole = ranged(content);
    await using up = await serve((request, response) =>
      request.headers.range ? void response.writeHead(416).end() : whole(request, response),
    );
    await get([`${up.base}/tool`]);
    await get([`${up.base}/tool`]);
    expect(up.seen).toHaveLength(3);
    expect((await readFile(part.path)).equals(content)).toBe(true);
  });

  test("gives up on a server that never gets further, and says how far it came", async () => {
    await using up = await serve(ranged(content, { cuts: Number.POSITIVE_INFINITY, ranges: false }));
    await expect(get([`${up.base}/tool`])).rejects.toThrow(
      /cannot be downloaded\n.*the connection broke after \d+ bytes/s,
    );
    // How much arrives before a break varies a little; each new most is a reason to go on.
    expect(up.seen.length).toBeLessThan(40);
  });

  test("that stalls is broken off and gone on with", async () => {
    const whole = ranged(content);
    await using up = await serve((request, response) => {
      if (up.seen.length > 1) return whole(request, response);
      response.writeHead(200, { etag: '"one"', "content-length": content.length });
      response.write(content.subarray(0, 1000));
    });
    await get([`${up.base}/tool`]);
    expect(up.seen[1]).toBe("GET /tool bytes=1000-");
    expect((await readFile(part.path)).equals(content)).toBe(true);
  });

  test("follows redirects to another host, without the first one's password", async () => {
    let authorization: string | undefined = "none yet";
    await using store = await serve((request, response) => {
      ({ authorization } = request.headers);
      ranged(content)(request, response);
    });
    let first: string | undefined;
    await using up = await serve((request, response) => {
      first = request.headers.authorization;
      response.writeHead(302, { location: `${store.base}/blob` }).end();
    });
    await get([`http://me:pass%20word@127.0.0.1:${up.port}/tool`]);
    expect((await stat(part.path)).size).toBe(content.length);
    expect(first).toBe(`Basic ${Buffer.from("me:pass word").toString("base64")}`);
    expect(authorization).toBeUndefined();
  });

  test("asks for the bytes as they are, even if they are labelled as compressed", async () => {
    await using up = await serve((_, response) => {
      response
        .writeHead(200, { "content-encoding": "x-gzip", "content-length": content.length })
        .end(content);
    });
    await get([`${up.base}/tool`]);
    expect((await readFile(part.path)).equals(content)).toBe(true);
  });

  test("tries the next address when one has no such file", async () => {
    await using first = await serve(failing(404));
    await using second = await serve(ranged(content));
    expect(await get([`${first.base}/tool`, `${second.base}/tool`])).toBe(`${second.base}/tool`);
    expect(first.seen).toHaveLength(1);
  });

  test("tries again when a server is busy", async () => {
    await using up = await serve((request, response) =>
      up.seen.length < 3 ? failing(503)(request, response) : ranged(content)(request, response),
    );
    await get([`${up.base}/tool`]);
    expect(up.seen).toHaveLength(3);
  });

  test("that all refuse says so for each, without a password", async () => {
    await using up = await serve(failing(403));
    const failure = get([`http://me:secret@127.0.0.1:${up.port}/a`, `${up.base}/b`]);
    await expect(failure).rejects.toThrow(
      `tool cannot be downloaded\n  ${up.base}/a: answers 403\n  ${up.base}/b: answers 403`,
    );
    await expect(failure).rejects.not.toBeInstanceOf(UnreachableError);
  });

  test("from a host that does not answer is told apart", async () => {
    const up = await serve(failing(500));
    await up[Symbol.asyncDispose]();
    await expect(get([`${up.base}/tool`])).rejects.toMatchObject({
      constructor: UnreachableError,
      hosts: [`127.0.0.1:${up.port}`],
      reason: expect.stringContaining("ECONNREFUSED"),
    });
    expect(await part.bytes()).toBe(0);
  });
});

describe("a proxy", () => {
  test("carries plain requests, and none to a host in NO_PROXY", async () => {
    await using up = await serve(ranged(content));
    await using proxy = await serve(ranged(content));
    await get(["http://up.example/tool"], { env: { HTTP_PROXY: proxy.base } });
    expect(proxy.seen).toEqual(["GET http://up.example/tool"]);
    await part.discard();
    await get([`${up.base}/tool`], { env: { http_proxy: proxy.base, NO_PROXY: "127.0.0.1" } });
    expect(up.seen).toEqual(["GET /tool"]);
    expect(proxy.seen).toHaveLength(1);
  });

  test("is asked to connect for https", async () => {
    await using proxy = await serve(failing(500));
    const asked: (string | undefined)[] = [];
    proxy.server.on("connect", (request, socket) => {
      asked.push(request.url);
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    });
    await expect(get(["https://up.example/tool"], { env: { HTTPS_PROXY: proxy.base } })).rejects.toThrow(
      /up\.example cannot be reached \(.*407/,
    );
    expect(asked[0]).toBe("up.example:443");
  });

  test.each(["proxy.example:3128", "socks5://proxy.example", "nonsense"])("%j is refused", (value) => {
    expect(() => agentFor({ HTTPS_PROXY: value }, timeouts)).toThrow(UsageError);
  });
});
