import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Context } from "../../../context.ts";
import { debianMirror } from "../../../host/packages/debian-mirror.ts";
import { HarnessError } from "../../../errors.ts";
import { freeBytes } from "../../../host/files.ts";
import { fillCache, isOffline } from "../../../host/offline.ts";
import { cacheRoot } from "../../../host/paths.ts";
import { host } from "../../../host/exec.ts";
import type { Unprovable } from "../../../record/record.ts";
import { needsCgroup1, type Shortfall } from "../../machine.ts";
import { hierarchies, isUnified } from "./kernel/cgroups.ts";
import { hasConntrack, hasFileSystem } from "./kernel/modules.ts";
import { isInstalled, missingPackages } from "../../../host/packages/packages.ts";
import { debianSuite, poolImage } from "../image/rootfs.ts";

// The bit of CAP_SYS_RESOURCE: capabilities(7), linux/capability.h
const capSysResource = 24n;

/** Whether a process may have CAP_SYS_RESOURCE, by the CapBnd mask in the text of /proc/PID/status. */
export function mayHaveSysResource(status: string): boolean {
  const mask = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> capSysResource) & 1n) === 1n;
}

export async function kernelFacts() {
  return {
    cgroups: await hierarchies(),
    capSysResource: mayHaveSysResource(await readFile("/proc/self/status", "utf8")),
  };
}

/** What the kernel of the host gives and withholds, as far as machines depend on it. */
export type KernelFacts = Readonly<Awaited<ReturnType<typeof kernelFacts>>>;

/** Looks at the host and changes nothing: the network devices it tries live and die in a namespace. */
export async function gatherHostFacts(context: Context) {
  const root = process.getuid?.() === 0;
  const offline = isOffline();
  const missing = await missingPackages();
  const rootfsBuilt = existsSync(await poolImage());
  return {
    ...(await kernelFacts()),
    root,
    missingPackages: missing,
    apt: !offline && (await isInstalled("apt-get")),
    /** File systems that machines need and the kernel neither has nor can load. */
    missingFileSystems: ["overlay", "btrfs"].filter((name) => !hasFileSystem(name)),
    conntrack: hasConntrack(),
    loopDevices: existsSync("/dev/loop-control"),
    /** Kinds of network device that a new network namespace refuses; a reason if it cannot be made at all. */
    refusedLinks: root && !missing.includes("iproute2") ? await refusedLinks(context) : [],
    rootfsBuilt,
    /** Why the root file system cannot be built. Only a build needs an archive, and apt takes its time to say. */
    noMirror: rootfsBuilt || offline ? undefined : await noMirror(),
    offline,
    freeBytes: await freeBytes(cacheRoot()),
  };
}

export type HostFacts = Readonly<Awaited<ReturnType<typeof gatherHostFacts>>>;

const linkKinds = {
  bridge: "type bridge",
  veth: "type veth peer name other",
  vxlan: "type vxlan id 1 dstport 8472",
};

async function refusedLinks(context: Context): Promise<string[]> {
  const attempts = Object.entries(linkKinds).map(
    ([kind, how]) => `ip link add try-${kind} ${how} 2>/dev/null || echo ${kind}`,
  );
  try {
    const refused = await host("unshare", ["--net", "sh", "-c", attempts.join("\n")], context);
    return refused.split("\n").filter(Boolean);
  } catch (error) {
    if (error instanceof HarnessError) return ["any: no network namespace can be made"];
    throw error;
  }
}

async function noMirror(): Promise<string | undefined> {
  try {
    await debianMirror();
    return undefined;
  } catch (error) {
    if (error instanceof HarnessError) return error.message;
    throw error;
  }
}

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
  const { missingPackages: missing, apt, rootfsBuilt, cgroups } = facts;
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
    missing.length > 0 &&
      short(
        "host packages",
        `without ${missing.join(", ")}`,
        apt
          ? "Nothing to do: the next run installs them with apt-get."
          : `Install these Debian packages, or what provides the same programs: ${missing.join(" ")}.`,
        !apt,
      ),
    !rootfsBuilt && facts.offline && short("the machines' root file system", "missing", fillCache()),
    !rootfsBuilt &&
      facts.noMirror !== undefined &&
      short(
        `a Debian archive with ${debianSuite}`,
        facts.noMirror,
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
    facts.freeBytes < neededBytes &&
      short(
        `${inGibibytes(neededBytes)} of disk for machines`,
        `${inGibibytes(facts.freeBytes)} free`,
        "Free some space, or set XDG_CACHE_HOME to a folder on another disk.",
      ),
  ];
  return shortfalls.filter((shortfall) => shortfall !== false);
}
