import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { checkVersion, unpack } from "./binaries.ts";
import type { Component } from "./component.ts";

export const cfsslVersion = "1.2.0";

const tools = ["cfssl", "cfssljson", "cfssl-certinfo"] as const;

/** cfssl's three programs as Debian built them, under the names that the guide downloads. */
export const cfssl: Component = {
  name: "cfssl",
  files: tools.map((tool) => `${tool}_linux-amd64`),
  inputs: ["golang-cfssl"],
  hostPackages: [],
  recipe: [import.meta.filename],
  async build(context) {
    const from = join(await unpack(context, "golang-cfssl"), "usr/bin");
    await checkVersion(context, join(from, "cfssl"), ["version"], cfsslVersion);
    for (const tool of tools) await copyFile(join(from, tool), join(context.out, `${tool}_linux-amd64`));
  },
};
