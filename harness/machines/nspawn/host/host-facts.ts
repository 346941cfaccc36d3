import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Context } from "../../../context.ts";
import { debianMirror } from "../../../host/packages/debian-mirror.ts";
import { HarnessError } from "../../../errors.ts";
import { freeBytes } from "../../../host/files.ts";
import { isOffline } from "../../../host/offline.ts";
import { cacheRoot } from "../../../host/paths.ts";
import { host } from "../../../host/exec.ts";
import { hierarchies } from "./kernel/cgroups.ts";
import { hasConntrack, hasFileSystem } from "./kernel/modules.ts";
import { isInstalled, missingPackages } from "../../../host/packages/packages.ts";
import { poolImage } from "../image/rootfs.ts";

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
