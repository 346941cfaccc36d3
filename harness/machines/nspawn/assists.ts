import { writeFile } from "node:fs/promises";
import { InfrastructureError } from "../../errors.ts";
import type { Assist } from "../../progress.ts";
import { isUnified } from "./cgroups.ts";
import { conntrackFile, type KernelFacts } from "./facts.ts";

/** What kube-proxy sets unless it finds exactly this: max(131072, 32768 × cores). */
export const wantedConntrackMax = (cores: number): number => Math.max(131_072, 32_768 * cores);

const needsConntrack = ({ conntrackMax, cores }: KernelFacts): boolean =>
  conntrackMax !== undefined && conntrackMax !== wantedConntrackMax(cores);

/** The help that machines on this host get, each with its reason. */
export function assistsFor(facts: KernelFacts): Assist[] {
  const assists: Assist[] = [
    {
      id: "artifact-cache",
      reason:
        "wget and curl are led to a mirror of the artifact set on the machine: the network reaches nothing but the machines",
    },
    {
      id: "kubelet-file-system",
      reason:
        "the kubelet refuses a root file system whose device it cannot find: /var/lib is a mount point and the device has a node",
    },
    {
      id: "docker-storage-driver",
      reason: "Docker uses overlay2, as on CentOS 7; on btrfs, where machines live, it would choose btrfs",
    },
  ];
  if (!facts.capSysResource) {
    assists.push({
      id: "oom-score-wrapper",
      reason: "the host withholds CAP_SYS_RESOURCE: an OCI runtime wrapper raises negative oomScoreAdj to 0",
    });
  }
  if (needsConntrack(facts)) {
    assists.push({
      id: "conntrack-max",
      reason: `nf_conntrack_max of the host was ${facts.conntrackMax}, and kube-proxy may not change it: set to ${wantedConntrackMax(facts.cores)}`,
    });
  }
  if (isUnified(facts.cgroups)) {
    assists.push({
      id: "docker-cgroup-driver",
      reason:
        "Docker uses the cgroupfs driver, which the guide's kubelet expects; on cgroup v2 it would choose systemd",
    });
  }
  return assists;
}

/** Docker's daemon.json for machines on this host. */
export const dockerConfiguration = (facts: KernelFacts): Record<string, unknown> => ({
  "storage-driver": "overlay2",
  ...(!facts.capSysResource && {
    "default-runtime": "guide",
    runtimes: { guide: { path: "/usr/local/lib/guide/runc" } },
  }),
  ...(isUnified(facts.cgroups) && { "exec-opts": ["native.cgroupdriver=cgroupfs"] }),
});

/** The part of the assists that is done on the host, once for all clusters. */
export async function helpHost(facts: KernelFacts): Promise<void> {
  if (!needsConntrack(facts)) return;
  const wanted = String(wantedConntrackMax(facts.cores));
  try {
    await writeFile(conntrackFile, wanted);
  } catch (cause) {
    throw new InfrastructureError(`${conntrackFile} cannot be set to ${wanted}`, {
      hint: "Set it on the host's own kernel; inside a container it is read-only.",
      cause,
    });
  }
}
