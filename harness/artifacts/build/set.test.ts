import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { debianMirror } from "../../host/packages/debian-mirror.ts";
import { type Assist, type Progress, silent } from "../../progress.ts";
import { temporaryFolder, testContext } from "../../testing.ts";
import { sourcesOf } from "./environment/archive.ts";
import type { Component } from "./component.ts";
import { inputNames } from "./inputs.ts";
import { BuiltSet } from "./set.ts";

const context = testContext();

let root: string;
let built: string[];
beforeEach(async () => {
  root = temporaryFolder();
  built = [];
  vi.stubEnv("GUIDE_DEBIAN_MIRROR", "http://mirror.example/debian");
  // Debian's archive as seen a moment ago is not asked again.
  const folder = join(root, "artifacts/built");
  for (const path of [folder, join(root, "build/apt")]) await mkdir(path, { recursive: true });
  await writeFile(join(root, "build/apt/apt.conf"), "");
  const file = { file: "tini_1_amd64.deb", bytes: 1, sha256: "0".repeat(64) };
  const inputs = inputNames.map((name) => ({ name, version: "1", files: name === "tini" ? [file] : [] }));
  const known = { refreshed: Date.now(), sources: sourcesOf(await debianMirror()), inputs };
  await writeFile(join(folder, "inputs.json"), JSON.stringify(known));
});
afterEach(() => void vi.unstubAllEnvs());

const component = (name: string, more: Partial<Component> = {}): Component => ({
  name,
  files: [`${name}.tar.gz`],
  inputs: [],
  hostPackages: [],
  recipe: [],
  async build(its) {
    built.push(name);
    if (name === "tool") its.says("toold", "toold 1");
    await writeFile(join(its.out, `${name}.tar.gz`), name);
  },
  ...more,
});

/** Made of a package that is not in the cache. */
const ofPackage = component("packaged", {
  inputs: ["tini"],
  async build(its) {
    await its.fetch("tini");
  },
});

const standIn: Assist = { id: "another-tool", reason: "the guide's is not to be had" };
const urlOf = (name: string): string => `https://dl.example/${name}/file.tar.gz`;
const set = (...further: readonly Component[]): BuiltSet =>
  new BuiltSet(
    {
      name: "source",
      versions: { kubernetes: "1", etcd: "1", flannel: "1", cfssl: "1" },
      ports: [],
      components: [
        component("tool"),
        component("long", { takes: "15 min" }),
        component("former", { optional: true }),
        ...further,
      ],
      urls: async () => new Map(["tool", "long", "former"].map((name) => [`${name}.tar.gz`, [urlOf(name)]])),
      standIns: [standIn],
    },
    root,
  );
const names = ({ files }: { readonly files: readonly { readonly name: string }[] }): string[] =>
  files.map(({ name }) => name);

test("what a set is complete without is built only if it is asked for, and then belongs to it", async () => {
  const prepared = await set().prepare(silent, context);
  expect(names(prepared)).toEqual(["tool.tar.gz", "long.tar.gz"]);
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
  expect(built).toEqual(["tool", "long"]);
  const whole = await set().prepare(silent, context, { optional: true });
  expect(names(whole)).toEqual(["tool.tar.gz", "long.tar.gz", "former.tar.gz"]);
  expect(await set().prepare(silent, context)).toEqual(whole);
  expect(built).toEqual(["tool", "long", "former"]);
});

test("a complete cache is complete without the folder of builds", async () => {
  const prepared = await set().prepare(silent, context);
  await rm(join(root, "build"), { recursive: true });
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
  expect(await set().prepare(silent, context)).toEqual(prepared);
  expect((await set().inUse()).entries).toBeDefined();
  expect(built).toEqual(["tool", "long"]);
});

test("a part that is damaged is built again if that is asked for, though the set made of it is whole", async () => {
  const prepared = await set().prepare(silent, context);
  const [folder = ""] = await readdir(join(root, "artifacts/built/tool"));
  const file = join(root, "artifacts/built/tool", folder, "tool.tar.gz");
  await rm(file);
  await writeFile(file, "another");
  const damaged = async () => (await set().verify()).flatMap(({ damage }) => damage ?? []);
  expect(await damaged()).toHaveLength(1);
  expect(await set().prepare(silent, context)).toEqual(prepared);
  expect(await damaged()).toHaveLength(1);
  expect(await set().prepare(silent, context, { mends: true })).toEqual(prepared);
  expect(await damaged()).toEqual([]);
  expect(built).toEqual(["tool", "long", "tool"]);
});

test("what an earlier version of the project knew of Debian's archive finds what it built", async () => {
  await set().prepare(silent, context);
  await rename(join(root, "artifacts/built/inputs.json"), join(root, "build/apt/inputs.json"));
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
  await rm(join(root, "build"), { recursive: true });
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
});

test("addresses tell files of one base name apart, in the folder and in the answers", async () => {
  const { folder, addresses } = await set().prepare(silent, context, { optional: true });
  expect(addresses?.nameOf[urlOf("former")]).toBe("former.tar.gz");
  expect(await readFile(join(folder, addresses?.file ?? ""), "utf8")).toContain(
    `former.tar.gz\t${urlOf("former")}\n`,
  );
  const answers = await set().answers();
  expect([urlOf("tool"), "https://dl.example/other/tool.tar.gz"].map(answers)).toEqual([true, false]);
});

test("what the programs said of themselves stays with the set", async () => {
  const programs = { tool: { toold: "toold 1" } };
  expect((await set().prepare(silent, context)).programs).toEqual(programs);
  expect((await set().prepare(silent, context)).programs).toEqual(programs);
});

test("a run is told what is not the guide's, also if nothing has to be built", async () => {
  const assists: Assist[] = [];
  const progress = { ...silent, assist: (assist: Assist) => void assists.push(assist) };
  await set().prepare(progress, context);
  await set().prepare(progress, context);
  expect(assists).toEqual([standIn, standIn]);
});

test("progress says what is left, and how long what is long takes", async () => {
  const notes: string[] = [];
  await set().prepare({ ...silent, note: (message) => void notes.push(message) }, context);
  expect(notes).toContain("The set source lacks tool, long (15 min the first time)");
});

test("a build says which part of how many is made, and the share of it all", async () => {
  const seen: string[] = [];
  const progress: Progress = {
    ...silent,
    async watch(far, work) {
      // While the first part, and what is watched in it, goes on.
      queueMicrotask(() => seen.push(far()));
      return work();
    },
  };
  await set().prepare(progress, context);
  expect(seen[0]).toBe("set source: part 1 of 2, 0 %, about 15 min left");
  expect(seen.some((line) => line.startsWith("long: 0 s of about 15 min, 0 %; "))).toBe(true);
});

test("what is in use are the parts and the whole, nothing else", async () => {
  await set().prepare(silent, context);
  const { folder, entries = [] } = await set().inUse();
  const used = new Set(entries.map(({ kind, key }) => join(folder, kind, key)));
  const kinds = ["tool", "long", "set-source"];
  const there = await Promise.all(
    kinds.map(async (kind) => {
      const keys = (await readdir(join(folder, kind))).filter((name) => name !== "last-seconds");
      return keys.map((key) => join(folder, kind, key));
    }),
  );
  expect(there.flat().filter((path) => !used.has(path))).toEqual([]);
});

describe("with --offline", () => {
  beforeEach(() => vi.stubEnv("GUIDE_OFFLINE", "1"));

  test("what needs no download is built, and Go is told to download nothing", async () => {
    const env = component("env", {
      async build(its) {
        await its.run({ title: "look", command: ["sh", "-c", `echo $GOPROXY > ${its.out}/env.tar.gz`] });
      },
    });
    const { folder } = await set(env).prepare(silent, context);
    expect(await readFile(join(folder, "env.tar.gz"), "utf8")).toBe("off\n");
  });

  test("what needs one is named, with the way to bring it", async () => {
    await expect(set(ofPackage).prepare(silent, context)).rejects.toMatchObject({
      verdict: "artifact",
      message:
        "The cache lacks packaged, and --offline forbids downloading what building needs: The cache lacks tini 1 of Debian",
      details: { hint: expect.stringContaining("carry that folder over") },
    });
  });

  test("an empty cache is told part by part", async () => {
    await rm(join(root, "artifacts"), { recursive: true });
    await expect(set().prepare(silent, context)).rejects.toThrow(
      "The cache lacks tool, long, and --offline forbids downloading what building needs: Debian's package lists",
    );
  });
});
