import { homedir } from "node:os";
import { join } from "node:path";
import type { Deadlines } from "../../../deadlines.ts";
import { UsageError } from "../../../errors.ts";
import type { ClusterSpec } from "../../machine.ts";
import { projectRoot } from "../../../host/paths.ts";
import { boxHome, debianBox } from "../boxes/box.ts";
import { vagrantNames } from "../cluster.ts";

/** What the Vagrantfile takes from the environment, and vagrant and its plugin themselves. */
export type VagrantEnvironment = Readonly<Record<string, string>>;

/**
 * Variables that decide where machines are and what they are made of: a cluster keeps those it was made with. Vagrant has
 * others, such as an access token, which are a person's own at any time.
 */
const passed =
  /^(GUIDE_(BOX|VM)(_|$)|VAGRANT_(HOME|CWD|DOTFILE_PATH|DEFAULT_PROVIDER|VAGRANTFILE)$|LIBVIRT_DEFAULT_URI$)/;

/** A person's environment without any of those. */
export const withoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !passed.test(name)));

export const boxName = (env: NodeJS.ProcessEnv = process.env): string => env["GUIDE_BOX"] || "centos/7";

/** The version of it, or a condition; the Vagrantfile has the same default. Undefined for any. */
export const boxVersion = (): string | undefined =>
  process.env["GUIDE_BOX_VERSION"] || (boxName() === "centos/7" ? "1804.02" : undefined);

export const vagrantHome = (): string => process.env["VAGRANT_HOME"] || join(homedir(), ".vagrant.d");

/** A setting of the machines that is to look like this. UsageError, which says how it may look, for another. */
function settingOf(env: NodeJS.ProcessEnv, name: string, usual: string, form: RegExp, say: string): string {
  const value = env[name] || usual;
  if (form.test(value)) return value;
  throw new UsageError(`${name} is "${value}", which is no ${say}`, {
    hint: `Write ${name}=${usual}, which is what there is without it, or another ${say}.`,
  });
}

const whole = /^[1-9]\d*$/;

/** `kvm`, or `qemu` for emulated processors. UsageError for another. */
export const driverName = (env: NodeJS.ProcessEnv = process.env): string =>
  settingOf(env, "GUIDE_VM_DRIVER", "kvm", /^(kvm|qemu)$/, "driver (kvm or qemu)");

/** Megabytes of memory of each machine; the Vagrantfile has the same default. UsageError for what is no number. */
export const memoryOf = (env: NodeJS.ProcessEnv = process.env): number =>
  Number(settingOf(env, "GUIDE_VM_MEMORY", "2048", whole, "whole number of megabytes"));

/** UsageError for a setting that the Vagrantfile could make no machine of. */
function assertMachines(env: NodeJS.ProcessEnv): void {
  driverName(env);
  memoryOf(env);
  settingOf(env, "GUIDE_VM_CPUS", "2", whole, "whole number of processors");
}

/** libvirt's address for virsh and the plugin alike. */
export const libvirtUri = (env: NodeJS.ProcessEnv | VagrantEnvironment = process.env): string =>
  env["LIBVIRT_DEFAULT_URI"] || "qemu:///system";

/** What the Vagrantfile is told of how long a machine may take to boot, and to be switched off. */
export const limitsFor = (deadlines: Deadlines): VagrantEnvironment => ({
  GUIDE_VM_BOOT_TIMEOUT: String(Math.ceil(deadlines.for("vmBoot") / 1000)),
  GUIDE_VM_HALT_TIMEOUT: String(Math.ceil(deadlines.for("vmHalt") / 1000)),
});

/** The environment that makes the Vagrantfile describe this cluster; kept in its ledger, for whoever removes it. UsageError as above. */
export async function environmentOf(
  { id, machines }: Pick<ClusterSpec, "id" | "machines">,
  env: NodeJS.ProcessEnv = process.env,
): Promise<VagrantEnvironment> {
  assertMachines(env);
  const { state, dotfiles, prefix } = vagrantNames(id);
  const own = Object.entries(env).filter((entry): entry is [string, string] => passed.test(entry[0]));
  return {
    ...Object.fromEntries(own),
    ...(boxName(env) === debianBox && { VAGRANT_HOME: await boxHome() }),
    VAGRANT_CWD: projectRoot,
    VAGRANT_DOTFILE_PATH: dotfiles,
    VAGRANT_DEFAULT_PROVIDER: "libvirt",
    VAGRANT_CHECKPOINT_DISABLE: "1",
    LIBVIRT_DEFAULT_URI: libvirtUri(env),
    GUIDE_VM_MACHINES: machines.map(({ name, address }) => `${name}=${address}`).join(","),
    GUIDE_VM_PREFIX: prefix,
    GUIDE_VM_CONSOLE: state,
  };
}
