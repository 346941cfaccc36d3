import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execa } from "execa";
import { projectRoot } from "../../paths.ts";

const installed = (program: string): boolean => {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

const required = process.env["GUIDE_REQUIRE_VAGRANT"] !== undefined;

/** The Vagrantfile as the real vagrant reads it. Skipped, and not passed, on hosts without it; CI requires it. */
describe.skipIf(!installed("vagrant") && !required)("the Vagrantfile", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vagrantfile-"));
    // Vagrant validates for VirtualBox only where it finds one.
    await writeFile(join(folder, "VBoxManage"), "#!/bin/sh\necho 7.0.10r158379\n", { mode: 0o755 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const validate = (env: Record<string, string>) =>
    execa("vagrant", ["validate"], {
      cwd: projectRoot,
      reject: false,
      all: true,
      env: {
        PATH: `${process.env["PATH"]}:${folder}`,
        VAGRANT_HOME: join(folder, "home"),
        VAGRANT_DOTFILE_PATH: join(folder, "dot"),
        ...env,
      },
    });

  it.each<Record<string, string>>([
    { VAGRANT_DEFAULT_PROVIDER: "libvirt" },
    { VAGRANT_DEFAULT_PROVIDER: "virtualbox" },
    {
      VAGRANT_DEFAULT_PROVIDER: "libvirt",
      GUIDE_BOX: "guide/debian12",
      GUIDE_BOX_VERSION: "12.1",
      GUIDE_BOX_URL: "http://127.0.0.1/box",
      GUIDE_BOX_CHECKSUM: "0".repeat(64),
      GUIDE_VM_DRIVER: "qemu",
      GUIDE_VM_MEMORY: "1536",
      GUIDE_VM_CPUS: "1",
      GUIDE_VM_MACHINES: "t71=10.0.0.5",
      GUIDE_VM_CONSOLE: "/tmp",
      GUIDE_VM_KERNEL: "/boot/vmlinuz",
      GUIDE_VM_INITRD: "/boot/initrd",
      GUIDE_VM_CMDLINE: "root=/dev/vda",
    },
  ])(
    "is valid with %o",
    async (env) => {
      const { exitCode, all } = await validate(env);
      expect(all).toContain("Vagrantfile validated successfully");
      expect(exitCode).toBe(0);
    },
    60_000,
  );

  it("refuses a memory that is no number", async () => {
    expect((await validate({ GUIDE_VM_MEMORY: "much" })).exitCode).not.toBe(0);
  }, 60_000);
});
