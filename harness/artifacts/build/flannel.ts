import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { tarballJob } from "../pack.ts";
import { checkVersion } from "./binaries.ts";
import type { Component } from "./component.ts";
import { golang, golangInputs } from "./golang.ts";
import { downloadModule, moduleEnv, modulesFile } from "./modules.ts";

export const flannelVersion = "0.14.0";

/** The name that upstream moved to, one release after the last under the guide's name, github.com/coreos/flannel. */
const path = "github.com/flannel-io/flannel";
const module = `${path}@v${flannelVersion}`;
const archive = "flannel-v0.10.0-linux-amd64.tar.gz";

/** flanneld compiled from its Go module, with the script and README that upstream's tarball holds. */
export const flannel: Component = {
  name: "flannel",
  files: [archive],
  inputs: golangInputs,
  modules: [module],
  hostPackages: ["gcc", "libc6-dev", "ca-certificates"],
  recipe: [import.meta.filename, modulesFile],
  async build(context) {
    const compiler = await golang(context);
    const source = await downloadModule(context, compiler, module);
    const made = join(context.scratch, "made");
    await context.run({
      title: "compile flanneld",
      command: [
        compiler.go,
        "build",
        "-v",
        "-trimpath",
        "-tags",
        "netgo,osusergo",
        "-ldflags",
        linkerFlags,
        "-o",
        `${made}/flanneld`,
        ".",
      ],
      cwd: source,
      env: { ...moduleEnv(context, compiler), CGO_ENABLED: "1" },
    });
    await checkVersion(context, `${made}/flanneld`, ["--version"], flannelVersion);
    await copyFile(join(source, "dist/mk-docker-opts.sh"), join(made, "mk-docker-opts.sh"));
    await copyFile(join(source, "README.md"), join(made, "README.md"));
    await chmod(join(made, "mk-docker-opts.sh"), 0o755);
    await context.run(await tarballJob(made, join(context.out, archive)));
  },
};

/** Static, as upstream's Makefile links it: the machines' libc need not be this host's. */
const linkerFlags = `-s -w -X ${path}/version.Version=v${flannelVersion} -extldflags "-static"`;
