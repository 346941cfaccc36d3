import { expect, test } from "vitest";
import { limitationShown, noCentos, noFirewalld, noInternet, noYum } from "./limitations.ts";
import type { Capability, Limitation } from "./machine.ts";
import { limitations as nspawnLimitations } from "./nspawn/provider.ts";

const terminal: Limitation = { capability: "terminal", reason: "nobody is there" };
const limitations = [terminal, ...nspawnLimitations, noYum, noFirewalld];

test.each<[Capability, string]>([
  ["terminal", "the input device is not a TTY"],
  ["terminal", "sudo: a terminal is required to read the password; either use the -S option"],
  ["terminal", "Error: Cannot perform an interactive login from a non TTY device"],
  ["terminal", "bash: line 1: /dev/tty: No such device or address"],
  ["terminal", "top: failed tty get"],
  [
    "modules",
    "modprobe: FATAL: Module br_netfilter not found in directory /lib/modules/3.10.0-862.el7.x86_64",
  ],
  ["modules", "modprobe: ERROR: could not insert 'ip_vs': Operation not permitted"],
  ["clock", "date: cannot set date: Operation not permitted"],
  ["clock", "hwclock: Cannot access the Hardware Clock via any known method."],
  ["clock", "Failed to set time: Operation not permitted"],
  ["clock", "Can't adjust the time of day: Operation not permitted"],
  ["settings", 'sysctl: setting key "vm.swappiness": Read-only file system'],
  ["settings", 'sysctl: permission denied on key "net.netfilter.nf_conntrack_max"'],
  ["settings", "bash: line 3: /proc/sys/vm/swappiness: Read-only file system"],
  ["settings", "bash: line 1: /sys/kernel/mm/transparent_hugepage/enabled: Read-only file system"],
  ["settings", "tee: /proc/sys/vm/swappiness: Read-only file system"],
  ["settings", "sysctl: cannot stat /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory"],
  ["settings", "swapon: /swapfile: swapon failed: Operation not permitted"],
  ["settings", "swapoff: /dev/vda2: swapoff failed: Operation not permitted"],
  [
    "privileges",
    "runc create failed: unable to start container process: unable to apply caps: operation not permitted",
  ],
  [
    "privileges",
    "F1201 server.go:66] unable to create proxier: failed to set open file handler limit: operation not permitted",
  ],
  ["selinux", "bash: line 2: setenforce: command not found"],
  ["yum", "bash: line 2: yum: command not found"],
  ["packages", "No package docker-ce-18.09.9 available.\nError: Nothing to do"],
  ["firewalld", "Failed to stop firewalld.service: Unit firewalld.service not loaded."],
  ["centos", "Failed to enable unit: Unit file chronyd.service does not exist."],
  ["centos", "Failed to restart network.service: Unit network.service not found."],
  ["firewalld", "bash: line 1: firewall-cmd: command not found"],
  ["log", "dmesg: read kernel buffer failed: Operation not permitted"],
  ["internet", "wget: unable to resolve host address ‘dl.k8s.io’"],
  ["internet", "curl: (6) Could not resolve host: github.com"],
  ["internet", "Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io: no such host"],
  ["internet", "ping: www.example.org: Temporary failure in name resolution"],
])("%s is shown by %j, where it is lacking", (capability, output) => {
  expect(limitationShown(`before\n${output}\nafter`, limitations)?.capability).toBe(capability);
  expect(limitationShown(output, [])).toBeUndefined();
});

test.each([
  "bash: kubeclt: command not found",
  "mesg: ttyname failed: Inappropriate ioctl for device",
  "sysctl: cannot stat /proc/sys/net/ipv4/ip_forwrd: No such file or directory",
  "ssh: Could not resolve hostname t72: Name or service not known",
  "curl: (6) Could not resolve host: etcd.cluster.local",
  "[Could not resolve host: mirrorlist.centos.org]\nCould not retrieve mirrorlist http://mirrorlist.centos.org/?release=7",
  "Failed to start etcd.service: Unit etcd.service not found.",
  "tar: etcd.tar.gz: Cannot open: No such file or directory",
  "mkdir: cannot create directory '/k8s': Operation not permitted",
])("%j is nobody's but the guide's", (output) => {
  expect(limitationShown(output, limitations)).toBeUndefined();
});

test.each([
  "bash: /proc/sys/net/ipv4/ip_forward: Permission denied",
  "tee: /proc/sys/net/ipv4/ip_forward: Permission denied",
  'sysctl: permission denied on key "net.ipv4.ip_forward"',
  "sysctl: permission denied on key 'net/ipv4/ip_forward', ignoring",
  "sysctl: permission denied on key 'net.ipv4.ip_forward', ignoring\nsysctl: permission denied on key 'kernel.shmmax'",
])("%j: a setting that the machine has, and its reader may not set", (output) => {
  expect(limitationShown(output, nspawnLimitations)).toBeUndefined();
});

test.each([
  "bash: /proc/sys/vm/swappiness: Permission denied",
  "bash: /proc/sys/net/ipv4/ip_forward: Read-only file system",
  'sysctl: permission denied on key "net.ipv4.ip_forward"\nsysctl: permission denied on key "vm.swappiness"',
])("%j: a setting that no machine here has", (output) => {
  expect(limitationShown(output, nspawnLimitations)?.capability).toBe("settings");
});

test("on machines with yum, a program that yum has not brought is missed by the guide", () => {
  expect(limitationShown("bash: yum-config-manager: command not found", nspawnLimitations)).toBeUndefined();
});

const has = (capability: Capability, what: string): boolean | undefined =>
  limitations.find((one) => one.capability === capability)?.has?.(what);

test("machines have what is their own, on a kernel that they share", () => {
  expect(
    ["net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables", "kernel.shmmax", "kernel.sem"].map((name) =>
      has("settings", name),
    ),
  ).toEqual([true, true, true, true]);
  expect(
    [
      "vm.swappiness",
      "fs.file-max",
      "vm.overcommit_ratio",
      "net.netfilter.nf_conntrack_buckets",
      "kernel.semaphores",
    ].map((name) => has("settings", name)),
  ).toEqual([false, false, false, false, false]);
  expect(has("modules", "ip_vs")).toBe(false);
  expect([noCentos.has, noInternet.has]).toEqual([undefined, undefined]);
});
