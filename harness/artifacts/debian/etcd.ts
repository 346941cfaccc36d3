import { join } from "node:path";
import { checkVersion, packBinaries, unpack } from "./binaries.ts";
import type { Component } from "./component.ts";
import { versions } from "./versions.ts";

const folder = "etcd-v3.3.10-linux-amd64";

/** etcd and etcdctl as Debian built them, under the guide's tarball name. */
export const etcd: Component = {
  name: "etcd",
  files: [`${folder}.tar.gz`],
  inputs: ["etcd-server", "etcd-client"],
  hostPackages: [],
  recipe: [import.meta.filename],
  async build(context) {
    const from = join(await unpack(context, "etcd-server", "etcd-client"), "usr/bin");
    await checkVersion(join(from, "etcd"), ["--version"], versions.etcd);
    await checkVersion(join(from, "etcdctl"), ["--version"], versions.etcd, { ETCDCTL_API: "2" });
    await packBinaries(context, { name: `${folder}.tar.gz`, folder, binaries: ["etcd", "etcdctl"] }, from);
  },
};
