import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeDifference, differences } from "./difference.ts";
import { anyName, anyValue, places, type Row, stateOf } from "../testing.ts";

/** What is compared and never drifts by its section alone. */
const steady = ["place", "active", "process", "package", "image", "container", "volume", "network"] as const;
const anyRows = fc.array(
  fc.tuple(fc.constantFrom(...steady, "link", "address", "route", "rule", "cgroup"), anyValue, anyName),
);
const told = (before: readonly Row[], now: readonly Row[]): string[] =>
  differences(stateOf(...before), stateOf(...now)).map(describeDifference);

const host: readonly Row[] = [
  ["file", "f 0644 root:root", "/etc/a"],
  ["hash", "abc", "/etc/a"],
  ["unit", "enabled", "docker.service"],
  ["iptables", "", "*filter"],
  ["iptables", "", ":INPUT DROP [7:8]"],
  ["iptables", "", "-A INPUT -i lo -j ACCEPT"],
];

test("a state differs from itself in nothing", () => {
  expect(told(host, host)).toEqual([]);
  fc.assert(
    fc.property(anyRows, (rows) => {
      expect(told(rows, rows)).toEqual([]);
    }),
  );
});

describe("what came, what went and what changed is told, each on one line", () => {
  const cases: readonly [Row, Row | undefined, string][] = [
    [["place", "directory", "/k8s"], undefined, "place /k8s: was not there, is directory"],
    [["link", "", "flannel.1"], undefined, "link flannel.1: was not there"],
    [
      ["unit", "enabled", "x.service"],
      ["unit", "disabled", "x.service"],
      "unit x.service: was disabled, is enabled",
    ],
    [["hash", "def", "/etc/b"], ["hash", "abc", "/etc/b"], "hash /etc/b: was abc, is def"],
    [
      ["sysctl", "1", "net.ipv4.ip_forward"],
      ["sysctl", "0", "net.ipv4.ip_forward"],
      "sysctl net.ipv4.ip_forward: was 0, is 1",
    ],
    [
      ["mount", "tmpfs x", "/var/lib/kubelet/p"],
      undefined,
      "mount /var/lib/kubelet/p: was not there, is tmpfs x",
    ],
    [
      ["iptables", "", "-A INPUT -s 10.0.0.9/32 -j DROP"],
      undefined,
      "iptables filter: -A INPUT -s 10.0.0.9/32 -j DROP: was not there, is rule 2",
    ],
    [["iptables", "", ":KUBE-MARK - [0:0]"], undefined, "iptables filter: KUBE-MARK: was not there, is -"],
  ];
  test.each(cases)("%j", (now, before, line) => {
    expect(told([...host, ...(before ? [before] : [])], [...host, now])).toEqual([line]);
    expect(told([...host, now], [...host, ...(before ? [before] : [])])).toHaveLength(1);
  });
  test("of any thing that does not drift", () => {
    fc.assert(
      fc.property(fc.constantFrom(...steady), anyName, anyValue, anyValue, (section, name, was, is) => {
        const [before, now]: Row[] = [
          [section, was, name],
          [section, is, name],
        ];
        if (!before || !now) return;
        expect(told([], [now])).toEqual([`${section} ${name}: was not there, is ${is}`]);
        expect(told([before], [])).toEqual([`${section} ${name}: is gone, was ${was}`]);
        expect(told([before], [now])).toEqual(was === is ? [] : [`${section} ${name}: was ${was}, is ${is}`]);
      }),
    );
  });
});

test("each name that only one of two states has is told once", () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyName), fc.uniqueArray(anyName), (before, now) => {
      const names = differences(stateOf(...places(before)), stateOf(...places(now))).map(({ name }) => name);
      const either = [
        ...before.filter((name) => !now.includes(name)),
        ...now.filter((name) => !before.includes(name)),
      ];
      expect(names.toSorted()).toEqual(either.toSorted());
    }),
  );
});

test("what changes by itself is left out, and so is an empty table and what a counter says", () => {
  const drifting: readonly Row[] = [
    ["boot", "", "another"],
    ["file", "f 0600 root:root", "/root/.bash_history"],
    ["hash", "1", "/etc/resolv.conf"],
    ["content", "1 1", "/var/lib/logrotate/status"],
    ["mount", "tmpfs", "/run/user/0"],
    ["unit", "transient", "session-1.scope"],
    ["sysctl", "7", "fs.file-nr"],
    ["sysctl", "7", "net.netfilter.nf_conntrack_count"],
    ["iptables", "", "*mangle"],
    ["iptables", "", ":INPUT ACCEPT [1:2]"],
  ];
  expect(told(host, [...host, ...drifting])).toEqual([]);
  expect(told([...host, ...drifting], host)).toEqual([]);
});

const mode = (name: string): Row[] => [["selinux", "", name]];

test("SELinux's mode is one thing, and what only a boot puts right is said", () => {
  expect(told(mode("Enforcing"), mode("Permissive"))).toEqual(["selinux mode: was Enforcing, is Permissive"]);
  expect(told(mode("Enforcing"), mode("Disabled"))).toEqual([
    "selinux mode: was Enforcing, is Disabled; boot the host, which puts it in force again, then run this once more",
  ]);
  expect(told(mode("Disabled"), mode("Disabled"))).toEqual([]);
  expect(told([], mode("Permissive"))).toEqual(["selinux mode: was not there, is Permissive"]);
});
