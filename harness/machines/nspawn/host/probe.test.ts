import { describe, expect, it } from "vitest";
import { assistsFor, dockerConfiguration } from "./assists.ts";
import { type HostFacts, mayHaveSysResource, shortfallsOf } from "./probe.ts";

const v1 = { path: "/sys/fs/cgroup/memory", version: 1, cpuset: false, freezer: false } as const;
const v2 = { path: "/sys/fs/cgroup", version: 2, cpuset: false, freezer: false } as const;

const fit: HostFacts = {
  root: true,
  capSysResource: true,
  cgroups: [v1],
  conntrack: true,
  missingPackages: [],
  apt: true,
  missingFileSystems: [],
  loopDevices: true,
  refusedLinks: [],
  rootfsBuilt: true,
  offline: false,
  noMirror: undefined,
  freeBytes: 100 * 2 ** 30,
};

describe("the doctor", () => {
  it("finds nothing wrong with a fit host", () => {
    expect(shortfallsOf(fit, "1.14.0")).toEqual([]);
  });

  it.each<[string, Partial<HostFacts>, boolean]>([
    ["root", { root: false }, true],
    ["CAP_SYS_RESOURCE", { capSysResource: false }, false],
    ["host packages", { missingPackages: ["debootstrap"] }, false],
    ["host packages", { missingPackages: ["debootstrap"], apt: false }, true],
    ["Debian archive", { rootfsBuilt: false, noMirror: "none" }, true],
    ["root file system", { rootfsBuilt: false, offline: true }, true],
    ["file system btrfs", { missingFileSystems: ["btrfs"] }, true],
    ["network device vxlan", { refusedLinks: ["vxlan"] }, true],
    ["loop devices", { loopDevices: false }, true],
    ["cgroups", { cgroups: [] }, true],
    ["cgroup v1", { cgroups: [v2] }, true],
    ["connection tracking", { conntrack: false }, true],
    ["of disk", { freeBytes: 2 ** 30 }, true],
  ])("says that %s is short, and what to do", (need, facts, fatal) => {
    const shortfalls = shortfallsOf({ ...fit, ...facts }, "1.14.0");
    expect(shortfalls).toHaveLength(1);
    expect(shortfalls[0]).toMatchObject({ need: expect.stringContaining(need), fatal });
    expect(shortfalls[0]?.remedy).toMatch(/\.$/);
  });

  it("needs no cgroup v1 for a Kubernetes that does without", () => {
    expect(shortfallsOf({ ...fit, cgroups: [v2] }, "1.20.2")).toEqual([]);
  });

  it("asks for no archive where the root file system is built", () => {
    expect(shortfallsOf({ ...fit, noMirror: "none" }, "1.14.0")).toEqual([]);
  });
});

const ids = (facts: HostFacts): string[] => assistsFor(facts).map(({ id }) => id);

describe("assists", () => {
  it("are few on a fit host", () => {
    expect(ids(fit)).toEqual([
      "tools",
      "artifact-cache",
      "kubelet-file-system",
      "docker-storage-driver",
      "firewalld",
      "own-kernel-settings",
      "own-kernel-log",
    ]);
  });

  it("come with what the kernel withholds", () => {
    expect(ids({ ...fit, capSysResource: false })).toContain("oom-score-wrapper");
    expect(ids({ ...fit, cgroups: [v2] })).toContain("docker-cgroup-driver");
  });

  it("put the wrapper into Docker's configuration only where it is needed", () => {
    expect(dockerConfiguration(fit)).toEqual({ "storage-driver": "overlay2" });
    expect(dockerConfiguration({ ...fit, capSysResource: false })).toMatchObject({
      "default-runtime": "guide",
    });
  });
});

describe("the capability mask", () => {
  it.each([
    ["000001ffffffffff", true],
    ["000001fffeffffff", false],
  ])("CapBnd %s holds CAP_SYS_RESOURCE: %s", (mask, held) => {
    expect(mayHaveSysResource(`Name:\tnode\nCapEff:\t0000000000000000\nCapBnd:\t${mask}\n`)).toBe(held);
  });
});
