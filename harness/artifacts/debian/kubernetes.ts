import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HarnessDefect } from "../../errors.ts";
import { unpack } from "../build/binaries.ts";
import type { BuildContext, Component } from "../build/component.ts";
import { golang, type Golang, golangInputs } from "../build/golang.ts";
import {
  binariesOf,
  kubernetesArchives,
  packKubernetes,
  programsFile,
  versionFlags,
} from "../build/programs.ts";
import { versions, versionsFile } from "./versions.ts";

const packagePath = "k8s.io/kubernetes";
const reflect2 = "golang-github-modern-go-reflect2-dev";

/** All of Kubernetes' components from Debian's source package, in the guide's three tarballs. */
export const kubernetes: Component = {
  name: "kubernetes",
  files: kubernetesArchives.map(({ name }) => name),
  inputs: ["kubernetes", reflect2, ...golangInputs],
  hostPackages: ["dpkg-dev", "make", "rsync"],
  takes: "about 5 min of two quiet cores and 2 GB of disk",
  recipe: [import.meta.filename, versionsFile, programsFile],
  async build(context) {
    const compiler = await golang(context);
    const gopath = await sourceTree(context, compiler);
    const compiled = join(context.scratch, "compiled");
    await mkdir(compiled);
    await context.run({
      title: "compile Kubernetes",
      command: [
        compiler.go,
        "build",
        "-v",
        "-trimpath",
        "-ldflags",
        linkerFlags,
        "-o",
        `${compiled}/`,
        ...binariesOf(kubernetesArchives).map((binary) => `./cmd/${binary}`),
      ],
      cwd: join(gopath, "src", packagePath),
      onlyEnv: true,
      env: goEnv(compiler, gopath),
    });
    await packKubernetes(context, kubernetesArchives, compiled, versions.kubernetes);
  },
};

/**
 * GOPATH mode with the vendored packages, as upstream's own build of 1.20.
 * Without cgo all six share one compilation of everything, and run on any libc.
 */
const goEnv = ({ env }: Golang, gopath: string): Record<string, string> => ({
  ...env,
  GOPATH: gopath,
  GO111MODULE: "off",
  CGO_ENABLED: "0",
});

/** A GOPATH that holds the source: unpacked, mended and completed. Each stage is redone unless it was finished. */
async function sourceTree(context: BuildContext, compiler: Golang): Promise<string> {
  const gopath = join(context.work, `kubernetes-${context.inputKey("kubernetes", reflect2)}`);
  const tree = join(gopath, "src", packagePath);
  if (!(await stat(gopath).catch(() => undefined))) {
    const fresh = `${gopath}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(join(fresh, "src/k8s.io"), { recursive: true });
    await unpackSource(context, join(fresh, "src", packagePath));
    await rename(fresh, gopath);
  }
  const generated = join(gopath, "openapi-generated");
  if (!(await stat(generated).catch(() => undefined))) {
    await generateOpenApi(context, compiler, gopath, tree);
    await writeFile(generated, "");
  }
  return gopath;
}

async function unpackSource(context: BuildContext, tree: string): Promise<void> {
  const description = (await context.fetch("kubernetes")).find((path) => path.endsWith(".dsc"));
  if (description === undefined) throw new HarnessDefect("The source package kubernetes has no .dsc");
  context.note("kubernetes: unpacking Debian's source package");
  await context.run({
    title: "unpack Kubernetes' source",
    // apt has verified the files against the archive's signature; dpkg-source has no keys of maintainers.
    command: ["dpkg-source", "--no-check", "--extract", description, tree],
  });
  await mendReflect2(context, tree);
}

/** The vendored reflect2 1.0.1 panics under Go 1.18 and later; Debian's 1.0.2 takes its place. */
async function mendReflect2(context: BuildContext, tree: string): Promise<void> {
  const place = "github.com/modern-go/reflect2";
  const vendored = join(tree, "vendor", place);
  await rm(vendored, { recursive: true });
  const source = join(await unpack(context, reflect2), "usr/share/gocode/src", place);
  await context.run({ title: "replace reflect2", command: ["cp", "-r", source, vendored] });
}

/** The one generated file that the source package lacks. */
async function generateOpenApi(
  context: BuildContext,
  compiler: Golang,
  gopath: string,
  tree: string,
): Promise<void> {
  context.note("kubernetes: generating its OpenAPI definitions");
  await rm(join(tree, "_output"), { recursive: true, force: true });
  await rm(join(tree, "pkg/generated/openapi/zz_generated.openapi.go"), { force: true });
  await context.run({
    title: "generate Kubernetes' OpenAPI definitions",
    command: ["make", "gen_openapi"],
    cwd: tree,
    onlyEnv: true,
    // Upstream's scripts choose the module mode themselves.
    env: { ...compiler.env, GOPATH: gopath, CGO_ENABLED: "0", GOFLAGS: "-mod=vendor" },
  });
}

const linkerFlags = versionFlags(
  versions.kubernetes,
  ["component-base/version", "client-go/pkg/version"].map((name) => `${packagePath}/vendor/k8s.io/${name}`),
  { commit: "debian", state: "clean" },
);
