import type { Profile } from "../../../profile/profile.ts";
import { mirrorPrograms, mirrorSocket, mirrorUnits, packagePrograms } from "../../ssh/deliver.ts";

/** What the guide, and the help it gets, leaves on a host; the one list that `reset` works from. */

/** What must be known of a guide to take it off a host. */
export type Traces = Pick<Profile, "units" | "footprint" | "networks">;

/** Units that the host may have had before and that the guide starts, stops or rewrites. */
export const sharedUnits = ["docker.service", "docker.socket", "containerd.service", "firewalld.service"];

/** Units that the guide writes, in the order in which they are stopped. */
export const guideUnits = ({ units }: Traces): string[] =>
  units
    .map((name) => `${name}.service`)
    .filter((name) => !sharedUnits.includes(name))
    .toReversed();

/** Where the guide's archives and tools are unpacked; patterns of a shell. */
const inRootsHome = [
  "kubernetes",
  "kubernetes-*-linux-amd64.tar.gz*",
  "etcd-v*-linux-amd64",
  "etcd-v*-linux-amd64.tar.gz*",
  "flannel-v*-linux-amd64.tar.gz*",
  "flanneld",
  "mk-docker-opts.sh",
  "cfssl_linux-amd64*",
  "cfssljson_linux-amd64*",
  "cfssl-certinfo_linux-amd64*",
].map((name) => `/root/${name}`);

/** Paths that nothing but the guide makes; patterns of a shell. */
export const ownPlaces = (guide: Traces): string[] => [
  ...guide.footprint.folders,
  ...guideUnits(guide).flatMap((unit) => [
    `/usr/lib/systemd/system/${unit}`,
    `/etc/systemd/system/multi-user.target.wants/${unit}`,
  ]),
  ...inRootsHome,
  "/usr/local/bin/cfssl",
  "/usr/local/bin/cfssljson",
  "/usr/bin/cfssl-certinfo",
  "/run/flannel",
  "/run/kubernetes",
  "/run/dockershim.sock",
  "/var/lib/kubelet",
  "/var/lib/dockershim",
  "/var/lib/cni",
  "/var/log/pods",
  "/var/log/containers",
  "/usr/libexec/kubernetes",
];

/** Paths that the guide makes where they are not, but a host may have of its own: removed only if they were not there. */
export const sharedPlaces: readonly string[] = [
  "/data1",
  "/root/README.md",
  "/root/.kube",
  "/root/.ssh/id_ed25519",
  "/root/.ssh/id_ed25519.pub",
  "/root/.ssh/authorized_keys",
  "/root/.ssh/known_hosts",
  "/root/.ssh/known_hosts.old",
  "/root/.ssh",
  "/etc/cni/net.d",
  "/etc/cni",
  "/etc/docker/key.json",
  "/etc/docker",
  "/etc/yum.repos.d/docker-ce.repo",
  "/opt/cni",
  "/opt/containerd",
  "/run/docker",
  "/run/docker.pid",
  "/run/docker.sock",
  "/run/containerd",
  "/run/xtables.lock",
  ...mirrorPrograms,
  ...packagePrograms,
  "/usr/local/lib/guide",
  ...mirrorUnits,
  `/etc/systemd/system/sockets.target.wants/${mirrorSocket}`,
  "/var/cache/guide-artifacts",
  "/var/cache/guide-artifacts/*",
  "/var/cache/guide-packages",
  "/var/cache/guide-packages/*",
  "/run/guide",
  "/var/lib/containerd",
  "/var/lib/docker",
];

/** Whether a path that is there is one of `sharedPlaces`. */
export const isShared = (path: string): boolean =>
  sharedPlaces.includes(path) || /^\/var\/cache\/guide-(?:artifacts|packages)\//.test(path);

/** Packages that the guide installs, and what those need; others that came meanwhile are someone else's. */
export const guidePackage =
  /^(wget|yum-utils|python-kitchen|libxml2-python|docker-|containerd\.io|container-selinux|fuse-overlayfs|fuse3-libs|slirp4netns)/;

/** Files and folders that the guide rewrites in their place; a copy is kept from before. */
export const rewritten: readonly string[] = [
  "/usr/lib/systemd/system/docker.service",
  ...mirrorPrograms,
  ...packagePrograms,
  ...mirrorUnits,
  "/etc/selinux/config",
  "/etc/yum.repos.d",
  "/etc/docker",
];

/** Kernel settings that the kubelet, kube-proxy, flanneld and Docker change: put back if they differ. */
export const changedSysctls =
  /^(kernel\.(panic|panic_on_oops|keys\.root_max(keys|bytes))|vm\.(overcommit_memory|panic_on_oom)|net\.ipv[46]\.(ip_forward$|conf\.)|net\.bridge\.|net\.(netfilter\.)?nf_conntrack_(?!count$))/;

/** The chain that holds the rules of a cut link. */
export const cutChain = "GUIDE-CUT";

/** Chains and interfaces that only Kubernetes, flannel and a cut link make. */
export const guideChain = new RegExp(`^(KUBE-|FLANNEL|${cutChain})`);
export const guideLink = /^(flannel|veth|cni)/;
