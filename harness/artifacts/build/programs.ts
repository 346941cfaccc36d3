import { join } from "node:path";
import { checkVersion, packBinaries } from "./binaries.ts";
import type { BuildContext } from "./component.ts";

/** A tarball under the name and with the layout that the guide's `tar` and `cp` lines expect. */
export type Archive = {
  readonly name: string;
  readonly folder: string;
  readonly binaries: readonly string[];
};

/** Part of the recipes that pack these. */
export const programsFile = import.meta.filename;

const etcdFolder = "etcd-v3.3.10-linux-amd64";

export const etcdArchive: Archive = {
  name: `${etcdFolder}.tar.gz`,
  folder: etcdFolder,
  binaries: ["etcd", "etcdctl"],
};

export const nodeArchive: Archive = {
  name: "kubernetes-node-linux-amd64.tar.gz",
  folder: "kubernetes/node/bin",
  binaries: ["kubelet", "kube-proxy", "kubectl"],
};

export const kubernetesArchives: readonly Archive[] = [
  {
    name: "kubernetes-server-linux-amd64.tar.gz",
    folder: "kubernetes/server/bin",
    binaries: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"],
  },
  nodeArchive,
  { name: "kubernetes-client-linux-amd64.tar.gz", folder: "kubernetes/client/bin", binaries: ["kubectl"] },
];

/** Names of the programs in archives, each once. */
export const binariesOf = (archives: readonly Archive[]): string[] => [
  ...new Set(archives.flatMap(({ binaries }) => binaries)),
];

/** Runs etcd and etcdctl, which must say the version, and packs them. ArtifactError otherwise. */
export async function packEtcd(context: BuildContext, from: string, version: string): Promise<void> {
  // etcdctl 3.4 knows --version with the guide's API alone.
  for (const binary of etcdArchive.binaries) {
    await checkVersion(context, join(from, binary), ["--version"], version, { ETCDCTL_API: "2" });
  }
  await packBinaries(context, etcdArchive, from);
}

/** Runs each program of Kubernetes, which must say the version, and packs them. ArtifactError otherwise. */
export async function packKubernetes(
  context: BuildContext,
  archives: readonly Archive[],
  from: string,
  version: string,
): Promise<void> {
  for (const binary of binariesOf(archives)) {
    const args = binary === "kubectl" ? ["version", "--client", "--short"] : ["--version"];
    await checkVersion(context, join(from, binary), args, version);
  }
  await checkMapWriting(context, join(from, "kubectl"));
  for (const archive of archives) await packBinaries(context, archive, from);
}

/** Writing a map is what panics with reflect2 1.0.1, which Kubernetes names, under Go 1.18 and later. */
const checkMapWriting = (context: BuildContext, kubectl: string): Promise<void> =>
  context.run({
    title: "write a map with kubectl",
    command: [kubectl, "config", "set-credentials", "probe", "--username=probe"],
    env: { KUBECONFIG: join(context.scratch, "kubeconfig") },
  });

/**
 * The linker's flags that strip, as upstream's hack/lib/golang.sh does, and set what its version.sh sets in the
 * packages `targets`.
 */
export function versionFlags(
  version: string,
  targets: readonly string[],
  { commit, state }: { readonly commit: string; readonly state: string },
): string {
  const [major, minor] = version.split(".");
  const values = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: state,
    gitCommit: commit,
    // Equal inputs make equal programs.
    buildDate: "1970-01-01T00:00:00Z",
  };
  const settings = targets.flatMap((target) =>
    Object.entries(values).map(([name, value]) => `-X ${target}.${name}=${value}`),
  );
  return ["-s -w", ...settings].join(" ");
}
