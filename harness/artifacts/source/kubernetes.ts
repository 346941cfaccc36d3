import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactError } from "../../errors.ts";
import type { BuildContext, Component } from "../build/component.ts";
import { golang, type Golang, golangInputs } from "../build/golang.ts";
import { moduleEnv, modulesFile } from "../build/modules.ts";
import {
  type Archive,
  binariesOf,
  kubernetesArchives,
  nodeArchive,
  packKubernetes,
  programsFile,
  versionFlags,
} from "../build/programs.ts";
import { generateOpenApi, sourceTree, treeRecipe } from "./tree.ts";
import { versions, versionsFile } from "./versions.ts";

/** A release of Kubernetes, and the commit that its tag names. */
type Release = { readonly version: string; readonly commit: string };

/** All of Kubernetes' programs, in the guide's three tarballs. */
export const kubernetes: Component = componentOf(
  { version: versions.kubernetes, commit: "641856db18352033a0d96dbc99153fa3b27298e5" },
  kubernetesArchives,
  {
    name: `kubernetes-${versions.kubernetes}`,
    takes: "about 8 min of two quiet cores, 4 GB of disk and 4 GB of memory",
  },
);

/** The node's programs of the release that the guide as first written fetches in 3.2.1. */
export const formerNode: Component = componentOf(
  { version: "1.13.1", commit: "eec55b9ba98609a46fee712359c7b5b365bdd920" },
  [{ ...nodeArchive, name: "kubernetes-node-1.13.1-linux-amd64.tar.gz" }],
  {
    name: "kubernetes-node-1.13.1",
    takes: "about 5 min of two quiet cores and 2 GB of disk",
    optional: true,
  },
);

function componentOf(
  release: Release,
  archives: readonly Archive[],
  about: Pick<Component, "name" | "takes" | "optional">,
): Component {
  const { version } = release;
  return {
    ...about,
    files: archives.map(({ name }) => name),
    inputs: golangInputs,
    modules: [`k8s.io/kubernetes@v${version}`],
    hostPackages: ["gcc", "libc6-dev", "ca-certificates"],
    recipe: [import.meta.filename, versionsFile, modulesFile, programsFile, ...treeRecipe(version)],
    async build(context) {
      const compiler = await golang(context);
      const tree = await sourceTree(context, compiler, version);
      const made = join(context.scratch, "made");
      const binaries = binariesOf(archives);
      if (binaries.includes("kube-apiserver")) await generateOpenApi(context, compiler, tree);
      await compile(context, compiler, { tree, made, release, binaries });
      await checkKubelet(join(made, "kubelet"));
      await packKubernetes(context, archives, made, version);
    },
  };
}

/**
 * With cgo, which the kubelet's cadvisor needs, and static, so that the machines' libc need not be this host's; the other
 * programs have nothing of C, and all share one compilation.
 */
async function compile(
  context: BuildContext,
  compiler: Golang,
  what: {
    readonly tree: string;
    readonly made: string;
    readonly release: Release;
    readonly binaries: readonly string[];
  },
): Promise<void> {
  const { tree, made, release, binaries } = what;
  const targets = ["k8s.io/kubernetes/pkg/version", "k8s.io/client-go/pkg/version"];
  // "archive" is upstream's word for a source that is not a checkout of git.
  const flags = versionFlags(release.version, targets, { commit: release.commit, state: "archive" });
  await context.run({
    title: `compile Kubernetes ${release.version}`,
    command: [
      compiler.go,
      "build",
      "-v",
      "-trimpath",
      "-tags",
      "netgo,osusergo",
      "-ldflags",
      `${flags} -extldflags "-static"`,
      "-o",
      `${made}/`,
      ...binaries.map((binary) => `./cmd/${binary}`),
    ],
    cwd: tree,
    env: { ...moduleEnv(context, compiler), CGO_ENABLED: "1" },
  });
}

/** What pkg/kubelet/cadvisor/cadvisor_unsupported.go says, which takes the place of cadvisor without cgo. */
const unsupported = "cAdvisor is unsupported in this build";

/** ArtifactError for a kubelet without cadvisor: it says its version, and ends as soon as it is started. */
export async function checkKubelet(file: string): Promise<void> {
  if (!(await readFile(file)).includes(unsupported)) return;
  throw new ArtifactError(`${file} would end at its start: "${unsupported}"`, {
    hint: "Compile it with CGO_ENABLED=1 and a C compiler.",
  });
}
