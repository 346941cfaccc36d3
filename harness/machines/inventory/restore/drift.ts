import type { Section } from "./state.ts";

/** Things of a host that change by themselves, each with the reason: they are no trace of the guide. */
type Drift = { readonly section: Section; readonly name: RegExp; readonly reason: string };

/** Folders that are not walked into, so that a big host is soon looked at. */
export const unwalked: Readonly<Record<string, string>> = {
  "/sys": "not files",
  "/dev": "not files",
  "/run": "made anew at each boot; the guide's places in it are looked at by name",
  "/tmp": "anyone's",
  "/var/tmp": "anyone's",
  "/home": "people's own; the guide works as root",
  "/var/log": "the journal and logs go on; the guide's places in it are looked at by name",
  "/var/lib/systemd": "timers' stamps, the random seed, kept file descriptors",
  "/var/lib/docker": "Docker's own; images, containers, volumes and networks are compared by name",
  "/var/lib/containerd": "as Docker's",
  "/var/lib/kubelet": "goes as a whole",
  "/var/cache": "caches of packages and manuals; the guide's place in it is looked at by name",
  "/var/spool": "mail, cron and printing go on",
  "/var/lib/dhcp": "leases",
  "/var/lib/dhclient": "leases",
  "/var/lib/NetworkManager": "leases",
  "/var/lib/chrony": "the clock's drift",
  "/var/lib/ntp": "the clock's drift",
  "/var/lib/cloud": "what the cloud's agent does at each boot",
  "/var/lib/apt": "the package manager's own timers; packages are compared by name",
  "/var/lib/dpkg": "packages are compared by name",
  "/var/lib/rpm": "packages are compared by name",
  "/var/lib/yum": "packages are compared by name",
  "/var/backups": "the package manager's own timers",
  "/root/.cache": "caches",
};

const drifts: readonly Drift[] = [
  { section: "file", name: /^\/(proc|sys|dev|run|tmp)$/, reason: "mount points, seen or not" },
  { section: "file", name: /^\/root\/\.(bash_history|lesshst|viminfo)$/, reason: "a person's shell" },
  {
    section: "file",
    name: /^\/etc\/(resolv\.conf|mtab|adjtime|\.updated|\.pwd\.lock)$/,
    reason: "the system's",
  },
  {
    section: "content",
    name: /^\/var\/(\.updated|lib\/(logrotate|mlocate|plocate|sss|private)\/)/,
    reason: "the system's timers",
  },
  { section: "hash", name: /^\/etc\/(resolv\.conf|mtab|adjtime)$/, reason: "the network's and the clock's" },
  { section: "hash", name: /^\/root\/\.(bash_history|lesshst|viminfo)$/, reason: "a person's shell" },
  { section: "mount", name: /^\/run\/(user|credentials)\//, reason: "of logins and services" },
  { section: "unit", name: /^(session-|user@|run-)/, reason: "of logins and services" },
  {
    section: "sysctl",
    name: /^(fs\.(dentry-state|inode-|file-nr|quota\.|aio-nr|epoll)|kernel\.(random\.|ns_last_pid|pty\.nr|sched|core_|perf|tainted|hostname|threads)|net\.netfilter\.nf_conntrack_(count|buckets)|vm\.(stat|numa)|debug\.)/,
    reason: "counters and what the kernel sets for itself",
  },
  {
    section: "sysctl",
    name: /^net\.ipv[46]\.neigh\..*\.base_reachable|\.stable_secret$/,
    reason: "drawn at random",
  },
];

/** Why a thing may differ between two looks at a host; undefined if nothing but a change of it explains it. */
export const driftOf = (section: Section, name: string): string | undefined =>
  drifts.find((drift) => drift.section === section && drift.name.test(name))?.reason;
