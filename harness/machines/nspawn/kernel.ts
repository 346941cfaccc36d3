import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";

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

/** Whether kube-proxy's ipvs mode could work. */
export const hasIpVs = (): boolean => existsSync("/proc/net/ip_vs") || isModule("ip_vs");
