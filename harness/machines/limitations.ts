import { corePrograms } from "../centos7/minimal.ts";
import type { Capability, Limitation } from "./machine.ts";

const limitation = (capability: Capability, reason: string): Limitation => ({ capability, reason });

/** Machines that run Debian 12 in the place of the guide's CentOS 7. */
export const noCentos = limitation(
  "centos",
  "the machines run Debian 12: services and programs of CentOS 7 may not be there, unless a port adapts the step",
);

/** Machines whose kernel has no policy, and which have none of its programs. */
export const noSelinux = limitation(
  "selinux",
  "the machines run without SELinux, unless a port adapts the step",
);

/** Debian as somebody has it: nobody was asked to install a firewall for the guide to stop. */
export const noFirewalld = limitation(
  "firewalld",
  "the hosts run Debian 12: firewalld may be missing, unless a port adapts the step",
);

/** Machines that install packages as Debian does. */
export const noYum = limitation(
  "yum",
  "the machines run Debian 12: yum and rpm are not there, unless a port adapts the step",
);

/** Machines whose yum installs what this project packs, which is what its own guide asks for. */
export const fewPackages = limitation(
  "packages",
  "the project's stand-ins for the repositories of CentOS and Docker have no such package",
);

/** Machines whose yum installs what was fetched of CentOS's and Docker's packages for the plan of the run. */
export const fetchedPackages = limitation(
  "packages",
  "what was fetched of the repositories of CentOS and Docker has no such package",
);

/** Machines whose network reaches nothing but each other. */
export const noInternet = limitation("internet", "the machines reach nothing but each other");

/**
 * A name that only the internet knows: those of one network are the guide's to give. The mirrors of CentOS 7 nobody knows
 * any more, with or without a network (July 2024).
 */
const site = String.raw`(?!mirrorlist\.centos\.org\b)(?:[\w-]+\.)+(?!(?:local|localdomain|internal|lan|test)\b)[a-z]{2,}(?![\w.-])`;

/** What commands print where a capability is lacking. */
const signs: Readonly<Partial<Record<Capability, RegExp>>> = {
  terminal:
    /the input device is not a TTY|must be run from a terminal|a terminal is required|TERM environment variable not set|failed tty get|from a non TTY device|\/dev\/tty: No such device or address/i,
  modules:
    /modprobe: (?:FATAL|ERROR): (?:Module \S+ not found in directory|could not insert .*(?:Operation not permitted|Function not implemented))|(?:insmod|rmmod): ERROR: .*(?:Operation not permitted|Function not implemented|Read-only file system)/,
  clock:
    /date: cannot set date: Operation not permitted|hwclock: .*(?:Cannot access the Hardware Clock|Operation not permitted|settimeofday\(\) failed)|Failed to set (?:time|ntp|local RTC)|(?:adjust|step|set)[^\n]*time[^\n]*: Operation not permitted/,
  settings:
    /sysctl: (?:permission denied on key|setting key .*(?:Read-only file system|Operation not permitted|Permission denied)|cannot stat \/proc\/sys\/net\/bridge\/)|\/(?:proc\/)?sys\/\S+: (?:Read-only file system|Permission denied|Operation not permitted)|swapo(?:n|ff): \S+: swapo(?:n|ff) failed/,
  log: /dmesg: (?:read|clear) kernel buffer failed: Operation not permitted/,
  privileges: /unable to apply caps|failed to set open file handler limit: operation not permitted/,
  centos:
    /Unit (?:file )?(?:chronyd|ntpd|crond|NetworkManager|network)\.service (?:not loaded|not found|could not be found|does not exist)/,
  selinux: /\b(?:selinuxenabled|setenforce|getenforce|sestatus): (?:command )?not found/,
  firewalld:
    /\bfirewall-cmd: (?:command )?not found|Unit (?:file )?firewalld\.service (?:not loaded|not found|could not be found|does not exist)/,
  yum: /\b(?:yum|dnf|rpm|yum-config-manager): (?:command )?not found/,
  // Names, what yum finds wrong among them, and files of the folder in which they are.
  packages:
    /^No package \S+ available\.$|^Error: Package: |Protected multilib versions: |Couldn't open file \/var\/cache\/guide-packages\/|file:\/\/\/var\/cache\/guide-packages\/\S+: \[Errno/m,
  internet: new RegExp(
    `(?:[Cc]ould not resolve host(?:name)?:?|unable to resolve host address|lookup) [‘'"]?${site}|${site}: (?:Name or service not known|Temporary failure in name resolution)|dial tcp \\S+: connect: network is unreachable`,
  ),
};

/**
 * A setting that somebody may not set, by its name or its file; how many connections are tracked nobody may set but on the host,
 * though each network has its own count.
 */
const denied =
  /permission denied on key ["']?((?![\w./-]*nf_conntrack)[\w./-]+)|\/proc\/sys\/((?!\S*nf_conntrack)[\w./-]+): Permission denied/i;

/** What the output of a command that failed shows to be not possible here; undefined if it shows nothing of that kind. */
export const limitationShown = (output: string, limitations: readonly Limitation[]): Limitation | undefined =>
  limitations.find((one) => signs[one.capability]?.test(withoutOwn(output, one)));

/** An output without what is about settings that the machines have of their own: root may set these. */
function withoutOwn(output: string, { capability, has }: Limitation): string {
  if (capability !== "settings" || !has) return output;
  const isOwn = (line: string): boolean => {
    const [, key, file] = denied.exec(line) ?? [];
    const name = key ?? file;
    return name !== undefined && has(name.replaceAll("/", "."));
  };
  return output
    .split("\n")
    .filter((line) => !isOwn(line))
    .join("\n");
}

/**
 * The program that a command which failed did not find, if those who lack CentOS may lack it, too: whether the machine has it
 * all the same, only not on the PATH that the guide has made, it has to be asked.
 */
export function programMissed(
  { exitCode, output }: { readonly exitCode: number; readonly output: string },
  limitations: readonly Limitation[],
): { readonly program: string; readonly limitation: Limitation } | undefined {
  const ofCentos = limitations.find(({ capability }) => capability === "centos");
  const last = [...output.matchAll(/^(.*): ([\w.+-]+): command not found$/gm)].at(-1);
  const [, who = "", program = ""] = last ?? [];
  // What a block goes on without is not why it failed; sudo has an exit code of its own.
  const isWhy = exitCode === 127 || who === "sudo";
  return ofCentos && isWhy && corePrograms.has(program) ? { program, limitation: ofCentos } : undefined;
}
