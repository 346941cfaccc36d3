import type { Assist } from "../progress.ts";
import { minimalPrograms } from "../centos7/minimal.ts";
import type { MachineSpec } from "./machine.ts";

export type System = "centos7" | "debian12";

/** A program that has to be on a machine before the guide begins. */
export type Tool = {
  readonly program: string;
  /** The package that has it; none where the guide itself installs it. */
  readonly packages: Readonly<Partial<Record<System, string>>>;
  readonly needs: string;
  /** The machines that need it; all if absent. */
  readonly role?: MachineSpec["role"];
};

const tool = (
  program: string,
  centos7: string | undefined,
  debian12: string,
  needs: string,
  role?: Tool["role"],
): Tool => ({
  program,
  packages: { ...(centos7 !== undefined && { centos7 }), debian12 },
  needs,
  ...(role && { role }),
});

/**
 * What suites, collectors, probes, checkpoints and the look at surroundings call on a machine, and a system may lack; the
 * one list. From it come the embedded machines' root file system, the check of other machines before the guide begins,
 * and what is brought along. Beyond it, scripts call what both systems always have.
 */
export const tools: readonly Tool[] = [
  tool("tcpdump", "tcpdump", "tcpdump", "the suite ping captures packets", "node"),
  tool("wget", undefined, "wget", "the guide downloads with it, and installs it on CentOS alone"),
  tool("curl", "curl", "curl", "the suite kube-proxy and checkpoints ask over HTTP"),
  tool("ping", "iputils", "iputils-ping", "the suite ping, and the look at surroundings"),
  tool("ip", "iproute", "iproute2", "suites, checkpoints and the look at surroundings"),
  tool("ss", "iproute", "iproute2", "suites, checkpoints and what is asked after a failure"),
  tool("bridge", "iproute", "iproute2", "the suite flannel", "node"),
  tool("iptables", "iptables", "iptables", "Docker and kube-proxy; cut links"),
  tool("iptables-save", "iptables", "iptables", "the suite kube-proxy; how a host was before"),
  tool("sysctl", "procps-ng", "procps", "how a host was before"),
  tool("bash", "bash", "bash", "every script"),
  tool("awk", "gawk", "gawk", "how a host was before, and the look at surroundings"),
  tool("find", "findutils", "findutils", "how a host was before"),
  tool("sha256sum", "coreutils", "coreutils", "the delivery of artifacts"),
  tool("tar", "tar", "tar", "the guide unpacks with it"),
  tool("gzip", "gzip", "gzip", "the guide unpacks with it"),
  tool("systemctl", "systemd", "systemd", "the guide and all that looks at its units"),
  tool("journalctl", "systemd", "systemd", "collectors"),
  tool("ssh", "openssh-clients", "openssh-client", "scp between machines"),
  tool("scp", "openssh-clients", "openssh-client", "the guide copies files between machines"),
  tool("ssh-keygen", "openssh", "openssh-client", "keys by which root on the machines is trusted"),
];

/** Those that the guide, as its reader follows it, does not install. */
const beforeTheGuide = tools.filter(({ packages }) => packages.centos7 !== undefined);

/** Those of them that the guide's reader does not have: whoever puts them on a machine helps. */
export const beyondMinimal: readonly Tool[] = beforeTheGuide.filter(
  ({ program }) => !minimalPrograms.has(program),
);

/** Packages that bring all tools to a system but what the guide installs itself, each named once. */
export const toolPackages = (system: System): string[] => [
  ...new Set(beforeTheGuide.flatMap(({ packages }) => packages[system] ?? [])),
];

/** The tools that a machine of a role needs on a system. */
export const toolsFor = (role: MachineSpec["role"], system: System): Tool[] =>
  tools.filter((one) => one.packages[system] !== undefined && (one.role ?? role) === role);

const installer: Readonly<Record<System, string>> = {
  centos7: "yum -y install",
  debian12: "apt-get install -y",
};

/** A command to type that brings tools to a system. */
export function remedyFor(programs: readonly string[], system: System): string {
  const missing = tools.filter(({ program }) => programs.includes(program));
  const packages = new Set(missing.flatMap((one) => one.packages[system] ?? []));
  return [installer[system], ...packages].join(" ");
}

/** That machines have what the guide's reader has not; `how` says how it came there. */
export const toolsAssist = (how: string): Assist => ({
  id: "tools",
  reason: `CentOS 7's minimal installation has no ${beyondMinimal
    .map(({ program, needs }) => `${program} (${needs})`)
    .join(", ")}: ${how}`,
});

/** What machines with Debian 12 have in the place of CentOS 7's, for the guide to turn off. */
export const firewalldAssist: Assist = {
  id: "firewalld",
  reason:
    "firewalld is Debian's 1.3 in the place of CentOS 7's 0.4, with the same zone and in the same tables, enabled and running at boot",
};
