import { chmod, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { ArtifactError } from "../../errors.ts";
import { silent } from "../../progress.ts";
import { testContext, listening } from "../../testing.ts";
import { type Handler, serve } from "../../host/download/testing.ts";
import { hashOf, program, tarball } from "./testing.ts";
import { importInto } from "./import.ts";

import {
  context,
  good,
  instead,
  missingNow,
  names,
  notes,
  remains,
  root,
  scratch,
  set,
  up,
  withImages,
  writePins,
} from "./sample.ts";

describe("fetching", () => {
  beforeEach(withImages);

  test("brings a complete set: all files and images in one folder, each verified, and then needs no network", async () => {
    const prepared = await set().prepare(listening(notes), context);
    expect(prepared.files.map(({ name }) => name).toSorted()).toEqual(names);
    for (const { name, sha256 } of prepared.files) {
      const content = await readFile(join(prepared.folder, name));
      expect([name, sha256]).toEqual([name, hashOf("sha256", await readFile(join(good, name)))]);
      expect(hashOf("sha256", content)).toBe(sha256);
    }
    expect(await readdir(prepared.folder)).toContain(prepared.images);
    expect(await readFile(join(prepared.folder, "addresses.tsv"), "utf8")).toContain(
      `tool\t${up.base}/tool\n`,
    );
    expect(prepared).not.toHaveProperty("rebuilt");
    expect(await remains()).toEqual([]);
    const asked = up.seen.length;
    expect(await set().prepare(silent, context)).toEqual(prepared);
    expect(await set().complete()).toEqual({ complete: true, missing: [] });
    expect(up.seen).toHaveLength(asked);
  });

  test("says how a file without a digest is pinned, and holds later copies to it", async () => {
    await set().prepare(listening(notes), context);
    const sha256 = hashOf("sha256", await readFile(join(good, "unpinned.tar.gz")));
    expect(notes).toContainEqual(expect.stringContaining(`"    sha256: ${sha256}"`));
    await rm(join(root, "artifacts/guide/unpinned.tar.gz"), { recursive: true });
    await rm(join(root, "artifacts/guide/set"), { recursive: true });
    await tarball(good, "unpinned.tar.gz", { flanneld: "another binary" });
    const again = set().prepare(silent, context);
    await expect(again).rejects.toThrow(ArtifactError);
    await expect(again).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`expected sha256:${sha256} \\(.*recorded\\.json\\)\\n  actual   sha256:`),
      ),
      details: { hint: expect.stringContaining("remove its entry from") },
    });
  });

  test.each<[string, Handler, RegExp]>([
    ["has other bytes", (_, response) => void response.end("other bytes, long enough"), /is no gzip file/],
    ["is empty", (_, response) => void response.end(), /is empty/],
    [
      "is an error page with status 200",
      (_, response) => void response.end("\n<!DOCTYPE html><title>Blocked</title>"),
      /is an HTML page, not the file/,
    ],
    [
      "is cut without the server saying so",
      (_, response) =>
        void readFile(join(good, "server.tar.gz")).then((content) =>
          response.end(content.subarray(0, content.length - 20)),
        ),
      /is cut short/,
    ],
  ])("a file that %s is an error with both digests, and nothing of it stays", async (_, handler, why) => {
    instead["server.tar.gz"] = handler;
    const failure = set().prepare(silent, context);
    await expect(failure).rejects.toThrow(ArtifactError);
    await expect(failure).rejects.toThrow(why);
    await expect(failure).rejects.toThrow(
      /^server\.tar\.gz from http:.*\n {2}expected sha512:[0-9a-f]{128} \(.*pins\.yaml:\d+\)\n {2}actual {3}sha512:[0-9a-f]{128}, \d+ bytes/,
    );
    await expect(failure).rejects.toMatchObject({
      details: { hint: expect.stringContaining("artifacts import") },
    });
    expect(await remains()).toEqual([]);
    // The others are kept.
    expect(await missingNow()).toEqual(["server.tar.gz"]);
  });

  test("another whole tarball is told by its checksum", async () => {
    await tarball(good, "server.tar.gz", { "k/bin/apiserver": "other binary" });
    await expect(set().prepare(silent, context)).rejects.toThrow("has the wrong checksum");
  });

  test("a pinned tarball without what the guide needs is refused", async () => {
    await tarball(good, "server.tar.gz", { "k/bin/scheduler": "binary" });
    await writePins();
    await expect(set().prepare(silent, context)).rejects.toThrow(
      "lacks k/bin/apiserver, which the guide needs",
    );
  });

  test("upstream that does not answer is said in one line with the two ways on", async () => {
    await up[Symbol.asyncDispose]();
    const failure = set().prepare(listening(notes), context);
    await expect(failure).rejects.toThrow(
      /^127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED.*\): carry the files over with `pnpm artifacts import DIR`, or use `--artifacts source`$/,
    );
    await expect(failure).rejects.toMatchObject({ verdict: "artifact", details: {} });
  });

  test("a server that stalls is given as long as the run's deadlines say", async () => {
    let stalled = 0;
    instead["tool"] = (_, response) => {
      stalled += 1;
      delete instead["tool"];
      response.writeHead(200, { "content-length": 1000 }).write("x");
    };
    const impatient = testContext({ deadlines: new Deadlines(1, { idle: 200 }) });
    await set().prepare(silent, impatient);
    expect(stalled).toBe(1);
  });

  test("with --offline nobody is asked, and what is missing is told with the way to bring it", async () => {
    const failure = set({ GUIDE_OFFLINE: "1" }).prepare(silent, context);
    await expect(failure).rejects.toMatchObject({
      verdict: "artifact",
      message:
        "The cache lacks server.tar.gz, tool and unpinned.tar.gz of the set upstream, and --offline forbids downloading it",
      details: { hint: expect.stringMatching(/artifacts export FILE.*artifacts import FILE/) },
    });
    expect(up.seen).toEqual([]);
    await set().prepare(silent, context);
    const asked = up.seen.length;
    await set({ GUIDE_OFFLINE: "1" }).prepare(silent, context);
    expect(up.seen).toHaveLength(asked);
  });

  test("a mirror is asked in place of upstream", async () => {
    await using mirror = await serve((request, response) => {
      void readFile(join(good, (request.url ?? "").replace("/m/", ""))).then((content) =>
        response.end(content),
      );
    });
    await set({ ARTIFACT_MIRROR: `${up.base}/=${mirror.base}/m/` }).prepare(silent, context);
    expect(up.seen).toEqual([]);
    expect(mirror.seen.toSorted()).toEqual(names.map((name) => `GET /m/${name}`));
  });

  test("an interrupted fetch keeps what came whole and ends with the signal's reason", async () => {
    const abort = new AbortController();
    instead["server.tar.gz"] = () => abort.abort(new ArtifactError("stopped by a test"));
    await expect(set().prepare(silent, testContext({ signal: abort.signal }))).rejects.toThrow(
      "stopped by a test",
    );
    delete instead["server.tar.gz"];
    await set().prepare(silent, context);
    expect(await missingNow()).toEqual([]);
  });

  test("what is optional comes only when asked for", async () => {
    await set().prepare(silent, context);
    expect(up.seen).not.toContain("GET /extra.tar.gz");
    const prepared = await set().prepare(silent, context, { optional: true });
    expect(prepared.files.map(({ name }) => name)).toContain("extra.tar.gz");
    expect(await set().prepare(silent, context)).toEqual(prepared);
  });

  test("a damaged cached copy is noted and fetched again", async () => {
    const { folder } = await set().prepare(silent, context);
    await chmod(join(folder, "tool"), 0o644);
    await truncate(join(folder, "tool"), 2);
    expect((await set().verify()).filter(({ damage }) => damage !== undefined)).toHaveLength(2);
    await set().prepare(listening(notes), context);
    expect(notes).toContainEqual(expect.stringMatching(/^tool: the cached copy is damaged/));
    expect((await set().verify()).filter(({ damage }) => damage !== undefined)).toEqual([]);
  });
});

describe("verify", () => {
  test("finds a changed byte behind a stamp that still fits", async () => {
    await withImages();
    await set().prepare(silent, context);
    await set().complete();
    const checked = await set().verify();
    expect(new Set(checked.map(({ name }) => name))).toEqual(new Set([...names, "images.tar", "set"]));
    const entry = checked.find(({ name }) => name === "unpinned.tar.gz")?.folder ?? "";
    const manifest = join(entry, "manifest.json");
    const stamp = join(entry, ".verified.json");
    const text = (await readFile(manifest, "utf8")).replace(/"sha256": "./, '"sha256": "x');
    await writeFile(manifest, text);
    await rm(stamp, { force: true });
    expect((await set().verify()).filter(({ damage }) => damage !== undefined)).toMatchObject([
      { name: "unpinned.tar.gz", damage: expect.stringContaining("has sha256") },
    ]);
  });
});

describe("GUIDE_PINS", () => {
  test("makes own builds a set that says so, beside upstream's", async () => {
    await withImages();
    await set().prepare(silent, context);
    const own = join(scratch, "own");
    await mkdir(own);
    await writeFile(join(own, "tool"), program("rebuilt"));
    const pins = join(scratch, "own.yaml");
    await writeFile(pins, `inputs:\n  - name: tool\n    sha256: ${hashOf("sha256", program("rebuilt"))}\n`);
    const mine = set({ GUIDE_PINS: pins });
    expect((await mine.complete()).missing).toEqual(["tool"]);
    expect((await importInto(mine, own, silent, context)).missing).toEqual([]);
    const prepared = await mine.prepare(silent, context);
    expect(prepared.rebuilt).toEqual({ files: ["tool"], pins });
    expect(await readFile(join(prepared.folder, "tool"))).toEqual(program("rebuilt"));
    expect(await set().prepare(silent, context)).not.toHaveProperty("rebuilt");
    const entries = (await mine.inUse()).entries ?? [];
    expect(entries.filter(({ kind }) => kind === "tool").map(({ key }) => key).length).toBe(2);
  });
});

test("a damaged record of first digests is an error that names it", async () => {
  await mkdir(join(root, "artifacts/guide"), { recursive: true });
  await writeFile(join(root, "artifacts/guide/recorded.json"), "{");
  await expect(set().complete()).rejects.toThrow(/recorded\.json cannot be read/);
  await rename(join(root, "artifacts/guide/recorded.json"), join(root, "away"));
  await expect(set().complete()).resolves.toMatchObject({ complete: false });
});
