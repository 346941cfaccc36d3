import { minimalPrograms } from "../../centos7/minimal.ts";
import { minimalHas } from "../../centos7/packages.ts";
import { list, words } from "../check/words.ts";

/** Commands of the shell itself, of CentOS 7's minimal installation, and of the systems that ports lead to. */
export const basics: ReadonlySet<string> = new Set([
  ...list(`
    . : [ alias bg bind break builtin cd command continue declare dirs echo enable eval exec exit export false fg getopts
    hash help history jobs kill let local logout mapfile popd printf pushd pwd read readonly return set shift shopt source
    test times trap true type typeset ulimit umask unalias unset wait apt-get dpkg
  `),
  ...minimalPrograms,
]);

/** Commands that end the machine in the course of a step. */
export const reboots: ReadonlySet<string> = new Set(["reboot", "shutdown", "poweroff", "halt"]);

/** Commands that change no file and no unit of which the guide speaks: they print, wait, or set what only the kernel has. */
export const harmless: ReadonlySet<string> = words(`
  : [ alias bg bind break builtin command continue declare dirs export false fg getopts hash help history jobs kill let
  local popd pwd readonly shift test times true type typeset ulimit umask unalias unset wait env sudo nohup nice
  awk base64 basename chgrp chown cut date df diff dirname dmesg du expr getent grep egrep fgrep head hostname hostnamectl
  id iptables ip6tables ipset ipvsadm less ls lsmod lsblk md5sum mktemp modprobe more mount nl nproc od paste pgrep ping
  pkill ps readlink realpath rmdir rpm seq selinuxenabled setenforce sestatus getenforce sha256sum sleep sort ss netstat
  stat stty swapoff swapon sync sysctl tail timedatectl tput tr uname umount uniq useradd usermod wc which whoami
  yum-config-manager etcd apt-cache firewall-cmd docker-compose cfssl-certinfo jq nslookup dig host free top uptime
  xxd column tac rev fold fmt strings file lscpu last who w tty reboot shutdown poweroff halt clear
`);

/** Commands that print nothing if they succeed. */
export const silent: ReadonlySet<string> = words(`
  [ : cd chgrp chmod chown export kill local ln mkdir mv cp rm rmdir readonly set shift shopt sleep test touch
  trap true false umask unset wait read
`);

/** Those of them that print what there is, if they are given nothing to change. */
export const mayList: ReadonlySet<string> = words("kill set shopt trap umask");

/** Programs that a guide for another system than CentOS need not install. */
export const elsewhere: ReadonlySet<string> = new Set(["docker", "git", "jq", "unzip", "wget"]);

/** Units of a minimal installation that a machine does not start by itself. */
const off: ReadonlySet<string> = words(`
  debug-shell.service ebtables.service fstrim.service fstrim.timer nfs.service nfs-server.service rsyncd.service
  rsyncd.socket tmp.mount
`);

/** Whether a minimal installation starts a unit with the machine. */
export const startsByItself = (unit: string): boolean => minimalHas(unit) && !off.has(unit);

/** Kinds of units that systemd makes of other files, or of what the kernel tells. */
export const madeBySystem = /\.(?:device|mount|swap|slice|scope)$/;

const kubernetes: Readonly<Record<string, readonly string[]>> = {
  server: list("kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl kubeadm"),
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
