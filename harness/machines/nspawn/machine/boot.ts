import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { describeWait, NotYet, often, waitFor } from "../../../waits/wait.ts";
import type { ClusterSpec } from "../../machine.ts";
import type { Cluster } from "../cluster.ts";
import { type Hierarchy, isUnified } from "../host/kernel/cgroups.ts";
import { startDetached } from "../host/detached.ts";
import { seenBy } from "../host/namespace-anchor.ts";
import { tailOf } from "../../../host/exec.ts";
import type { MachineNames } from "../../names.ts";
import { isAlive, type ProcessIdentity } from "../../../host/processes/identity.ts";

/**
 * What keeps a guide's steps from changing the host. A machine shares the host's kernel and its root is the host's root,
 * so that Docker and the kubelet work: this holds against what a guide does, not against an attack.
 */

/**
 * Beside what nspawn gives a container: Docker, kube-proxy and flannel set up networks, and programs lock memory. It leaves
 * out the clock, modules, raw devices, the kernel's log, wake-ups and security policies; see capabilities(7).
 */
const capabilities = ["CAP_NET_ADMIN", "CAP_IPC_LOCK"];

/** Refused with EPERM, whatever the capabilities. nspawn takes a group such as @swap out of @known only name by name. */
const refusedCalls = `
  adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime
  delete_module finit_module init_module kexec_file_load kexec_load
  ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write
  swapoff swapon syslog
`;

/** Options of nspawn: Docker needs more system calls than a plain container. */
const confinementOptions = [
  `--capability=${capabilities.join(",")}`,
  "--system-call-filter=@known",
  `--system-call-filter=~${refusedCalls.trim().replaceAll(/\s+/g, " ")}`,
];

/** nspawn takes a colon as the end of a path. */
const escapeColons = (path: string): string => path.replaceAll(":", "\\:");

/** For programs that look for a kernel module; a small host may have none. */
const modules = "/lib/modules";

function nspawnCommand({ artifacts, packages }: ClusterSpec, names: MachineNames): string[] {
  return [
    "systemd-nspawn",
    "--boot",
    "--quiet",
    "--settings=no",
    "--register=no",
    "--keep-unit",
    ...confinementOptions,
    "--console=read-only",
    "--link-journal=no",
    "--resolv-conf=off",
    "--timezone=off",
    `--directory=${names.root}`,
    `--machine=${names.container}`,
    `--hostname=${names.machine}`,
    `--bind=${names.sshFolder}:/run/guide-ssh`,
    `--bind-ro=${escapeColons(artifacts)}:/var/cache/guide-artifacts`,
    ...(packages ? [`--bind-ro=${escapeColons(packages)}:/var/cache/guide-packages`] : []),
    ...(existsSync(modules) ? [`--bind-ro=${modules}`] : []),
    // For the machine's systemd: what it starts, and what fails, goes to the console.
    "--setenv=SYSTEMD_COLORS=0",
    "--setenv=COLUMNS=160",
    "--",
    "--show-status=yes",
  ];
}

/** Environment of nspawn: systemd's ENVIRONMENT.md. */
const nspawnEnvironment = (cgroups: readonly Hierarchy[]): Record<string, string> => ({
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: isUnified(cgroups) ? "1" : "0",
  // As on CentOS 7, /tmp is on the disk.
  SYSTEMD_NSPAWN_TMPFS_TMP: "0",
  // A lock would be left behind by a kill, and nobody else knows the folder.
  SYSTEMD_NSPAWN_LOCK: "0",
});

export const readConsole = async (file: string): Promise<string> =>
  (await readFile(file, "utf8")).replaceAll("\r", "");

/** Starts a machine's nspawn; nothing answers yet. */
export async function boot(
  { spec, anchor, cgroups }: Cluster,
  names: MachineNames,
): Promise<ProcessIdentity> {
  await rm(names.socket, { force: true });
  // nspawn mounts /sys, with the network devices in it, before it would join a network namespace by itself.
  const namespaces = [`--mount=/proc/${anchor.pid}/ns/mnt`, `--net=${seenBy(anchor, names.network)}`];
  return startDetached(["nsenter", ...namespaces, "--", ...nspawnCommand(spec, names)], {
    cgroups,
    cgroup: names.cgroup,
    log: names.console,
    env: nspawnEnvironment(cgroups),
  });
}

/** The first bytes that a Unix socket sends, or why there are none. */
const greeting = (path: string, milliseconds: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(path).setEncoding("latin1").setTimeout(milliseconds);
    const end = (text: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.once("data", (data) => end(String(data)));
    socket.once("error", (error) => end(error.message));
    socket.once("timeout", () => end("sshd accepts but says nothing"));
    socket.once("close", () => end("sshd accepts and closes"));
  });

/** Waits until SSH answers. InfrastructureError with the console's last lines if nspawn ends, or if it takes too long. */
export async function answers(
  nspawn: ProcessIdentity,
  { machine, socket, console }: MachineNames,
  { signal, deadlines }: Context,
): Promise<void> {
  const failure = async (what: string): Promise<InfrastructureError> =>
    new InfrastructureError(`${machine} ${what}`, {
      machine,
      outputTail: tailOf(await readConsole(console)),
      hint: "The console is shown; run `pnpm run doctor` to check the host.",
    });
  await waitFor(
    async () => {
      const seen = await greeting(socket, deadlines.for("greeting"));
      if (seen.startsWith("SSH-")) return;
      if (await isAlive(nspawn)) throw new NotYet(seen);
      throw await failure("ended while it was booting");
    },
    {
      deadline: deadlines.for("boot"),
      interval: often,
      signal,
      late: (waited) => failure(`does not answer SSH: ${waited.last} (${describeWait(waited)})`),
    },
  );
}
