import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { within } from "../wait.ts";
import type { Context } from "../context.ts";
import { InfrastructureError } from "../errors.ts";
import { canUseKvm } from "../machines/vagrant/kvm.ts";
import { endGroup, hostPath, tailOf } from "../machines/nspawn/host.ts";
import { owned } from "../owned.ts";
import type { Progress } from "../progress.ts";
import type { System } from "./system.ts";

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

/**
 * Boots a host and waits until it switches itself off. Each line of its console is a note. It has no network, ends with
 * this process, and what it writes to its system goes with it. InfrastructureError at the deadline, or if the emulator
 * fails; the signal's reason.
 */
export async function emulate(what: Emulated, progress: Progress, context: Context): Promise<void> {
  const { system, home, shared, cpus, memoryMiB, boot } = what;
  const scratch = await mkdtemp(join(tmpdir(), "host-trial-"));
  const kvm = await canUseKvm();
  // A processor that needs no mitigations would not be emulated with them: they cost more than all else there.
  const append = [
    "root=/dev/vda",
    "rw",
    "console=ttyS0",
    "net.ifnames=0",
    ...(kvm ? [] : ["mitigations=off"]),
    ...boot,
  ];
  const words = [
    ["qemu-system-x86_64", "-accel", kvm ? "kvm" : "tcg,thread=multi", "-cpu", kvm ? "host" : "Westmere"],
    ["-smp", `${cpus}`, "-m", `${memoryMiB}`, "-no-reboot", "-nodefaults", "-display", "none"],
    ["-serial", "stdio", "-nic", "none", "-device", "virtio-rng-pci"],
    ["-kernel", system.kernel, "-initrd", system.initrd, "-append", append.join(" ")],
    ["-drive", `file=${system.disk},if=virtio,format=raw,cache=unsafe,snapshot=on`],
    ["-drive", `file=${home},if=virtio,format=raw,cache=unsafe,discard=unmap`],
    ["-virtfs", `local,path=${shared},mount_tag=trial,security_model=none`],
  ];
  const child = execa(...owned("KILL", words.flat()), {
    stdin: "ignore",
    stdout: ["pipe", { file: join(shared, "console.log") }],
    env: { PATH: hostPath, TMPDIR: scratch },
    detached: true,
    buffer: { stdout: false },
  });
  const talk = (async () => {
    for await (const line of child) progress.note(stripVTControlCharacters(line).trimEnd());
  })();
  const deadline = context.deadlines.for("hostTrial");
  const late = (): Error =>
    new InfrastructureError(`The host did not switch itself off within ${deadline / 60_000} min`, {
      hint: "Its console says how far it was; --timeout-factor gives it more time.",
    });
  try {
    await within(Promise.all([child, talk]), { signal: context.signal, deadline, late });
  } catch (error) {
    await endGroup(child, context.deadlines, ["SIGKILL"]);
    if (!(error instanceof Error && "exitCode" in error)) throw error;
    const { stderr } = await child.catch((ended: { stderr?: string }) => ended);
    throw new InfrastructureError("The emulator failed", { outputTail: tailOf(stderr ?? ""), cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
