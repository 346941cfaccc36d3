import { minimalHas } from "../../centos7/packages.ts";

/** Commands of the shell itself, and of a minimal CentOS 7: coreutils, util-linux, procps-ng, shadow-utils, systemd, iproute, kmod … */
export const basics: ReadonlySet<string> = new Set(
  `. : [ alias bg bind break builtin cd command continue declare dirs echo enable eval exec exit export false fg getopts
  hash help history jobs kill let local logout mapfile popd printf pushd pwd read readonly return set shift shopt source
  test times trap true type typeset ulimit umask unalias unset wait
  awk base64 basename bash cat chgrp chmod chown chroot cp curl cut date dd df diff dirname dmesg du env expr find getent gpg
  grep gunzip gzip head hostname hostnamectl id install ionice ip iptables journalctl less ln ls lsmod md5sum mkdir mktemp
  modprobe mount mv nice nl nohup nproc od openssl paste ping ps readlink realpath rm rmdir rpm scp sed seq selinuxenabled setenforce setsid getenforce sh
  sha256sum sleep sort ssh ssh-keygen stat stdbuf su swapoff sync sysctl systemctl tail tar tee timedatectl timeout touch tr uname
  uniq useradd vi wc which xargs yum apt-get dpkg sudo stty tput
  arch arping blkid blockdev bridge chage chattr chpasswd chrt cmp column comm csplit depmod egrep expand factor fallocate fgrep findmnt
  firewall-cmd flock fmt fold free fsck gawk gpasswd groupadd groupdel groups hostid hwclock insmod ip6tables ipcs join
  last ldconfig ldd link localectl logger loginctl logname losetup lsattr lsblk lscpu mcookie mkfifo mknod mkfs mkswap modinfo more mountpoint
  python python2 python2.7 tty ssh-copy-id ssh-keyscan newgrp nsenter numfmt passwd pathchk pgrep pidof pkill pmap pr printenv prlimit renice rev rmmod runuser sha1sum
  sha224sum sha384sum sha512sum shred shuf split ss sum swapon systemd-analyze systemd-cat systemd-cgls systemd-run systemd-tmpfiles tac
  taskset tc top tracepath truncate tsort umount unexpand unlink unshare uptime userdel usermod users uuidgen vmstat w watch who yes`.split(
    /\s+/,
  ),
);

/** Commands that end the machine in the course of a step. */
export const reboots: ReadonlySet<string> = new Set(["reboot", "shutdown", "poweroff", "halt"]);

/** Commands that change no file and no unit of which the guide speaks: they print, wait, or set what only the kernel has. */
export const harmless: ReadonlySet<string> = new Set(
  `: [ alias bg bind break builtin command continue declare dirs export false fg getopts hash help history jobs kill let
  local popd pwd readonly shift test times true type typeset ulimit umask unalias unset wait env sudo nohup nice
  awk base64 basename chgrp chown cut date df diff dirname dmesg du expr getent grep egrep fgrep head hostname hostnamectl
  id iptables ip6tables ipset ipvsadm less ls lsmod lsblk md5sum mktemp modprobe more mount nl nproc od paste pgrep ping
  pkill ps readlink realpath rmdir rpm seq selinuxenabled setenforce sestatus getenforce sha256sum sleep sort ss netstat
  stat stty swapoff swapon sync sysctl tail timedatectl tput tr uname umount uniq useradd usermod wc which whoami
  yum-config-manager etcd apt-cache firewall-cmd docker-compose cfssl-certinfo jq nslookup dig host free top uptime
  xxd column tac rev fold fmt strings file lscpu last who w tty reboot shutdown poweroff halt clear`.split(
    /\s+/,
  ),
);

/** Commands that print nothing if they succeed. */
export const silent: ReadonlySet<string> = new Set(
  `[ : cd chgrp chmod chown export kill local ln mkdir mv cp rm rmdir readonly set shift shopt sleep test touch
  trap true false umask unset wait read`.split(/\s+/),
);

/** Those of them that print what there is, if they are given nothing to change. */
export const mayList: ReadonlySet<string> = new Set("kill set shopt trap umask".split(/\s+/));

/** Programs that a guide for another system than CentOS need not install. */
export const elsewhere: ReadonlySet<string> = new Set(["docker", "git", "jq", "unzip", "wget"]);

/** Units of a minimal installation that a machine does not start by itself. */
const off: ReadonlySet<string> = new Set(
  `debug-shell.service ebtables.service fstrim.service fstrim.timer nfs.service nfs-server.service rsyncd.service
  rsyncd.socket tmp.mount`.split(/\s+/),
);

/** Whether a minimal installation starts a unit with the machine. */
export const startsByItself = (unit: string): boolean => minimalHas(unit) && !off.has(unit);

/** Kinds of units that systemd makes of other files, or of what the kernel tells. */
export const madeBySystem = /\.(?:device|mount|swap|slice|scope)$/;

const kubernetes: Readonly<Record<string, readonly string[]>> = {
  server: [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "kubectl",
    "kubeadm",
  ],
  node: ["kubelet", "kube-proxy", "kubectl", "kubeadm"],
  client: ["kubectl"],
};

/** What an archive of this name holds; undefined if that is not known. */
export function contentsOf(archive: string): string[] | undefined {
  const [, kind = ""] = /^kubernetes-(server|node|client)-linux-\w+\.tar\.gz$/.exec(archive) ?? [];
  if (kind !== "") return kubernetes[kind]?.map((name) => `kubernetes/${kind}/bin/${name}`);
  const [, folder] = /^(etcd-v[\d.]+-linux-\w+)\.tar\.gz$/.exec(archive) ?? [];
  if (folder !== undefined) return [`${folder}/etcd`, `${folder}/etcdctl`];
  if (/^flannel-v[\d.]+-linux-\w+\.tar\.gz$/.test(archive))
    return ["flanneld", "mk-docker-opts.sh", "README.md"];
  return undefined;
}
