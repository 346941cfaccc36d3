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
export const confinementOptions: readonly string[] = [
  `--capability=${capabilities.join(",")}`,
  "--system-call-filter=@known",
  `--system-call-filter=~${refusedCalls.trim().replaceAll(/\s+/g, " ")}`,
];
