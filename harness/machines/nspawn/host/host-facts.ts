import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Context } from "../../../context.ts";
import { debianMirror } from "../../../host/packages/debian-mirror.ts";
import { HarnessError } from "../../../errors.ts";
import { isOffline } from "../../../host/offline.ts";
import { cacheRoot } from "../../../host/paths.ts";
import { type KernelFacts, kernelFacts } from "./facts.ts";
import { host } from "../../../host/exec.ts";
import { hasConntrack, hasFileSystem } from "./kernel/kernel.ts";
import { isInstalled, missingPackages } from "../../../host/packages/packages.ts";
import { poolImage } from "../image/rootfs.ts";

/** All that the doctor looks at. */
export type HostFacts = KernelFacts & {
  readonly root: boolean;
  readonly missingPackages: readonly string[];
  readonly apt: boolean;
  /** File systems that machines need and the kernel neither has nor can load. */
  readonly missingFileSystems: readonly string[];
  readonly loopDevices: boolean;
  readonly conntrack: boolean;
  /** Kinds of network device that a new network namespace refuses; a reason if it cannot be made at all. */
  readonly refusedLinks: readonly string[];
  readonly rootfsBuilt: boolean;
  /** Nothing may be downloaded. */
  readonly offline: boolean;
  /** Why the root file system cannot be built. */
  readonly noMirror: string | undefined;
  readonly freeBytes: number;
};

/** Looks at the host and changes nothing: the network devices it tries live and die in a namespace. */
export async function gatherHostFacts(context: Context): Promise<HostFacts> {
  const root = process.getuid?.() === 0;
  const missing = await missingPackages();
  const rootfsBuilt = existsSync(await poolImage());
  return {
    ...(await kernelFacts()),
    root,
    missingPackages: missing,
    apt: isOffline() ? false : await isInstalled("apt-get"),
    missingFileSystems: ["overlay", "btrfs"].filter((name) => !hasFileSystem(name)),
    conntrack: hasConntrack(),
    loopDevices: existsSync("/dev/loop-control"),
    refusedLinks: root && !missing.includes("iproute2") ? await refusedLinks(context) : [],
    rootfsBuilt,
    // Only a build needs one, and apt takes its time to say.
    noMirror: rootfsBuilt || isOffline() ? undefined : await noMirror(),
    offline: isOffline(),
    freeBytes: await freeBytes(cacheRoot()),
  };
}

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

/** Free space of the disk that a folder is or will be on. */
async function freeBytes(folder: string): Promise<number> {
  if (!existsSync(folder)) return freeBytes(dirname(folder));
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
