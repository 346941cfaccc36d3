import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../../context.ts";
import { InfrastructureError } from "../../../../errors.ts";
import { describeWait, NotYet, often, waitFor } from "../../../../waits/wait.ts";
import { isErrno } from "../../../../host/errno.ts";
import { ifThere } from "../../../../host/files.ts";
import { signal } from "../../../../host/processes/processes.ts";

/** A mounted cgroup hierarchy: one a controller in version 1, one for all in version 2. */
export type Hierarchy = {
  readonly path: string;
  readonly version: 1 | 2;
  readonly cpuset: boolean;
  readonly freezer: boolean;
};

/**
 * Hierarchies that machines need a cgroup in, out of the text of /proc/self/mountinfo (proc(5)).
 * On a hybrid host, with memory under version 1, that includes the unified tree: it holds no controller, but nspawn
 * takes from it the place of a machine in the tree of systemd's own.
 */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const all = mountinfo.split("\n").flatMap((line): (Hierarchy & { memory: boolean })[] => {
    const [mount = "", source = ""] = line.split(" - ");
    const path = mount.split(" ")[4];
    const [type, , options = ""] = source.split(" ");
    const controllers = options.split(",");
    if (path === undefined || (type !== "cgroup" && type !== "cgroup2")) return [];
    const version = type === "cgroup" ? 1 : 2;
    const has = (name: string): boolean => controllers.includes(name);
    return [{ path, version, cpuset: has("cpuset"), freezer: has("freezer"), memory: has("memory") }];
  });
  const legacy = all.some((hierarchy) => hierarchy.version === 1 && hierarchy.memory);
  return all
    .filter(({ version }) => legacy || version === 2)
    .map(({ path, version, cpuset, freezer }) => ({ path, version, cpuset, freezer }));
}

/** Where machines can be made to stand still: the freezer controller of version 1, or version 2; undefined without. */
export function freezerOf(
  all: readonly Hierarchy[],
): { readonly path: string; readonly version: "v1" | "v2" } | undefined {
  if (isUnified(all)) return all[0] && { path: all[0].path, version: "v2" };
  const path = all.find(({ version, freezer }) => version === 1 && freezer)?.path;
  return path === undefined ? undefined : { path, version: "v1" };
}

/** Whether a host has nothing but cgroup v2. */
export const isUnified = (all: readonly Hierarchy[]): boolean => all.every(({ version }) => version === 2);

export const hierarchies = async (): Promise<Hierarchy[]> =>
  parseHierarchies(await readFile("/proc/self/mountinfo", "utf8"));

/** Files to write a process's number to, so that it is in this cgroup everywhere. */
export const memberFiles = (all: readonly Hierarchy[], name: string): string[] =>
  all.map(({ path }) => join(path, name, "cgroup.procs"));

/** Makes a cgroup in every hierarchy. In version 2 one that hands controllers down cannot hold processes. */
export async function createCgroup(
  all: readonly Hierarchy[],
  name: string,
  holds: "processes" | "cgroups" = "processes",
): Promise<void> {
  await Promise.all(
    all.map(async ({ path, version, cpuset }) => {
      const folder = join(path, name);
      await mkdir(folder, { recursive: true });
      if (isUnified(all) && holds === "cgroups") await handDownControllers(folder);
      if (version === 1 && cpuset) await fillCpuset(path, folder);
    }),
  );
}

/** A cpuset of version 1 without CPUs and memory nodes takes no process; its children copy it. */
async function fillCpuset(root: string, folder: string): Promise<void> {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    await writeFile(join(folder, file), await readFile(join(root, file), "utf8"));
  }
  await writeFile(join(folder, "cgroup.clone_children"), "1");
}

/** What Docker and the kubelet control by cgroups. */
const neededControllers = ["cpu", "cpuset", "memory", "pids", "io", "hugetlb"];

async function handDownControllers(folder: string): Promise<void> {
  const available = (await readFile(join(folder, "..", "cgroup.controllers"), "utf8")).trim().split(" ");
  for (const controller of neededControllers.filter((name) => available.includes(name))) {
    for (const parent of [join(folder, ".."), folder]) {
      await writeFile(join(parent, "cgroup.subtree_control"), `+${controller}`);
    }
  }
}

/** Where a host with nothing but version 2 says what its root hands down; undefined for another host. */
const rootControl = (all: readonly Hierarchy[]): string | undefined =>
  all[0] && isUnified(all) ? join(all[0].path, "cgroup.subtree_control") : undefined;

/** Controllers that the root hands down; none where that is not a setting. */
export async function controllersHandedDown(all: readonly Hierarchy[]): Promise<string[]> {
  const file = rootControl(all);
  return file === undefined ? [] : (await readFile(file, "utf8")).split(/\s+/).filter(Boolean);
}

/** Takes back what the root hands down since `before` and nobody uses; gives the names. */
export async function takeBackControllers(
  all: readonly Hierarchy[],
  before: readonly string[],
): Promise<string[]> {
  const file = rootControl(all);
  const taken: string[] = [];
  if (file === undefined) return taken;
  for (const name of (await controllersHandedDown(all)).filter((each) => !before.includes(each))) {
    try {
      await writeFile(file, `-${name}`);
      taken.push(name);
    } catch (error) {
      if (!isErrno(error, "EBUSY")) throw error;
    }
  }
  return taken;
}

/** The folder and all below it, deepest first; none if it is not there. */
async function tree(folder: string): Promise<string[]> {
  const children = await ifThere(readdir(folder, { withFileTypes: true }));
  if (!children) return [];
  const below = await Promise.all(
    children.filter((child) => child.isDirectory()).map((child) => tree(join(folder, child.name))),
  );
  return [...below.flat(), folder];
}

async function membersOf(folder: string): Promise<number[]> {
  const text = await ifThere(readFile(join(folder, "cgroup.procs"), "utf8"), "ENODEV");
  return (text ?? "").split("\n").filter(Boolean).map(Number);
}

/** Processes in a cgroup and all below it, whatever the hierarchy. */
export async function members(all: readonly Hierarchy[], name: string): Promise<number[]> {
  const folders = (await Promise.all(all.map(({ path }) => tree(join(path, name))))).flat();
  return [...new Set((await Promise.all(folders.map(membersOf))).flat())];
}

/** A process that stands still in version 1 does not even die. */
const thaw = (folder: string): Promise<void> =>
  ifThere(writeFile(join(folder, "freezer.state"), "THAWED", { flag: "r+" }), "ENODEV", "EACCES");

/**
 * Kills whatever runs in a cgroup, and removes it with all below it. Gives the number of processes killed;
 * undefined if there was no such cgroup. InfrastructureError if something survives.
 */
export async function removeCgroup(
  all: readonly Hierarchy[],
  name: string,
  { signal: abort, deadlines }: Context,
): Promise<number | undefined> {
  const roots = all.map(({ path }) => join(path, name));
  const folders = (await Promise.all(roots.map(tree))).flat();
  if (folders.length === 0) return undefined;
  await Promise.all(folders.map(thaw));
  const killed = new Set<number>();
  await waitFor(
    async () => {
      // Number 0 stands for a process of another pid namespace, which cannot be ours.
      const running = (await members(all, name)).filter((pid) => pid > 0);
      for (const pid of running) {
        killed.add(pid);
        signal(pid, "SIGKILL");
      }
      const left = (await Promise.all(roots.map(removeTree))).flat();
      if (left.length > 0) throw new NotYet(`${left.length} cgroups with processes ${running.join(", ")}`);
    },
    {
      deadline: deadlines.for("kill"),
      interval: often,
      signal: abort,
      late: (waited) =>
        new InfrastructureError(
          `The cgroup ${name} cannot be removed: still ${waited.last} (${describeWait(waited)})`,
          {
            hint: "Look at the processes in it; one that hangs in the kernel goes only with a restart of the host.",
          },
        ),
    },
  );
  return killed.size;
}

/** Removes what is empty, deepest first; gives what is left. */
async function removeTree(root: string): Promise<string[]> {
  const left: string[] = [];
  for (const folder of await tree(root)) {
    try {
      await rmdir(folder);
    } catch (error) {
      if (isErrno(error, "EBUSY", "ENOTEMPTY")) left.push(folder);
      else if (!isErrno(error, "ENOENT", "ENODEV")) throw error;
    }
  }
  return left;
}
