import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { debianMirror } from "../../../host/packages/debian-mirror.ts";
import type { Assist } from "../../../progress.ts";
import { temporaryFolder, testContext } from "../../../testing.ts";
import type { Component } from "../component.ts";
import { inputNames } from "../inputs.ts";
import { BuiltSet } from "../set.ts";
import { sourcesOf } from "./archive.ts";

export const context = testContext();

/*
 * For tests of what is built, each anew: an archive whose lists were read a moment ago, and a set of three parts.
 */
export let root: string;
/** Names of the components that were built. */
export let built: string[];

beforeEach(async () => {
  root = temporaryFolder();
  built = [];
  vi.stubEnv("GUIDE_DEBIAN_MIRROR", "http://mirror.example/debian");
  // Debian's archive as seen a moment ago is not asked again.
  const folder = join(root, "artifacts/built");
  const lists = join(root, "build/apt/lists");
  for (const path of [folder, lists]) await mkdir(path, { recursive: true });
  await writeFile(join(lists, "mirror.example_debian_dists_bookworm_InRelease"), "");
  await writeFile(join(root, "build/apt/apt.conf"), "");
  const file = { file: "tini_1_amd64.deb", bytes: 1, sha256: "0".repeat(64) };
  const inputs = inputNames.map((name) => ({ name, version: "1", files: name === "tini" ? [file] : [] }));
  const known = { refreshed: Date.now(), sources: sourcesOf(await debianMirror()), inputs };
  await writeFile(join(folder, "inputs.json"), JSON.stringify(known));
});
afterEach(() => void vi.unstubAllEnvs());

/** A component of one small file, unless it is more. */
export const component = (name: string, more: Partial<Component> = {}): Component => ({
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

export const standIn: Assist = { id: "another-tool", reason: "the guide's is not to be had" };
export const urlOf = (name: string): string => `https://dl.example/${name}/file.tar.gz`;
export const set = (...further: readonly Component[]): BuiltSet =>
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
