import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { InfrastructureError, UsageError } from "../../errors.ts";
import { environmentOf } from "./command/settings.ts";
import type { MachineSpec } from "../machine.ts";
import { canUseKvm } from "./libvirt/kvm.ts";
import { checkPrograms } from "../programs.ts";
import { assertAddressesFree, availableMegabytes, checksOf, type HostFacts, shortfallsOf } from "./probe.ts";
import { temporaryFolder } from "../../testing.ts";

const fit: HostFacts = {
  programs: { need: "programs that drive machines", found: "installed" },
  plugin: true,
  virsh: true,
  libvirt: undefined,
  driver: "kvm",
  kvm: true,
  availableMegabytes: 8000,
  neededMegabytes: 6144,
  disk: { path: "/images", freeBytes: 40 * 2 ** 30 },
};

const lacking = {
  need: "programs that drive machines",
  found: "without virsh",
  remedy: "Install it.",
  fatal: true,
};

describe("the doctor", () => {
  it("finds nothing wrong with a fit host", () => {
    expect(shortfallsOf(fit)).toEqual([]);
    expect(checksOf(fit).map(({ need, found }) => `${need}: ${found}`)).toEqual([
      "programs that drive machines: installed",
      "vagrant's plugin for libvirt: installed",
      "libvirt: answers at qemu:///system",
      "KVM: /dev/kvm, supported by the processor",
      "memory for machines: 8000 MB available, 6144 needed",
      "disk for machines: 40 GiB free in /images",
    ]);
  });

  it.each<[string, Partial<HostFacts>, boolean]>([
    ["programs that drive machines", { programs: lacking, plugin: undefined, virsh: false }, true],
    ["plugin", { plugin: false }, true],
    ["libvirt", { libvirt: new InfrastructureError("It sleeps", { hint: "Wake it." }) }, true],
    ["KVM", { kvm: false }, true],
    ["KVM", { kvm: false, driver: "qemu" }, false],
    ["6144 MB of memory", { availableMegabytes: 6000 }, true],
    ["30 GiB of disk", { disk: { path: "/images", freeBytes: 29 * 2 ** 30 } }, false],
  ])("says that %s is short, and what to do", (need, facts, fatal) => {
    const shortfalls = shortfallsOf({ ...fit, ...facts });
    expect(shortfalls).toHaveLength(1);
    expect(shortfalls[0]).toMatchObject({ need: expect.stringContaining(need), fatal });
    expect(shortfalls[0]?.remedy).toMatch(/\.$/);
  });

  it("says which packages have the programs that a host lacks", async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("GUIDE_OFFLINE", "1");
    const wanted = { sh: "dash", "no-such-program": "one other" };
    expect(await checkPrograms("programs", wanted)).toEqual({
      need: "programs",
      found: "without one other",
      remedy: "Install them: `apt-get install one other`.",
      fatal: true,
    });
    expect(await checkPrograms("programs", { sh: "dash" })).toEqual({
      need: "programs",
      found: "sh: installed",
    });
  });

  it("reads the memory that is available", () => {
    expect(availableMegabytes("MemTotal: 1 kB\nMemAvailable:   2097152 kB\n")).toBe(2048);
    expect(availableMegabytes("")).toBe(0);
  });
});

describe("KVM", () => {
  let folder: string;
  beforeEach(() => void (folder = temporaryFolder()));

  it.each([
    ["helped by the processor", "flags\t\t: fpu vmx sse\n", true],
    ["helped by the processor", "flags\t\t: fpu svm sse\n", true],
    ["done by software", "flags\t\t: fpu sse\n", false],
    ["of a processor without such flags", "Features\t: fp asimd\n", true],
  ])("%s counts as %#", async (_what, cpuinfo, usable) => {
    const [device, file] = [join(folder, "kvm"), join(folder, "cpuinfo")];
    await writeFile(device, "");
    await writeFile(file, cpuinfo);
    expect(await canUseKvm(device, file)).toBe(usable);
    expect(await canUseKvm(join(folder, "none"), file)).toBe(false);
  });
});

const on = (address: string, netmask = "255.255.255.0") => [{ name: "eth1", address, netmask }];

describe("the machines' addresses", () => {
  const machines: MachineSpec[] = [{ name: "t71", address: "192.168.4.71", role: "master" }];

  it("may not be in use on the host", () => {
    expect(() => assertAddressesFree(machines, on("192.168.4.71"))).toThrow(
      /192\.168\.4\.71, the address of t71, is in use on this host by eth1/,
    );
  });

  it("may not collide with a network of the host", () => {
    expect(() => assertAddressesFree(machines, on("192.168.4.1"))).toThrow(/collides with that of eth1/);
    expect(() => assertAddressesFree(machines, on("192.168.200.1", "255.255.0.0"))).toThrow(/collides/);
    expect(() => assertAddressesFree(machines, on("192.168.5.1"))).not.toThrow();
    expect(() => assertAddressesFree(machines)).not.toThrow();
  });
});

const environment = async (name: string, value: string) => {
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv(name, value);
  return environmentOf({ id: "vm", machines: [] });
};

describe("a setting of the machines", () => {
  it.each([
    ["GUIDE_VM_MEMORY", "2G"],
    ["GUIDE_VM_MEMORY", "0"],
    ["GUIDE_VM_CPUS", "two"],
    ["GUIDE_VM_DRIVER", "kvmm"],
  ])("that says nothing is a usage error that names it: %s=%s", async (name, value) => {
    const failure = await environment(name, value).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure).toMatchObject({
      message: expect.stringContaining(`${name} is "${value}"`),
      details: { hint: expect.stringContaining(name) },
    });
  });

  it.each([
    ["GUIDE_VM_MEMORY", "1536"],
    ["GUIDE_VM_CPUS", ""],
    ["GUIDE_VM_DRIVER", "qemu"],
  ])("is taken: %s=%s", async (name, value) => {
    expect(await environment(name, value)).toMatchObject({ [name]: value });
  });
});
