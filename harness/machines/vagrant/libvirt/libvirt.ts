import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Context } from "../../../context.ts";
import { InfrastructureError, UsageError } from "../../../errors.ts";
import { fromCaller } from "../../../host/paths.ts";
import { owned } from "../../../host/processes/owned.ts";
import type { Progress } from "../../../progress.ts";
import { describeWait, NotYet, waitFor } from "../../../waits/wait.ts";
import { hostPath, tailOf } from "../../../host/exec.ts";
import { installPackages } from "../../../host/packages/packages.ts";
import { debianBox, makeBox } from "../boxes/box.ts";
import { canUseKvm } from "./kvm.ts";
import { forLibvirt } from "../packages.ts";
import { claimSession, placesOf, removeSession, sweepSessions } from "./sessions.ts";

const script = join(import.meta.dirname, "daemons.sh");

/** Environment for whatever is to use the private libvirt: its address, and what else such machines need. */
export function environmentFor(
  socket: string,
  kvm: boolean,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return {
    LIBVIRT_DEFAULT_URI: `qemu:///system?socket=${socket}`,
    // No download reaches this network, so the box is the one that is made here.
    GUIDE_BOX: env["GUIDE_BOX"] || debianBox,
    GUIDE_VM_DRIVER: env["GUIDE_VM_DRIVER"] || (kvm ? "kvm" : "qemu"),
  };
}

/**
 * Runs a command beside a libvirtd of its own, both in a network namespace made for them: the machines' bridges and
 * addresses exist only there. Gives the command's exit code. When the command is over, or this process is killed,
 * libvirtd ends and all its machines with it; what a killed one leaves on the disk goes at the next start.
 * UsageError without root; InfrastructureError if libvirtd does not answer.
 */
export async function inPrivateLibvirt(
  [file, ...args]: readonly [string, ...string[]],
  progress: Progress,
  context: Context,
): Promise<number> {
  if (process.getuid?.() !== 0) {
    throw new UsageError("A private libvirt needs root", {
      hint: "Run the command as root, or use the host's libvirt without `pnpm libvirt`.",
    });
  }
  await installPackages(progress, context, forLibvirt);
  // No download reaches the network in which the machines will be.
  if (!process.env["GUIDE_BOX"]) await makeBox(progress, context);
  for (const path of await sweepSessions()) progress.note(`Removed ${path}, left by a run that was killed.`);
  const { runtime, state } = placesOf(process.pid);
  await claimSession(runtime, state);
  const daemons = startDaemons(runtime, state);
  try {
    const socket = join(runtime, "libvirt-sock");
    await answering(socket, daemons, state, context);
    return await runBeside(daemons, [file, ...args], environmentFor(socket, await canUseKvm()));
  } finally {
    daemons.kill("SIGKILL");
    await daemons.catch(() => undefined);
    await removeSession(runtime, state);
  }
}

type Daemons = ReturnType<typeof startDaemons>;

/** Killed with this process, and all that it started with it (unshare(1)). */
function startDaemons(runtime: string, state: string) {
  const namespaces = ["--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
  const unshare = ["unshare", ...namespaces, "--mount-proc", "sh", script, runtime, state];
  const log = { file: join(state, "libvirtd.log") };
  return execa(...owned("KILL", unshare), {
    stdin: "ignore",
    stdout: log,
    stderr: log,
    env: { PATH: hostPath() },
    reject: false,
  });
}

async function answering(
  socket: string,
  daemons: Daemons,
  state: string,
  { signal, deadlines }: Context,
): Promise<void> {
  let over = false;
  void daemons.finally(() => (over = true));
  const failure = async (what: string): Promise<InfrastructureError> =>
    new InfrastructureError(`The private libvirtd ${what}`, {
      outputTail: tailOf(await readFile(join(state, "libvirtd.log"), "utf8").catch(() => "")),
      hint: "Its log is shown; network, mount and process namespaces must be allowed to root.",
    });
  await waitFor(
    async () => {
      if (over) throw await failure("ended as soon as it was started");
      if (!existsSync(socket)) throw new NotYet("no socket yet");
      const uri = `qemu:///system?socket=${socket}`;
      const seen = await execa("virsh", ["--connect", uri, "version"], {
        reject: false,
        all: true,
        cancelSignal: signal,
        timeout: deadlines.for("host"),
      });
      if (seen.exitCode !== 0) throw new NotYet(seen.all);
    },
    {
      deadline: deadlines.for("libvirt"),
      signal,
      late: (waited) => failure(`does not answer: ${waited.last} (${describeWait(waited)})`),
    },
  );
}

/** Runs a command in the daemons' network, connected to this terminal; signals go on to it. */
async function runBeside(
  daemons: Daemons,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const network = `--net=/proc/${daemons.pid}/ns/net`;
  const child = execa("nsenter", [network, "--", ...owned("TERM", command).flat()], {
    // Where the caller typed it: its words may name files.
    cwd: fromCaller("."),
    stdio: "inherit",
    env,
    reject: false,
    cleanup: false,
  });
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const forward = (name: NodeJS.Signals): void => void child.kill(name);
  for (const name of names) process.on(name, forward);
  try {
    const { exitCode, signal } = await child;
    return exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]);
  } finally {
    for (const name of names) process.off(name, forward);
  }
}
