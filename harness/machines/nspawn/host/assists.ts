import type { Assist } from "../../../progress.ts";
import { firewalldAssist, toolsAssist } from "../../tools.ts";
import { isUnified } from "./kernel/cgroups.ts";
import type { KernelFacts } from "./probe.ts";

export function assistsFor(facts: KernelFacts): Assist[] {
  const assists: Assist[] = [
    toolsAssist("it is part of the machines' root file system"),
    {
      id: "artifact-cache",
      reason:
        "wget and curl are redirected to a mirror of the artifact set on the machine: the network reaches nothing but the machines",
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
    firewalldAssist,
    {
      id: "own-kernel-settings",
      reason:
        "the kubelet sets vm.overcommit_memory, vm.panic_on_oom, kernel.panic, kernel.panic_on_oops and kernel.keys.root_max*, kube-proxy nf_conntrack_max; these are the host's, so each machine has values of its own, which have no effect",
    },
    {
      id: "own-kernel-log",
      reason: "the kubelet watches /dev/kmsg, which is the host's: each machine has an empty one of its own",
    },
  ];
  if (!facts.capSysResource) {
    assists.push({
      id: "oom-score-wrapper",
      reason: "the host withholds CAP_SYS_RESOURCE: an OCI runtime wrapper raises negative oomScoreAdj to 0",
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
