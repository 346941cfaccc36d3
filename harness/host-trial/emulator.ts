import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { within } from "../waits/wait.ts";
import type { Context } from "../context.ts";
import { InfrastructureError } from "../errors.ts";
import { canUseKvm } from "../machines/vagrant/libvirt/kvm.ts";
import { endGroup, hostPath, tailOf } from "../host/exec.ts";
import { owned } from "../host/processes/owned.ts";
import type { Progress } from "../progress.ts";

/** Files that boot a stock Debian 12: its disk, which is not to be written to, and its kernel. */
export type System = { readonly disk: string; readonly kernel: string; readonly initrd: string };

export type Emulated = {
  readonly system: System;
  /** The disk of root's home; it is written to. */
  readonly home: string;
  /** A folder of this host that the other one sees; its console goes to `console.log` there. */
  readonly shared: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Further words for the kernel. */
  readonly boot: readonly string[];
};

/** The emulator's command line: the system's disk is read alone, and there is no network. */
export function emulatorWords(what: Emulated, kvm: boolean): string[] {
  const { system, home, shared, cpus, memoryMiB, boot } = what;
  // What an emulated processor does against attacks on caches costs it more than all else, and is of no use there.
  const kernel = ["root=/dev/vda", "rw", "console=ttyS0", ...(kvm ? [] : ["mitigations=off"]), ...boot];
  return [
    ["qemu-system-x86_64", "-accel", kvm ? "kvm" : "tcg,thread=multi", "-cpu", kvm ? "host" : "Westmere"],
    ["-smp", `${cpus}`, "-m", `${memoryMiB}`, "-no-reboot", "-nodefaults", "-display", "none"],
    ["-serial", "stdio", "-nic", "none", "-device", "virtio-rng-pci"],
    ["-kernel", system.kernel, "-initrd", system.initrd, "-append", kernel.join(" ")],
    ["-drive", `file=${system.disk},if=virtio,format=raw,cache=unsafe,snapshot=on`],
    ["-drive", `file=${home},if=virtio,format=raw,cache=unsafe,discard=unmap`],
    ["-virtfs", `local,path=${shared},mount_tag=trial,security_model=none`],
  ].flat();
}

/**
 * Boots a host and waits until it switches itself off. Each line of its console is a note. It ends with this process, and
 * what it writes to its system's disk goes with it. InfrastructureError at the deadline, or if the emulator fails; the
 * signal's reason.
 */
export async function emulate(what: Emulated, progress: Progress, context: Context): Promise<void> {
  const child = execa(...owned("KILL", emulatorWords(what, await canUseKvm())), {
    stdin: "ignore",
    stdout: ["pipe", { file: join(what.shared, "console.log") }],
    // A file without a name is there, with what is written to the system's disk.
    env: { PATH: hostPath(), TMPDIR: dirname(what.home) },
    detached: true,
    buffer: { stdout: false },
  });
  const talk = (async () => {
    for await (const line of child) progress.note(stripVTControlCharacters(line).trimEnd());
  })();
  const deadline = context.deadlines.for("hostTrial");
  const late = (): Error =>
    new InfrastructureError(`The host did not switch itself off within ${deadline / 60_000} min`, {
      hint: `${join(what.shared, "console.log")} says how far it was.`,
    });
  try {
    await within(Promise.all([child, talk]), { signal: context.signal, deadline, late });
  } catch (error) {
    await endGroup(child, context.deadlines, ["SIGKILL"]);
    if (!(error instanceof Error && "exitCode" in error)) throw error;
    const { stderr } = await child.catch((ended: { stderr?: string }) => ended);
    throw new InfrastructureError("The emulator failed", { outputTail: tailOf(stderr ?? ""), cause: error });
  }
}
