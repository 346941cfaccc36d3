import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ArtifactError } from "../../errors.ts";
import { InvalidFileError } from "../../input/findings.ts";
import { silent } from "../../progress.ts";
import { context, good, instead, scratch, set, up, withImages } from "../upstream/sample.ts";
import { hashOf, tarball } from "../upstream/testing.ts";
import { furtherFile, loadFurther } from "./files.ts";
import { entry, further, list, write } from "./sample.ts";
import type { SetWithFurtherFiles } from "./set.ts";

const guide = (): string => join(scratch, "guide.md");

let sha256: string;
let lines: string[];
beforeEach(async () => {
  await withImages();
  sha256 = hashOf("sha256", await readFile(await tarball(good, "cni.tgz", { bridge: "binary" })));
  lines = await entry("cni.tgz");
  await write(lines);
});

const served = (env: NodeJS.ProcessEnv = {}): Promise<SetWithFurtherFiles> => further(list(), env);

describe("files that a guide lists", () => {
  test("are served beside those of the set, each by its address, and then need no network", async () => {
    const both = await served();
    expect((await both.complete()).missing).toContain("cni.tgz");
    const prepared = await both.prepare(silent, context);
    expect(prepared.files.map(({ name }) => name).toSorted()).toEqual([
      "cni.tgz",
      "server.tar.gz",
      "tool",
      "unpinned.tar.gz",
    ]);
    expect(prepared.files.find(({ name }) => name === "cni.tgz")?.sha256).toBe(sha256);
    expect(await readdir(prepared.folder)).toContain(prepared.images);
    expect(prepared.addresses?.nameOf).toMatchObject({
      [`${up.base}/cni.tgz`]: "cni.tgz",
      [`${up.base}/tool`]: "tool",
    });
    expect(await readFile(join(prepared.folder, "addresses.tsv"), "utf8")).toContain(
      `cni.tgz\t${up.base}/cni.tgz\n`,
    );
    const answers = await both.answers();
    expect([answers(`${up.base}/cni.tgz`), answers(`${up.base}/tool`), answers(`${up.base}/x`)]).toEqual([
      true,
      true,
      false,
    ]);
    const asked = up.seen.length;
    expect(await (await served({ GUIDE_OFFLINE: "1" })).prepare(silent, context)).toEqual(prepared);
    expect(up.seen).toHaveLength(asked);
  });

  test("are not downloaded offline: the error has their line", async () => {
    await set().prepare(silent, context);
    const offline = (await served({ GUIDE_OFFLINE: "1" })).prepare(silent, context);
    await expect(offline).rejects.toThrow(ArtifactError);
    await expect(offline).rejects.toThrow(
      /The cache lacks cni\.tgz \(.*artifacts\.yaml:5\), and --offline forbids downloading it/,
    );
  });

  test("are used with their digest alone, which the error has with its line", async () => {
    instead["cni.tgz"] = (_, response) => void response.end("other bytes");
    const other = (await served()).prepare(silent, context);
    await expect(other).rejects.toThrow(
      new RegExp(
        `cni\\.tgz from .* has the wrong checksum\\n  expected sha256:${sha256} \\(.*artifacts\\.yaml:5\\)`,
      ),
    );
    expect((await (await served()).complete()).missing).toContain("cni.tgz");
  });

  test("have another name than those of the set", async () => {
    await write(lines.map((line) => line.replaceAll("cni.tgz", "tool")));
    await expect((await served()).prepare(silent, context)).rejects.toThrow("has a file tool of its own");
  });
});

describe("artifacts.yaml", () => {
  test("may be missing", () => {
    expect(furtherFile(guide())).toBe(list());
    expect(furtherFile(join(scratch, "elsewhere/guide.md"))).toBeUndefined();
  });

  test.each([
    ["name: cni.tgz", "name: plugins.tgz", 2, "is not what"],
    ["    sha256:", "    sha265:", 5, 'unknown key "sha265"'],
    ["    from: the release's own page", "    from: ''", 6, "is empty"],
    ["    version: cni 1", "    version: cni", 3, "must be a project and a version"],
  ])("with %s as %s is refused with its line", async (find, replace, line, message) => {
    await write(lines.map((one) => one.replace(find, replace)));
    const read = loadFurther(list());
    await expect(read).rejects.toThrow(InvalidFileError);
    await expect(read).rejects.toThrow(`artifacts.yaml:${line}:`);
    await expect(read).rejects.toThrow(message);
  });

  test("has a digest for each file, and each file once", async () => {
    await write(lines.filter((line) => !line.includes("sha256")));
    await expect(loadFurther(list())).rejects.toThrow("needs a sha256 or a sha512");
    await write([...lines, ...lines]);
    await expect(loadFurther(list())).rejects.toThrow('a second "cni.tgz"');
  });
});
