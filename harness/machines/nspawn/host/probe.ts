import { fillCache } from "../../../host/offline.ts";
import { isUnified } from "./kernel/cgroups.ts";
import type { Unprovable } from "../../../record/record.ts";
import { needsCgroup1, type Shortfall } from "../../machine.ts";
import type { HostFacts } from "./host-facts.ts";
import { debianSuite } from "../image/rootfs.ts";

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
      "yum is Debian's dnf with yum 3's command line; its packages are made of Debian's programs, unsigned and without dependencies on the system",
  },
];

const gibibyte = 2 ** 30;
const neededForMachines = 8 * gibibyte;
const neededForRootfs = 2 * gibibyte;

const inGibibytes = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`;

const short = (need: string, found: string, remedy: string, fatal = true): Shortfall => ({
  need,
  found,
  remedy,
  fatal,
});

export function shortfallsOf(facts: HostFacts, kubernetes: string): Shortfall[] {
  const { missingPackages, apt, rootfsBuilt, noMirror, cgroups, freeBytes } = facts;
  const neededBytes = neededForMachines + (rootfsBuilt ? 0 : neededForRootfs);
  const shortfalls = [
    !facts.root &&
      short(
        "root",
        "another user",
        "Run the command as root: machines need namespaces, mounts and cgroups of the host.",
      ),
    !facts.capSysResource &&
      short(
        "CAP_SYS_RESOURCE",
        "withheld",
        "Nothing to do: an OCI runtime wrapper in the machines raises negative oomScoreAdj to 0 (assist oom-score-wrapper).",
        false,
      ),
    missingPackages.length > 0 &&
      short(
        "host packages",
        `without ${missingPackages.join(", ")}`,
        apt
          ? "Nothing to do: the next run installs them with apt-get."
          : `Install these Debian packages, or what provides the same programs: ${missingPackages.join(" ")}.`,
        !apt,
      ),
    !rootfsBuilt && facts.offline && short("the machines' root file system", "missing", fillCache()),
    !rootfsBuilt &&
      noMirror !== undefined &&
      short(
        `a Debian archive with ${debianSuite}`,
        noMirror,
        `Set GUIDE_DEBIAN_MIRROR to the URL of one (the folder with dists/${debianSuite}).`,
      ),
    ...facts.missingFileSystems.map((name) =>
      short(`file system ${name}`, "missing", `Load the module ${name}, or use a kernel that has it.`),
    ),
    ...facts.refusedLinks.map((kind) =>
      short(
        `network device ${kind}`,
        "missing",
        "Use a kernel that has it, or a host that lets root make it.",
      ),
    ),
    cgroups.length === 0 &&
      short("cgroups", "none mounted", "Mount the cgroup controllers below /sys/fs/cgroup."),
    cgroups.length > 0 &&
      isUnified(cgroups) &&
      needsCgroup1(kubernetes) &&
      short(
        `cgroup v1, for Kubernetes ${kubernetes}`,
        "cgroup v2 alone",
        "Boot the host with systemd.unified_cgroup_hierarchy=0, or choose --artifacts debian (Kubernetes 1.20), which does not need it.",
      ),
    !facts.loopDevices &&
      short("loop devices", "missing", "Load the module loop; in a container, give it /dev/loop-control."),
    !facts.conntrack &&
      short("connection tracking", "missing", "Use a kernel that has nf_conntrack: kube-proxy needs it."),
    freeBytes < neededBytes &&
      short(
        `${inGibibytes(neededBytes)} of disk for machines`,
        `${inGibibytes(freeBytes)} free`,
        "Free some space, or set XDG_CACHE_HOME to a folder on another disk.",
      ),
  ];
  return shortfalls.filter((shortfall) => shortfall !== false);
}
