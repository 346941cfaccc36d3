import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { definitionHash } from "./rootfs.ts";

const folder = join(import.meta.dirname, "rootfs");

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "rootfs-"));
});
afterEach(() => rm(scratch, { recursive: true }));

/** A script of the root file system, with one of its absolute paths led into the scratch folder. */
async function scriptWith(name: string, path: string, replacement: string): Promise<string> {
  const text = await readFile(join(folder, "files", name), "utf8");
  expect(text).toContain(path);
  const script = join(scratch, "script");
  await writeFile(script, text.replaceAll(path, replacement));
  return script;
}

describe("the hash of the root file system's definition", () => {
  it("changes with the content and the mode of any file", async () => {
    const copy = join(scratch, "copy");
    await cp(folder, copy, { recursive: true });
    const before = await definitionHash(copy);
    expect(before).toBe(await definitionHash(folder));
    await writeFile(join(copy, "files/usr/local/bin/wget"), "other");
    const changed = await definitionHash(copy);
    await copyFile(join(folder, "files/usr/local/bin/wget"), join(copy, "files/usr/local/bin/wget"));
    await chmod(join(copy, "files/usr/local/bin/wget"), 0o644);
    expect(new Set([before, changed, await definitionHash(copy)]).size).toBe(3);
  });
});

const saved = (name: string): Promise<string> => readFile(join(scratch, name), "utf8");

describe("the stand-in for wget", () => {
  let wget: (...args: string[]) => Promise<{ exitCode?: number; stdout: string; stderr: string }>;
  const url = "https://dl.example/v1/tool.tar.gz";

  beforeEach(async () => {
    const cache = join(scratch, "cache");
    await mkdir(cache);
    await writeFile(join(cache, "tool.tar.gz"), "content");
    const script = await scriptWith("usr/local/bin/wget", "/var/cache/guide-artifacts", cache);
    wget = (...args) => execa("sh", [script, ...args], { cwd: scratch, reject: false });
  });
  it("saves under the URL's base name and says so", async () => {
    expect(await wget(url)).toMatchObject({ exitCode: 0, stdout: "", stderr: "‘tool.tar.gz’ saved" });
    expect(await saved("tool.tar.gz")).toBe("content");
  });

  it("drops the query", async () => {
    expect(await wget(`${url}?download=1`)).toMatchObject({ exitCode: 0 });
    expect(await saved("tool.tar.gz")).toBe("content");
  });

  it.each([["-qO", "x"], ["-qOx"], ["-q", "-O", "x"], ["--quiet", "--output-document=x"]])(
    "knows %j",
    async (...options) => {
      expect(await wget(...options, url)).toMatchObject({ exitCode: 0, stderr: "" });
      expect(await saved("x")).toBe("content");
    },
  );

  it("goes by the address where the set lists addresses", async () => {
    await writeFile(join(scratch, "cache", "tool-2.tar.gz"), "content of v2");
    const listed = [`tool.tar.gz\t${url}`, "tool-2.tar.gz\thttps://dl.example/v2/tool.tar.gz", ""].join("\n");
    await writeFile(join(scratch, "cache", "addresses.tsv"), listed);
    expect(await wget("https://dl.example/v2/tool.tar.gz")).toMatchObject({ stderr: "‘tool.tar.gz’ saved" });
    expect(await saved("tool.tar.gz")).toBe("content of v2");
    expect(await wget(`${url}?download=1`)).toMatchObject({ exitCode: 0 });
    expect(await saved("tool.tar.gz")).toBe("content");
    expect(await wget("https://dl.example/v3/tool.tar.gz")).toMatchObject({ exitCode: 8 });
  });

  it("writes to standard output", async () => {
    expect(await wget("-O", "-", url)).toMatchObject({ exitCode: 0, stdout: "content" });
  });

  it("answers 404 with exit code 8, as wget does", async () => {
    const answer = await wget("https://dl.example/v1/other.tar.gz");
    expect(answer).toMatchObject({ exitCode: 8 });
    expect(answer.stderr).toContain("ERROR 404: not in the artifact cache");
  });

  it.each([["--frobnicate", url], ["-O"], []])("refuses %j with exit code 2", async (...args) => {
    expect(await wget(...args)).toMatchObject({ exitCode: 2 });
  });
});

describe("the OCI runtime wrapper", () => {
  it("raises negative scores in bundles and exec processes, and no others", async () => {
    const runc = join(scratch, "runc");
    await writeFile(runc, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const script = await scriptWith("usr/local/lib/guide/runc", "/usr/sbin/runc", runc);
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
