/**
 * What keeps a guide's steps from changing the host. A machine shares the host's kernel and its root is the host's root,
 * so that Docker and the kubelet work: this holds against what a guide does, not against an attack.
 */

/**
 * Beside what nspawn gives a container: Docker, kube-proxy and flannel set up networks, and programs lock memory. It leaves
 * out the clock, modules, raw devices, the kernel's log, wake-ups and security policies; see capabilities(7).
 */
const capabilities = ["CAP_NET_ADMIN", "CAP_IPC_LOCK"];

/** Refused with EPERM, whatever the capabilities; groups are those of systemd.exec(5). */
const refusedCalls = ["@clock", "@module", "@raw-io", "@swap", "kexec_load", "kexec_file_load", "syslog"];

/** Options of nspawn: Docker needs more system calls than a plain container. */
export const shutInOptions: readonly string[] = [
  `--capability=${capabilities.join(",")}`,
  `--system-call-filter=@known ~${refusedCalls.join(" ")}`,
];
