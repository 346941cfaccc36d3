import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execa } from "execa";
import { projectRoot } from "../../host/paths.ts";
import { withoutVagrant } from "./testing.ts";

/** The Vagrantfile as the real vagrant reads it. */
describe.skipIf(withoutVagrant)("the Vagrantfile", () => {
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

  /** What vagrant's own library reads of t71 for a provider: a Ruby expression of its `config`. */
  const read = async (
    provider: string,
    expression: string,
    env: Record<string, string> = {},
  ): Promise<unknown> => {
    const ruby = `require "vagrant"; require "json"
      env = Vagrant::Environment.new(cwd: ${JSON.stringify(projectRoot)})
      config = env.vagrantfile.machine_config(:t71, :${provider}, env.boxes)[:config]
      puts JSON.dump(${expression})`;
    const { stdout } = await execa("ruby", ["-e", ruby], {
      env: {
        PATH: `${process.env["PATH"]}:${folder}`,
        VAGRANT_HOME: join(folder, "home"),
        VAGRANT_DOTFILE_PATH: join(folder, "dot"),
        VAGRANT_DEFAULT_PROVIDER: provider,
        ...env,
      },
    });
    return JSON.parse(stdout.split("\n").at(-1) ?? "");
  };

  it("gives VirtualBox an internal network, for it refuses the guide's addresses in one with the host", async () => {
    const networks = "config.vm.networks.select { |kind, _| kind == :private_network }.map(&:last)";
    expect(await read("virtualbox", networks)).toMatchObject([
      { ip: "192.168.4.71", virtualbox__intnet: "k8s-guide.cluster" },
    ]);
  }, 60_000);

  it.each([
    ["of the host's kind with KVM", {}, null],
    ["that is emulated without", { GUIDE_VM_DRIVER: "qemu" }, "Westmere"],
    ["that is named, with KVM too", { GUIDE_VM_CPU_MODEL: "Haswell-noTSX" }, "Haswell-noTSX"],
  ])(
    "gives libvirt's machines a processor %s",
    async (_, env, model) => {
      const its =
        "config.vm.get_provider_config(:libvirt).cpu_mode == 'custom' ? config.vm.get_provider_config(:libvirt).cpu_model : nil";
      expect(await read("libvirt", its, env)).toBe(model);
    },
    60_000,
  );

  it("refuses a memory that is no number", async () => {
    expect((await validate({ GUIDE_VM_MEMORY: "much" })).exitCode).not.toBe(0);
  }, 60_000);
});
