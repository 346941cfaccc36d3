import { fillCache } from "../../../host/offline.ts";
import { isUnified } from "./kernel/cgroups.ts";
import type { Unprovable } from "../../../record/record.ts";
import type { Shortfall } from "../../machine.ts";
import type { HostFacts } from "./host-facts.ts";
import { debianSuite } from "../image/rootfs.ts";

/** What no machine of this provider can prove. */
export const cannotProve: readonly Unprovable[] = [
  { claim: "kernel", reason: "machines share the host's kernel; that of CentOS 7 is not tried" },
  { claim: "clock", reason: "the clock is the host's, and machines may not set it" },
  {
    claim: "kernel modules",
    reason: "machines may not load any; the host loads what the guide's programs need",
  },
  {
    claim: "kernel settings",
    reason:
      "those of the whole host (vm, fs, most of kernel) are read-only in a machine; what the kubelet and kube-proxy set has no effect",
  },
  {
    claim: "privileged containers",
    reason: "Docker refuses to start one: a machine does not have every capability",
  },
  { claim: "SELinux", reason: "a container cannot load a policy of its own" },
  {
    claim: "packages",
    reason:
      "yum is Debian's dnf with yum 3's words, and what it installs is Debian's, unsigned, and asks for nothing of the system",
  },
];

const gibibyte = 2 ** 30;
const neededForMachines = 8 * gibibyte;
const neededForRootfs = 2 * gibibyte;

const inGibibytes = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`;

/** What a host with these facts lacks; nothing for a host that is fit. */
export const shortfallsOf = (facts: HostFacts, kubernetes: string): Shortfall[] => [
  ...access(facts),
  ...software(facts),
  ...kernel(facts, kubernetes),
  ...disk(facts),
];

function access({ root, capSysResource }: HostFacts): Shortfall[] {
  const shortfalls: Shortfall[] = [];
  if (!root) {
    shortfalls.push({
      need: "root",
      found: "another user",
      remedy: "Run the command as root: machines need namespaces, mounts and cgroups of the host.",
      fatal: true,
    });
  }
  if (!capSysResource) {
    shortfalls.push({
      need: "CAP_SYS_RESOURCE",
      found: "withheld",
      remedy:
        "Nothing to do: an OCI runtime wrapper in the machines raises negative oomScoreAdj to 0 (assist oom-score-wrapper).",
      fatal: false,
    });
  }
  return shortfalls;
}

function software({ missingPackages, apt, rootfsBuilt, noMirror, offline }: HostFacts): Shortfall[] {
  const shortfalls: Shortfall[] = [];
  if (missingPackages.length > 0) {
    shortfalls.push({
      need: "host packages",
      found: `without ${missingPackages.join(", ")}`,
      remedy: apt
        ? "Nothing to do: the next run installs them with apt-get."
        : `Install these Debian packages, or what provides the same programs: ${missingPackages.join(" ")}.`,
      fatal: !apt,
    });
  }
  if (!rootfsBuilt && offline) shortfalls.push(lacking("the machines' root file system", fillCache));
  if (!rootfsBuilt && noMirror) {
    shortfalls.push({
      need: `a Debian archive with ${debianSuite}`,
      found: noMirror,
      remedy: `Set GUIDE_DEBIAN_MIRROR to the URL of one (the folder with dists/${debianSuite}).`,
      fatal: true,
    });
  }
  return shortfalls;
}

const lacking = (need: string, remedy: string): Shortfall => ({
  need,
  found: "missing",
  remedy,
  fatal: true,
});

function kernel(facts: HostFacts, kubernetes: string): Shortfall[] {
  const { missingFileSystems, loopDevices, refusedLinks, conntrack } = facts;
  const shortfalls = [
    ...missingFileSystems.map((name) =>
      lacking(`file system ${name}`, `Load the module ${name}, or use a kernel that has it.`),
    ),
    ...refusedLinks.map((kind) =>
      lacking(`network device ${kind}`, "Use a kernel that has it, or a host that lets root make it."),
    ),
    ...cgroups(facts, kubernetes),
  ];
  if (!loopDevices) {
    shortfalls.push(
      lacking("loop devices", "Load the module loop; in a container, give it /dev/loop-control."),
    );
  }
  if (!conntrack) {
    shortfalls.push(
      lacking("connection tracking", "Use a kernel that has nf_conntrack: kube-proxy needs it."),
    );
  }
  return shortfalls;
}

/** The first Kubernetes whose kubelet runs on cgroup v2 alone (CHANGELOG-1.19.md). */
const firstOnUnified = 19;

function cgroups({ cgroups: hierarchies }: HostFacts, kubernetes: string): Shortfall[] {
  if (hierarchies.length === 0) {
    return [
      {
        need: "cgroups",
        found: "none mounted",
        remedy: "Mount the cgroup controllers below /sys/fs/cgroup.",
        fatal: true,
      },
    ];
  }
  if (!isUnified(hierarchies) || Number(kubernetes.split(".")[1]) >= firstOnUnified) return [];
  return [
    {
      need: `cgroup v1, for Kubernetes ${kubernetes}`,
      found: "cgroup v2 alone",
      remedy:
        "Boot the host with systemd.unified_cgroup_hierarchy=0, or choose --artifacts debian (Kubernetes 1.20), which does without.",
      fatal: true,
    },
  ];
}

function disk({ freeBytes, rootfsBuilt }: HostFacts): Shortfall[] {
  const needed = neededForMachines + (rootfsBuilt ? 0 : neededForRootfs);
  if (freeBytes >= needed) return [];
  return [
    {
      need: `${inGibibytes(needed)} of disk for machines`,
      found: `${inGibibytes(freeBytes)} free`,
      remedy: "Free some space, or set XDG_CACHE_HOME to a folder on another disk.",
      fatal: true,
    },
  ];
}
