import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import type { Context } from "../../../../context.ts";
import { host } from "../../../../host/exec.ts";

/** Whether a kernel module is built in or can be loaded: modules.builtin and modules.dep, see depmod(8). */
function isModule(name: string): boolean {
  const folder = `/lib/modules/${release()}`;
  return ["modules.builtin", "modules.dep"].some((file) => {
    const path = `${folder}/${file}`;
    return existsSync(path) && readFileSync(path, "utf8").includes(`/${name}.ko`);
  });
}

/** Whether the kernel knows a file system, or can load it. */
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
