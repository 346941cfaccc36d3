import type { Lack } from "./machine.ts";

/** Machines that run Debian 12 in the place of the guide's CentOS 7. */
export const noCentos: Lack = {
  capability: "centos",
  reason:
    "the machines run Debian 12: yum, rpm, SELinux and firewalld are not there, unless a port carries the step over",
};

/** Machines whose network reaches nothing but each other. */
export const noInternet: Lack = {
  capability: "internet",
  reason: "the machines reach nothing but each other",
};

/** What commands print where a capability is lacking. Names that no site has are the guide's own, and its own fault. */
const signs: readonly (readonly [Lack["capability"], RegExp])[] = [
  [
    "terminal",
    /the input device is not a TTY|not a tty\b|must be run from a terminal|a terminal is required|TERM environment variable not set|failed tty get|Inappropriate ioctl for device|from a non TTY device/i,
  ],
  [
    "modules",
    /modprobe: (?:FATAL|ERROR): (?:Module \S+ not found in directory|could not insert .*(?:Operation not permitted|Function not implemented))|(?:insmod|rmmod): ERROR: .*(?:Operation not permitted|Function not implemented|Read-only file system)/,
  ],
  [
    "clock",
    /date: cannot set date: Operation not permitted|hwclock: .*(?:Cannot access the Hardware Clock|Operation not permitted|settimeofday\(\) failed)|Failed to set (?:time|ntp|local RTC)|ntpd?ate.*(?:Operation not permitted|[Cc]an't adjust)|settimeofday: Operation not permitted/,
  ],
  [
    "settings",
    /sysctl: (?:permission denied on key|setting key .*(?:Read-only file system|Operation not permitted|Permission denied)|cannot stat \/proc\/sys\/net\/bridge\/)|\/proc\/sys\/\S+: (?:Read-only file system|Permission denied|Operation not permitted)|swapoff: \S+: swapoff failed/,
  ],
  [
    "centos",
    /\b(?:yum|dnf|rpm|setenforce|getenforce|sestatus|firewall-cmd|yum-config-manager): (?:command )?not found|Unit firewalld\.service (?:not loaded|not found|could not be found)/,
  ],
  [
    "internet",
    /(?:[Cc]ould not resolve host(?:name)?:?|unable to resolve host address|lookup) [‘'"]?(?:[\w-]+\.)+[a-z]{2,}|(?:[\w-]+\.)+[a-z]{2,}: (?:Name or service not known|Temporary failure in name resolution)|dial tcp \S+: connect: network is unreachable/,
  ],
];

/** What the output of a command that failed shows to be not possible here; undefined if it shows nothing of that kind. */
export function limitShown(output: string, lacks: readonly Lack[]): Lack | undefined {
  const [shown] = signs.find(([, sign]) => sign.test(output)) ?? [];
  return lacks.find(({ capability }) => capability === shown);
}
