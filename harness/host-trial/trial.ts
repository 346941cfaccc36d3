import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InfrastructureError, UsageError } from "../errors.ts";
import type { Context } from "../context.ts";
import { lockTimeout, withLock } from "../host/lock.ts";
import { tailOf } from "../host/exec.ts";
import { installPackages, type ProgramPackages } from "../host/packages/packages.ts";
import { cacheRoot, projectRoot } from "../host/paths.ts";
import type { Progress } from "../progress.ts";
import { emulate, type Emulated } from "./emulator.ts";
import { makeHome, makeSystem } from "./disks.ts";

/** The cgroup hierarchies that a host boots with: Debian's default is v2 alone. */
export const hierarchies = ["v2", "v1"] as const;
export type Hierarchy = (typeof hierarchies)[number];

export type Trial = Pick<Emulated, "cpus" | "memoryMiB"> & {
  readonly cgroup: Hierarchy;
  /** Lines for a shell in the project's folder. */
  readonly commands: readonly string[];
};

export type End = { readonly command: string; readonly exitCode: number; readonly seconds: number };

/** The artifact set that a run takes by itself where nothing can be downloaded, and the kernel's words for it. */
const kinds: Readonly<Record<Hierarchy, { readonly set: string; readonly boot: readonly string[] }>> = {
  v2: { set: "debian", boot: [] },
  v1: { set: "source", boot: ["systemd.unified_cgroup_hierarchy=0"] },
};

const programs: ProgramPackages = {
  debootstrap: "debootstrap",
  mke2fs: "e2fsprogs",
  git: "git",
  "qemu-system-x86_64": "qemu-system-x86",
};

/**
 * Runs commands of a clean clone on a stock Debian 12 host, emulated where there is no KVM, and collects their reports below
 * `reports/host-trial/`. Gives how each ended, and that folder. InfrastructureError if the host does not get through them.
 */
export async function tryHost(
  trial: Trial,
  progress: Progress,
  context: Context,
): Promise<{ readonly ends: readonly End[]; readonly folder: string }> {
  if (process.getuid?.() !== 0) {
    throw new UsageError("The disk of another host needs root", { hint: "Run the command as root." });
  }
  await installPackages(progress, context, programs);
  const root = join(cacheRoot(), "host-trial");
  await mkdir(root, { recursive: true });
  return withLock(
    join(root, "lock"),
    { name: "lock of host trials", progress, ...context, held: lockTimeout("Another trial") },
    async () => {
      const { set, boot } = kinds[trial.cgroup];
      const system = await makeSystem(root, progress, context);
      const home = await makeHome(root, set, progress, context);
      const folder = join(projectRoot, "reports", "host-trial", trial.cgroup);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "commands"), trial.commands.map((command) => `${command}\n`).join(""));
      try {
        await emulate({ ...trial, system, home, shared: folder, boot }, progress, context);
      } finally {
        await rm(home, { force: true });
      }
      const ends = endsIn(await readFile(join(folder, "ends"), "utf8").catch(() => ""));
      if (ends.length === trial.commands.length) return { ends, folder };
      throw new InfrastructureError(`The host went down before \`${trial.commands[ends.length]}\` ended`, {
        outputTail: tailOf(await readFile(join(folder, "console.log"), "utf8")),
        hint: `Its console is in ${folder}.`,
      });
    },
  );
}

/** Lines as the host writes them: exit code, seconds, command. */
export const endsIn = (text: string): End[] =>
  text.split("\n").flatMap((line) => {
    const [, exitCode, seconds, command] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ command, exitCode: Number(exitCode), seconds: Number(seconds) }];
  });
