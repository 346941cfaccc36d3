import { join } from "node:path";
import { unpack } from "../build/binaries.ts";
import type { Component } from "../build/component.ts";
import { etcdArchive, packEtcd, programsFile } from "../build/programs.ts";
import { versions, versionsFile } from "./versions.ts";

/** etcd and etcdctl as Debian built them, under the guide's tarball name. */
export const etcd: Component = {
  name: "etcd",
  files: [etcdArchive.name],
  inputs: ["etcd-server", "etcd-client"],
  hostPackages: [],
  recipe: [import.meta.filename, versionsFile, programsFile],
  async build(context) {
    const from = join(await unpack(context, "etcd-server", "etcd-client"), "usr/bin");
    await packEtcd(context, from, versions.etcd);
  },
};
