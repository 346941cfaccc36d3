import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { z } from "zod";
import type { Context } from "../../../../context.ts";
import { InfrastructureError } from "../../../../errors.ts";
import { readIfThere } from "../../../../host/files.ts";
import { host } from "../../../../host/exec.ts";

/** Whether a kernel module is built in or can be loaded: modules.builtin and modules.dep, see depmod(8). */
function isModule(name: string): boolean {
  const folder = `/lib/modules/${release()}`;
  return ["modules.builtin", "modules.dep"].some((file) => {
    const path = `${folder}/${file}`;
    return existsSync(path) && readFileSync(path, "utf8").includes(`/${name}.ko`);
  });
}

export const hasFileSystem = (name: string): boolean =>
  readFileSync("/proc/filesystems", "utf8").includes(`\t${name}\n`) || isModule(name);

/** Modules that nothing on the host asks for before machines need them. */
const neededModules = ["loop", "btrfs", "overlay", "br_netfilter", "nf_conntrack"];

/** Whether `modprobe` of a module succeeds in a machine: it is there before, and the machine sees that it is. */
export const hasModule = (name: string): boolean => neededModules.includes(name) && isModule(name);

/** Whether the kernel can track connections, now or once `loadModules` ran. */
export const hasConntrack = (): boolean =>
  existsSync("/proc/sys/net/netfilter/nf_conntrack_max") || isModule("nf_conntrack");

/** Loads what can be loaded of the kernel's parts that machines need. InfrastructureError if modprobe fails. */
export async function loadModules(context: Context): Promise<void> {
  const modules = neededModules.filter(isModule);
  if (modules.length > 0) await host("modprobe", ["--all", ...modules], context);
}

export type KernelModules = {
  /** Those that are loaded, each with the number of its users. */
  loaded(): Promise<ReadonlyMap<string, number>>;
  /** Those that the host itself uses without being counted as a user. */
  usedByHost(): Promise<readonly string[]>;
  /** InfrastructureError if the kernel keeps it. */
  unload(name: string): Promise<void>;
};

/** Loaded modules out of the text of /proc/modules, proc(5); a number that the kernel does not tell is NaN. */
export const parseModules = (text: string): Map<string, number> =>
  new Map(
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" "))
      .map(([name = "", , users]) => [name, Number(users)]),
  );

/**
 * Modules that machines bring along: file systems, Docker's and flannel's network devices, the firewall's parts, which the
 * kernel loads rule by rule, and what these depend on. Another module that came meanwhile is somebody else's.
 */
const brought = new RegExp(
  [
    "^(nf|nft|xt|ip|ip6|ipt|ip6t|iptable|ip6table)_",
    "^(x_tables|nfnetlink.*|br_netfilter|bridge|stp|llc|veth|vxlan|udp_tunnel)$",
    "^(overlay|btrfs|loop|xor|raid6_pq|libcrc32c|zstd_compress|blake2b_generic)$",
  ].join("|"),
);

/** Unloads what machines brought along since `before` and nobody uses; gives the names in the order of unloading. */
export async function unloadSince(before: readonly string[], kernel: KernelModules): Promise<string[]> {
  const kept = new Set([...before, ...(await kernel.usedByHost())]);
  const unloaded: string[] = [];
  // A module that is gone leaves others without a user.
  for (;;) {
    const idle = [...(await kernel.loaded())]
      .filter(([name, users]) => users === 0 && !kept.has(name) && brought.test(name))
      .map(([name]) => name);
    if (idle.length === 0) return unloaded;
    for (const name of idle) {
      kept.add(name);
      try {
        await kernel.unload(name);
        unloaded.push(name);
      } catch (error) {
        // Somebody began to use it.
        if (!(error instanceof InfrastructureError)) throw error;
      }
    }
  }
}

const linksSchema = z.array(z.object({ linkinfo: z.object({ info_kind: z.string() }).partial().optional() }));

/** Network devices and tables of rules do not count as users of the module that makes them. */
async function usedByHost(context: Context): Promise<string[]> {
  const shown = await host("ip", ["-json", "-details", "link", "show"], context);
  const links = linksSchema.parse(JSON.parse(shown));
  const kinds = links.flatMap(({ linkinfo }) => linkinfo?.info_kind ?? []);
  const tables = await Promise.all(
    ["ip", "ip6"].map(async (family) =>
      ((await readIfThere(`/proc/net/${family}_tables_names`)) ?? "")
        .split("\n")
        .filter(Boolean)
        .map((table) => `${family}table_${table}`),
    ),
  );
  return [...kinds, ...(kinds.includes("bridge") ? ["br_netfilter"] : []), ...tables.flat()];
}

export const loadedModules = async (): Promise<Map<string, number>> =>
  parseModules((await readIfThere("/proc/modules")) ?? "");

export const modulesOfHost = (context: Context): KernelModules => ({
  loaded: loadedModules,
  usedByHost: () => usedByHost(context),
  unload: async (name) => void (await host("rmmod", [name], context)),
});
