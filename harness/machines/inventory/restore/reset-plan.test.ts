import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { profile as guide } from "../../../profile/testing.ts";
import { guideUnits, ownPlaces, sharedPlaces } from "./paths.ts";
import { describePlan, planReset, type ResetContext, withoutAdded } from "./reset-plan.ts";
import { places, type Row, stateOf } from "../testing.ts";

const context: ResetContext = {
  machines: [
    { name: "a", role: "master", address: "10.0.0.5" },
    { name: "b", role: "node", address: "10.0.0.6" },
    { name: "c", role: "node", address: "10.0.0.60" },
  ],
  guide,
  rootKeys: ["ssh-ed25519 AAAAmaster root@a\n", "ssh-ed25519 AAAAnode root@b\n"],
  profile: "",
};

/** What the guide leaves on a node that had Docker. */
const guided: readonly Row[] = [
  ["place", "directory", "/k8s"],
  ["place", "regular file", "/usr/lib/systemd/system/kubelet.service"],
  ["place", "regular file", "/root/kubernetes-node-linux-amd64.tar.gz"],
  ["place", "directory", "/etc/docker"],
  ["place", "regular file", "/etc/docker/key.json"],
  ["place", "directory", "/var/lib/docker"],
  ["place", "regular file", "/usr/local/bin/wget"],
  ["place", "regular file", "/var/cache/guide-artifacts/etcd.tar.gz"],
  ["unit", "enabled", "kubelet.service"],
  ["unit", "enabled", "docker.service"],
  ["unit", "disabled", "firewalld.service"],
  ["active", "active", "docker.service"],
  ["active", "inactive", "firewalld.service"],
  ["container", "", "0123456789abcdef"],
  ["image", "", "fedcba9876543210"],
  ["volume", "", "new"],
  ["network", "bridge", "bridge"],
  ["network", "bridge", "guide"],
  ["link", "", "eth0"],
  ["link", "", "flannel.1"],
  ["link", "", "tun7"],
  ["package", "1.20", "wget.x86_64"],
  ["package", "2.0", "htop.x86_64"],
  ["sysctl", "1", "vm.overcommit_memory"],
  ["sysctl", "1", "net.ipv4.ip_forward"],
  ["sysctl", "9", "net.netfilter.nf_conntrack_count"],
  ["sysctl", "9", "fs.file-max"],
  ["iptables", "", "*filter"],
  ["iptables", "", ":INPUT ACCEPT [0:0]"],
  ["iptables", "", ":KUBE-FIREWALL - [0:0]"],
  ["iptables", "", "-A INPUT -j KUBE-FIREWALL"],
  ["iptables", "", "-A INPUT -p tcp --dport 22 -j ACCEPT"],
  ["iptables", "", "-A INPUT -s 10.254.0.0/16 -j ACCEPT"],
  ["iptables", "", "-A INPUT -s 10.254.76.0/24 ! -i docker0 -j ACCEPT"],
];
const had: readonly Row[] = [
  ["place", "directory", "/etc/docker"],
  ["place", "directory", "/var/lib/docker"],
  ["unit", "disabled", "docker.service"],
  ["unit", "enabled", "firewalld.service"],
  ["active", "inactive", "docker.service"],
  ["active", "active", "firewalld.service"],
  ["network", "bridge", "bridge"],
  ["link", "", "eth0"],
  ["sysctl", "0", "vm.overcommit_memory"],
  ["sysctl", "0", "net.ipv4.ip_forward"],
  ["sysctl", "1", "net.netfilter.nf_conntrack_count"],
  ["sysctl", "1", "fs.file-max"],
  ["iptables", "", "*filter"],
  ["iptables", "", ":INPUT DROP [0:0]"],
  ["iptables", "", "-A INPUT -p tcp --dport 22 -j ACCEPT"],
];

describe("with a before", () => {
  const plan = planReset(stateOf(...had), stateOf(...guided), context);
  test("everything that came goes, the innermost first, and what was there stays", () => {
    expect(plan.remove).toEqual([
      "/root/kubernetes-node-linux-amd64.tar.gz",
      "/usr/lib/systemd/system/kubelet.service",
      "/var/cache/guide-artifacts/etcd.tar.gz",
      "/etc/docker/key.json",
      "/usr/local/bin/wget",
      "/k8s",
    ]);
    expect(plan.undecided).toEqual([]);
  });
  test("the guide's units go and the host's own are as they were", () => {
    expect(plan.stop).toEqual([...guideUnits(guide), "guide-mirror.socket"]);
    expect(plan.units).toEqual([
      { name: "docker.service", enabled: false, active: false },
      { name: "firewalld.service", enabled: true, active: true },
    ]);
  });
  test("Docker's things that came go", () => {
    expect(plan).toMatchObject({
      containers: ["0123456789abcdef"],
      images: ["fedcba9876543210"],
      volumes: ["new"],
      networks: ["guide"],
    });
  });
  test("containers that were there are spared by whoever looks for pods, too", () => {
    const own: Row = ["container", "", "aaaa"];
    const { containers, spared } = planReset(stateOf(...had, own), stateOf(...guided, own), context);
    expect({ containers, spared }).toEqual({ containers: ["0123456789abcdef"], spared: ["aaaa"] });
  });
  test("a Docker that did not run keeps its networks: nobody knows which it had", () => {
    const before = stateOf(...had.filter(([section]) => section !== "network"));
    expect(planReset(before, stateOf(...guided), context).networks).toEqual([]);
  });
  test("interfaces and the guide's packages that came go, other packages stay", () => {
    expect(plan.links).toEqual(["flannel.1", "tun7"]);
    expect(plan.packages).toEqual(["wget.x86_64"]);
  });
  test("kernel settings are put back, forwarding first; counters and other settings are left alone", () => {
    expect(plan.sysctls).toEqual([
      { name: "net.ipv4.ip_forward", value: "0" },
      { name: "vm.overcommit_memory", value: "0" },
    ]);
  });
  test("packet filters are put back", () => {
    expect(plan.iptables).toBe("*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n");
  });
  test.each([
    ["Enforcing", "Permissive", true],
    ["Enforcing", "Enforcing", false],
    ["Enforcing", "Disabled", false],
    ["Permissive", "Permissive", false],
    ["Disabled", "Disabled", false],
  ])("SELinux, which was %s and is %s, is put in force if it was and can be", (was, is, enforce) => {
    const before = stateOf(...had, ["selinux", "", was]);
    const now = stateOf(...guided, ["selinux", "", is]);
    const own = planReset(before, now, context);
    expect(own.enforce).toBe(enforce);
    expect(describePlan(own, now).includes("put SELinux in force")).toBe(enforce);
    expect(planReset(undefined, now, context).enforce).toBe(false);
  });
  test("what was there before is never removed", () => {
    const all = [...ownPlaces(guide), ...sharedPlaces].map((place) => place.replaceAll("*", "x"));
    fc.assert(
      fc.property(fc.subarray(all), fc.subarray(all), (before, now) => {
        const { remove } = planReset(stateOf(...places(before)), stateOf(...places(now)), context);
        expect(remove.toSorted()).toEqual(now.filter((place) => !before.includes(place)).toSorted());
      }),
    );
  });
  test("a host that is as it was has nothing done to it but what holds anyway", () => {
    const state = stateOf(...had);
    expect(describePlan(planReset(state, state, context), state)).toEqual([
      "leave docker.service disabled and stopped",
      "leave firewalld.service enabled and running",
    ]);
  });
});

describe("without a before", () => {
  const plan = planReset(undefined, stateOf(...guided), context);
  test("what is the guide's for sure goes, and nothing else", () => {
    expect(plan).toMatchObject({
      stop: guideUnits(guide),
      units: [],
      containers: [],
      images: [],
      volumes: [],
      networks: [],
      links: ["flannel.1"],
      remove: ["/root/kubernetes-node-linux-amd64.tar.gz", "/usr/lib/systemd/system/kubelet.service", "/k8s"],
      packages: [],
      sysctls: [],
      iptables: "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n",
      ip6tables: undefined,
    });
  });
  test("shared places are undecided, and that Docker stays stopped is said", () => {
    expect(plan.undecided).toEqual([
      "/etc/docker: may be the host's own",
      "/etc/docker/key.json: may be the host's own",
      "/var/lib/docker: may be the host's own",
      "/usr/local/bin/wget: may be the host's own",
      "/var/cache/guide-artifacts/etcd.tar.gz: may be the host's own",
      "docker.service stopped: its unit file may be the guide's",
    ]);
    expect(planReset(undefined, stateOf(), context).undecided).toEqual([]);
  });
  test("the containers of pods go, and are named, if Docker runs", () => {
    const pod: Row = ["pods", "", "0123456789abcdef k8s_POD_web-0_default_1a2b-3c_0"];
    const now = stateOf(...guided, pod);
    const { containers, spared } = planReset(undefined, now, context);
    expect({ containers, spared }).toEqual({ containers: ["0123456789abcdef"], spared: [] });
    expect(describePlan(planReset(undefined, now, context), now)).toContain(
      "remove container 0123456789ab (k8s_POD_web-0_default_1a2b-3c_0)",
    );
    const stopped = stateOf(...guided.filter(([, , name]) => name !== "docker.service"), pod);
    expect(planReset(undefined, stopped, context).containers).toEqual([]);
  });
  test("no shared place is ever removed", () => {
    const rows = [...ownPlaces(guide), ...sharedPlaces].map((name): Row => [
      "place",
      "directory",
      name.replaceAll("*", "x"),
    ]);
    const { remove } = planReset(undefined, stateOf(...rows), context);
    expect(remove.toSorted()).toEqual(
      ownPlaces(guide)
        .map((place) => place.replaceAll("*", "x"))
        .toSorted(),
    );
  });
});

test.each([
  "/root/etcd-v1 * -linux-amd64",
  "/root/kubernetes-$(reboot)-linux-amd64.tar.gz",
  "/root/cfssl_linux-amd64?",
])("a path that a shell would take for something else is not removed: %s", (path) => {
  const now = stateOf(["place", "regular file", path], ["place", "directory", "/k8s"]);
  expect(planReset(stateOf(), now, context).remove).toEqual(["/k8s"]);
  expect(planReset(undefined, now, context).remove).toEqual(["/k8s"]);
});

const files = (before: readonly Row[] | undefined, now: readonly Row[], profile = "") =>
  planReset(before && stateOf(...before), stateOf(...now), { ...context, profile }).rewrite;

describe("files that lose lines", () => {
  const key = "ssh-ed25519 AAAAmaster root@a";
  test("the profile loses the guide's line, whoever asks", () => {
    const [profileLine] = guide.footprint.profileLines;
    const profile = `umask 022\n${profileLine}\n${profileLine}\nexport A=1\n`;
    const expected = [{ path: "/etc/profile", content: "umask 022\nexport A=1\n" }];
    expect(files(undefined, [], profile)).toEqual(expected);
    expect(files([], [], profile)).toEqual(expected);
    expect(files([], [], "umask 022\n")).toEqual([]);
  });
  test("the machines' keys go, unless the host trusted it before", () => {
    const now: Row[] = [
      ["authorized_keys", "", "ssh-rsa AAAAowner"],
      ["authorized_keys", "", key],
      ["authorized_keys", "", "ssh-ed25519 AAAAnode root@b"],
    ];
    const expected = [{ path: "/root/.ssh/authorized_keys", content: "ssh-rsa AAAAowner\n" }];
    expect(files([], now)).toEqual(expected);
    expect(files(undefined, now)).toEqual(expected);
    expect(files(now, now)).toEqual([]);
    expect(files([["authorized_keys", "", key]], [...now, ["authorized_keys", "", key]])).toEqual([
      { path: "/root/.ssh/authorized_keys", content: `ssh-rsa AAAAowner\n${key}\n` },
    ]);
  });
  test("keys of the machines are forgotten; those of other hosts and those from before are not", () => {
    const now: Row[] = [
      "10.0.0.6,b ssh-ed25519 A",
      "10.0.0.60 ssh-rsa B",
      "10.0.0.66 ssh-rsa C",
      "|1|salt|hash D",
    ].map((line) => ["known_hosts", "", line]);
    const path = "/root/.ssh/known_hosts";
    expect(files([], now)).toEqual([{ path, content: "10.0.0.66 ssh-rsa C\n" }]);
    expect(files(undefined, now)).toEqual([{ path, content: "10.0.0.66 ssh-rsa C\n|1|salt|hash D\n" }]);
    expect(files(now, now)).toEqual([]);
  });
});

test("lines that were there before stay, as often as they were there and where they were first", () => {
  expect(withoutAdded(["a", "x", "b", "x", "x", "c"], ["x"], ["x"])).toEqual(["a", "x", "b", "c"]);
  const few = fc.array(fc.constantFrom("a", "b", "c", "d"));
  fc.assert(
    fc.property(few, few, few, (before, added, unwanted) => {
      expect(withoutAdded([...before, ...added], unwanted, before)).toEqual([
        ...before,
        ...added.filter((line) => !unwanted.includes(line)),
      ]);
    }),
  );
});

test("a plan tells a person each deed on a line", () => {
  const now = stateOf(...guided, ["authorized_keys", "", "ssh-ed25519 AAAAmaster root@a"]);
  expect(describePlan(planReset(stateOf(...had), now, context), now)).toEqual([
    "stop and disable kubelet.service",
    "remove container 0123456789ab",
    "remove image fedcba987654",
    "remove volume new",
    "remove Docker's network guide",
    "delete interface flannel.1",
    "delete interface tun7",
    "remove /root/kubernetes-node-linux-amd64.tar.gz",
    "remove /usr/lib/systemd/system/kubelet.service",
    "remove /var/cache/guide-artifacts/etcd.tar.gz",
    "remove /etc/docker/key.json",
    "remove /usr/local/bin/wget",
    "remove /k8s",
    "remove the guide's lines from /root/.ssh/authorized_keys",
    "remove package wget.x86_64",
    "set net.ipv4.ip_forward to 0",
    "set vm.overcommit_memory to 0",
    "leave docker.service disabled and stopped",
    "leave firewalld.service enabled and running",
  ]);
});
