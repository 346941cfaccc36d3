import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Component } from "../build/component.ts";
import { golang, golangInputs } from "../build/golang.ts";
import { downloadNeeds, moduleEnv, modulesFile } from "../build/modules.ts";
import { etcdArchive, packEtcd, programsFile } from "../build/programs.ts";
import { versions, versionsFile } from "./versions.ts";

/** The path that etcd's own code imports; upstream's later name begins with 3.4. */
const path = "github.com/coreos/etcd";
const module = `${path}@v${versions.etcd}+incompatible`;
/** As upstream's release was built: the tag's commit. */
const commit = "27fc7e2";
/** Every module at the revision of its glide.lock. */
const pins = ["go.mod", "go.sum"].map((name) =>
  join(import.meta.dirname, `modules/etcd-${versions.etcd}`, name),
);

/** etcd and etcdctl compiled from their Go module. */
export const etcd: Component = {
  name: `etcd-${versions.etcd}`,
  files: [etcdArchive.name],
  inputs: golangInputs,
  modules: [module],
  hostPackages: ["ca-certificates"],
  recipe: [import.meta.filename, versionsFile, modulesFile, programsFile, ...pins],
  async build(context) {
    const compiler = await golang(context);
    for (const pin of pins) await copyFile(pin, join(context.scratch, basename(pin)));
    await downloadNeeds(context, compiler, module, context.scratch);
    const made = join(context.scratch, "made");
    await context.run({
      title: "compile etcd",
      command: [
        compiler.go,
        "build",
        "-v",
        "-trimpath",
        "-ldflags",
        `-s -w -X ${path}/version.GitSHA=${commit}`,
        "-o",
        `${made}/`,
        path,
        `${path}/etcdctl`,
      ],
      cwd: context.scratch,
      env: { ...moduleEnv(context, compiler), CGO_ENABLED: "0" },
    });
    await packEtcd(context, made, versions.etcd);
  },
};
