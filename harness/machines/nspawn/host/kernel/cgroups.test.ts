import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  controllersHandedDown,
  createCgroup,
  freezerOf,
  memberFiles,
  parseHierarchies,
  takeBackControllers,
} from "./cgroups.ts";
import { temporaryFolder } from "../../../../testing.ts";

const tmpfs = "30 25 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755";
const unified = (path: string): string => `41 30 0:38 / ${path} rw shared:9 - cgroup2 cgroup2 rw,nsdelegate`;
const legacy = (controller: string): string =>
  `31 30 0:29 / /sys/fs/cgroup/${controller} rw,relatime - cgroup cgroup rw,${controller}`;

describe("the cgroup hierarchies of a host", () => {
  it("are version 1's where memory is one of them, and a hybrid host's unified tree, which places systemd", () => {
    const mounts = [
      tmpfs,
      legacy("cpu,cpuacct"),
      legacy("cpuset"),
      legacy("memory"),
      unified("/sys/fs/cgroup/unified"),
    ];
    expect(parseHierarchies(`${mounts.join("\n")}\n`)).toEqual([
      { path: "/sys/fs/cgroup/cpu,cpuacct", version: 1, cpuset: false, freezer: false },
      { path: "/sys/fs/cgroup/cpuset", version: 1, cpuset: true, freezer: false },
      { path: "/sys/fs/cgroup/memory", version: 1, cpuset: false, freezer: false },
      { path: "/sys/fs/cgroup/unified", version: 2, cpuset: false, freezer: false },
    ]);
  });

  it("are the unified one where only systemd's own is version 1", () => {
    const mounts = [legacy("name=systemd"), unified("/sys/fs/cgroup")];
    expect(parseHierarchies(mounts.join("\n"))).toEqual([
      { path: "/sys/fs/cgroup", version: 2, cpuset: false, freezer: false },
    ]);
  });

  it("are none where nothing is mounted", () => {
    expect(parseHierarchies("")).toEqual([]);
  });
});

describe("machines are made to stand still", () => {
  it("by the freezer controller of version 1, or by version 2 alone", () => {
    const hybrid = parseHierarchies(
      [legacy("memory"), legacy("freezer"), unified("/sys/fs/cgroup/unified")].join("\n"),
    );
    expect(freezerOf(hybrid)).toEqual({ path: "/sys/fs/cgroup/freezer", version: "v1" });
    expect(freezerOf(parseHierarchies(unified("/sys/fs/cgroup")))).toEqual({
      path: "/sys/fs/cgroup",
      version: "v2",
    });
  });

  it("nowhere without either", () => {
    expect(freezerOf(parseHierarchies(legacy("memory")))).toBeUndefined();
  });
});

describe("making a cgroup", () => {
  let root: string;
  beforeEach(() => void (root = temporaryFolder()));

  it("fills a cpuset from its root, for it takes no process without", async () => {
    await writeFile(join(root, "cpuset.cpus"), "0-1\n");
    await writeFile(join(root, "cpuset.mems"), "0\n");
    await createCgroup([{ path: root, version: 1, cpuset: true, freezer: false }], "a");
    expect(await readFile(join(root, "a/cpuset.cpus"), "utf8")).toBe("0-1\n");
    expect(await readFile(join(root, "a/cgroup.clone_children"), "utf8")).toBe("1");
  });

  it("hands controllers down in version 2, but not where processes are to be", async () => {
    await writeFile(join(root, "cgroup.controllers"), "cpu memory\n");
    const unifiedRoot = [{ path: root, version: 2, cpuset: false, freezer: false }] as const;
    await createCgroup(unifiedRoot, "a", "cgroups");
    await createCgroup(unifiedRoot, "leaf");
    expect(await readdir(join(root, "a"))).toEqual(["cgroup.subtree_control"]);
    expect(await readdir(join(root, "leaf"))).toEqual([]);
  });

  it("names a file to enter it by in each hierarchy", async () => {
    await mkdir(join(root, "one"));
    const hierarchies = ["one", "two"].map((name) => ({
      path: name,
      version: 1 as const,
      cpuset: false,
      freezer: false,
    }));
    expect(memberFiles(hierarchies, "a/b")).toEqual(["one/a/b/cgroup.procs", "two/a/b/cgroup.procs"]);
  });
});

describe("what the root of version 2 hands down", () => {
  let root: string;
  const control = (): string => join(root, "cgroup.subtree_control");
  const unifiedRoot = () => [{ path: root, version: 2, cpuset: false, freezer: false } as const];
  beforeEach(async () => {
    root = temporaryFolder();
    await writeFile(control(), "cpu memory pids\n");
  });

  it("is taken back as far as it was not so before", async () => {
    expect(await controllersHandedDown(unifiedRoot())).toEqual(["cpu", "memory", "pids"]);
    expect(await takeBackControllers(unifiedRoot(), ["cpu", "pids"])).toEqual(["memory"]);
    expect(await readFile(control(), "utf8")).toBe("-memory");
  });

  it("is no setting of a host with version 1", async () => {
    const hybrid = [{ path: root, version: 1, cpuset: false, freezer: false }, ...unifiedRoot()] as const;
    expect(await controllersHandedDown(hybrid)).toEqual([]);
    expect(await takeBackControllers(hybrid, [])).toEqual([]);
  });
});
