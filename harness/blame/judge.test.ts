import { expect, test } from "vitest";
import { type EnvironmentEvidence, type Failed, judge as judged, type MachineEvidence } from "./judge.ts";

const gib = 2 ** 30;

type Evidence = Failed & EnvironmentEvidence;
const judge = (evidence: Evidence): string[] => judged(evidence, evidence);

/** A failure in the middle of which nothing was wrong but, perhaps, the guide. */
const fine: Evidence = {
  late: false,
  text: "1.1/a@t71: ended with exit code 1",
  host: {
    load: { cores: 2, load: 3, runnable: 2, stalled: {} },
    disks: [{ path: "/var/lib/guide", available: 9 * gib }],
  },
  machines: [],
};
const t72 = (changes: Partial<MachineEvidence>): Evidence => ({
  ...fine,
  machines: [
    {
      machine: "t72",
      load: { cores: 2, load: 3, runnable: 2, stalled: {} },
      disks: [{ path: "/", available: 9 * gib }],
      rebooted: false,
      oomKills: 0,
      linkChanges: 0,
      unreached: [],
      ...changes,
    },
  ],
});
const crowded = { cores: 2, load: 31, runnable: 28, stalled: {} };

test("where all is fine the guide is to blame, be it late or not", () => {
  expect([judge(fine), judge({ ...t72({}), late: true })]).toEqual([[], []]);
});

test.for<[string, Evidence, string]>([
  ["a machine that is gone", t72({ silent: "connection lost" }), "t72 does not answer: connection lost"],
  ["a machine that was booted", t72({ rebooted: true }), "t72 rebooted meanwhile"],
  [
    "a command that was killed for memory",
    { ...t72({ oomKills: 2 }), text: "1.1/a@t72: ended with exit code 137\nKilled" },
    "the kernel of t72 killed 2 processes because memory ran out",
  ],
  [
    "a unit that was killed for memory",
    {
      ...t72({ oomKills: 1, killed: ["etcd"] }),
      text: "2.4.4/start-etcd@t72: etcd did not stay up: failed, result exit-code, exit code 1, 5 restarts",
    },
    "the kernel of t72 killed 1 processes because memory ran out, in etcd",
  ],
  [
    "a program that nobody answers since",
    { ...t72({ oomKills: 1, killed: ["kube-apiserver"] }), text: "The connection to the server was refused" },
    "the kernel of t72 killed 1 processes because memory ran out, in kube-apiserver",
  ],
  [
    "a wait while a unit was killed for memory",
    { ...t72({ oomKills: 1, killed: ["kubelet"] }), late: true },
    "the kernel of t72 killed 1 processes because memory ran out, in kubelet",
  ],
  [
    "a unit that was killed beside one with a limit of its own",
    {
      ...t72({ oomKills: 2, killed: ["etcd", "kubelet"], limited: ["etcd"] }),
      text: "3.2.9/start-kubelet@t72: kubelet did not stay up: failed, result oom-kill, exit code 9",
    },
    "the kernel of t72 killed 2 processes because memory ran out, in kubelet",
  ],
  [
    "a command that was killed, whatever unit has a limit of its own",
    {
      ...t72({ oomKills: 2, killed: ["etcd"], limited: ["etcd"] }),
      text: "1.1/a@t72: ended with exit code 137\nKilled",
    },
    "the kernel of t72 killed 2 processes because memory ran out",
  ],
  ["a full disk of a machine", t72({ disks: [{ path: "/", available: 4096 }] }), "/ of t72 has 0 MiB left"],
  [
    "a full disk of the host",
    { ...fine, host: { ...fine.host, disks: [{ path: "/tmp", available: 0 }] } },
    "/tmp of this host has 0 MiB left",
  ],
  ["a link that was cut", t72({ linkChanges: 2 }), "the network link of t72 went down or up 2 times"],
  ["a machine out of reach", t72({ unreached: ["t71", "t76"] }), "t72 does not reach t71, t76"],
  [
    "a wait on a starved host",
    { ...fine, late: true, host: { ...fine.host, load: crowded } },
    "this host was starved: load 31, 28 processes ready to run, 2 cores",
  ],
  [
    "a program's own limit on a starved host",
    { ...fine, text: "dial tcp: i/o timeout", host: { ...fine.host, load: crowded } },
    "this host was starved: load 31, 28 processes ready to run, 2 cores",
  ],
  [
    "a lease that was not renewed in time on a starved host",
    {
      ...fine,
      text: "kube-controller-manager did not stay up: F1128 23:50:36 1443 controllermanager.go:260] leaderelection lost",
      host: { ...fine.host, load: crowded },
    },
    "this host was starved: load 31, 28 processes ready to run, 2 cores",
  ],
  [
    "a wait on a starved machine",
    { ...t72({ load: { cores: 1, load: 11, runnable: 9, stalled: {} } }), late: true },
    "t72 was starved: load 11, 9 processes ready to run, 1 core",
  ],
])("%s is infrastructure, with figures", ([, evidence, reason]) => {
  expect(judge(evidence)).toEqual([reason]);
});

test("machines whose own work is counted are not starved by the load of a kernel that others use, too", () => {
  const shared = t72({ load: crowded });
  const late = { ...shared, late: true, host: { ...fine.host, load: { ...crowded, own: 32 } } };
  expect(judge(late)).toEqual([]);
  expect(
    judge({ ...late, machines: late.machines.map((machine) => ({ ...machine, isRemote: true as const })) }),
  ).toEqual(["t72 was starved: load 31, 28 processes ready to run, 2 cores"]);
  expect(judge({ ...late, host: { ...fine.host, load: { ...crowded, own: 64 } } })).toEqual([
    "this host was starved: load 31, 28 processes ready to run, 2 cores, the run's own work waited for a processor 64 % of 60 s",
  ]);
});

test.each([
  "Job for etcd.service failed because a timeout was exceeded. See systemctl status etcd.service",
  "Error: client: etcd cluster is unavailable or misconfigured; error #0: client: endpoint http://127.0.0.1:2379 exceeded header timeout",
  "Get https://192.168.4.71:6443/healthz: net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
  "Error from server (Timeout): the server was unable to return a response in the time allotted, but may still be processing the request",
  "curl: (28) Connection timeout after 5001 ms",
  "curl: (28) Operation too slow. Less than 1000 bytes/sec transferred the last 30 seconds",
])("%s: late on a starved host", (text) => {
  const load = { cores: 2, load: 50, runnable: 48, stalled: { cpu: 99 } };
  expect(judge({ ...fine, text, host: { ...fine.host, load } })).toEqual([
    expect.stringContaining("was starved"),
  ]);
});

test.each(["--request-timeout='0': The length of time to wait", "Error: unknown flag: --timeout=5s"])(
  "%s: not late, whatever the host",
  (text) => {
    expect(judge({ ...fine, text, host: { ...fine.host, load: crowded } })).toEqual([]);
  },
);

const slow = { ...fine.host, load: { cores: 2, load: 18.5, runnable: 9, stalled: { cpu: 73 }, seconds: 60 } };

test.each([
  "kube-scheduler did not stay up: lost lease",
  "kube-scheduler did not stay up: E1128 23:50:36.966622 1443 server.go:252] lost master",
  "kube-controller-manager did not stay up: F1128 23:50:36 1443 controllermanager.go:260] leaderelection lost",
  "kube-controller-manager did not stay up: failed to renew lease kube-system/kube-controller-manager: timed out",
  "Unable to connect to the server: net/http: TLS handshake timeout",
  "etcdserver: read-only range request took too long (4.2s) to execute",
])("%s: a limit of seconds on a slow host", (text) => {
  expect(judge({ ...fine, text, host: slow })).toEqual([expect.stringContaining("this host was slow")]);
});

test.for<[string, Partial<Evidence>]>([
  ["a wait", { late: true }],
  ["a range that took a moment", { text: "read-only range request took too long (120.5ms) to execute" }],
  [
    "a lease of an API server that is dead",
    { text: "failed to renew lease: leaderelection lost", journal: "dial tcp: connect: connection refused" },
  ],
  [
    "a lease after etcd was killed",
    { text: "leaderelection lost", machines: [{ machine: "t71", killed: ["etcd"] }] },
  ],
])("a slow host does not excuse %s", ([, changes]) => {
  expect(judge({ ...fine, host: slow, ...changes })).toEqual([]);
});

test("a slow host excuses what was late for seconds among minutes, whatever was killed meanwhile; unless a unit refuses to run", () => {
  const machines = [{ machine: "t72", killed: ["docker"] }];
  const brief = { ...fine, machines, host: slow, late: true, brief: true };
  expect(judge(brief)).toEqual([expect.stringContaining("this host was slow")]);
  expect(judge({ ...brief, refused: true })).toEqual([]);
  expect(judge({ ...brief, host: fine.host })).toEqual([]);
});

/** A kubelet with the limits that Kubernetes gives it, and room. */
const room: NonNullable<MachineEvidence["kubelet"]> = { memory: 2 * gib, disks: [], reclaimed: [] };
const underPressure = "node 192.168.4.72 has DiskPressure True, not False";

test.for<[string, NonNullable<MachineEvidence["kubelet"]>, string, string]>([
  [
    "a disk that is nearly full",
    { ...room, disks: [{ of: "imagefs", path: "/", percent: 14.2 }] },
    underPressure,
    "t72 has 14.2 % of / left, so its kubelet evicts pods",
  ],
  [
    "pods that find no node",
    { ...room, disks: [{ of: "inodes", path: "/var", percent: 4 }] },
    "all pods run: no change for 12 s; 0/2 nodes are available: 2 node(s) had taints that the pod didn't tolerate.",
    "t72 has 4 % of /var's inodes left, so its kubelet evicts pods",
  ],
  [
    "memory that is nearly gone",
    { ...room, memory: 50 * 2 ** 20 },
    "node 192.168.4.72 has MemoryPressure True, not False",
    "t72 has 50 MiB of memory left, so its kubelet evicts pods",
  ],
  [
    "what the kubelet has said, though there is room again by now",
    { ...room, reclaimed: ["memory"] },
    "backends that t72 reaches: a, b, not a, b, c",
    "the kubelet of t72 ran short of memory",
  ],
])("a node whose machine has no room for pods is infrastructure: %s", ([, kubelet, text, reason]) => {
  expect(judge({ ...t72({ kubelet }), text })).toEqual([reason]);
});

test.for<[string, Partial<MachineEvidence>, string]>([
  ["with limits of its own", {}, underPressure],
  ["with room", { kubelet: room }, underPressure],
  [
    "just above its limits",
    { kubelet: { ...room, disks: [{ of: "nodefs", path: "/", percent: 10 }] } },
    underPressure,
  ],
  [
    "of a machine that is nearly full, where a failure has nothing to do with it",
    { kubelet: { ...room, disks: [{ of: "imagefs", path: "/", percent: 12 }] } },
    "2.4.4/start-etcd@t71: ended with exit code 1",
  ],
])("a kubelet %s excuses nothing", ([, evidence, text]) => {
  expect(judge({ ...t72(evidence), text })).toEqual([]);
});

test("what says that a disk was full is believed, and names no disk that is not", () => {
  expect(judge({ ...t72({}), text: "tar: write error: No space left on device" })).toEqual([
    "a file system was full, as the failed program reports",
  ]);
});

test("options with a word of time in them do not tell that something was late", () => {
  const host = { ...fine.host, load: crowded };
  expect(judge({ ...fine, host, journal: "--runtime-request-timeout  dial timed out" })).toEqual([]);
});

test.for<[string, Partial<Evidence>]>([
  ["a wait", { late: true }],
  ["words of time", { text: "curl: (28) Connection timed out after 2001 milliseconds" }],
  ["a limit of seconds", { text: "Unable to connect to the server: net/http: TLS handshake timeout" }],
])("where a unit refuses to run a starved host does not excuse %s", ([, changes]) => {
  const host = { ...fine.host, load: { ...crowded, stalled: { cpu: 99 } } };
  expect(judge({ ...fine, host, ...changes })).toEqual([expect.stringContaining("was starved")]);
  expect(judge({ ...fine, host, ...changes, refused: true })).toEqual([]);
  const machines = [{ machine: "t72", rebooted: true }];
  expect(judge({ ...fine, host, machines, ...changes, refused: true })).toEqual(["t72 rebooted meanwhile"]);
});

test("a starved host does not excuse what was wrong at once", () => {
  expect(judge({ ...fine, host: { ...fine.host, load: crowded } })).toEqual([]);
});

test.for<[string, Evidence]>([
  ["another process", t72({ oomKills: 2 })],
  ["another process, while something was waited for,", { ...t72({ oomKills: 2 }), late: true }],
  [
    "another unit",
    { ...t72({ oomKills: 2, killed: ["etcd"] }), text: "1.1/a@t71: mkdri: command not found" },
  ],
  [
    "a unit with a limit of its own",
    {
      ...t72({ oomKills: 4, killed: ["etcd"], limited: ["etcd"] }),
      text: "2.4.4/start-etcd@t72: etcd did not stay up: failed, result oom-kill, exit code 9, 5 restarts",
    },
  ],
  [
    "a unit with a limit of its own, while something waited for it,",
    { ...t72({ oomKills: 1, killed: ["etcd"], limited: ["etcd"] }), late: true, text: "connection refused" },
  ],
  [
    "a unit that somebody killed, and the kernel did not,",
    { ...t72({ killed: ["etcd"] }), text: "etcd: refused" },
  ],
])("%s that was killed for memory excuses nothing", ([, evidence]) => {
  expect(judge(evidence)).toEqual([]);
});

test.each([
  "bash: line 2: /k8s/kubernetes/bin/kubectl: No such file or directory",
  "bash: kubectl: command not found",
  "-bash: line 1: /root/cfssl: Permission denied",
  "bash: -c: line 3: syntax error near unexpected token `('",
  "error: unknown flag: --address",
  "tar: unrecognized option '--zst'",
])("no lack of time makes %j", (said) => {
  const text = `asked 303 times in 60.2 s\n${said}`;
  expect(judge({ ...t72({ load: crowded }), late: true, text })).toEqual([]);
  expect(judge({ ...t72({ silent: "connection lost" }), late: true, text })).not.toEqual([]);
});

test("a file that was waited for may come too late; one that was not was never there", () => {
  const text = "cat: /k8s/kubelet-client-current.pem: No such file or directory";
  expect(judge({ ...t72({ load: crowded }), late: true, text })).not.toEqual([]);
  expect(judge({ ...t72({ load: crowded }), text: `${text}\netcd: request timed out` })).toEqual([]);
});

test("where the port that refuses is open at another address, no lack of time is why", () => {
  const text = `Unhealthy Get "http://127.0.0.1:10252/healthz": dial tcp 127.0.0.1:10252: connect: connection refused`;
  const on = (listens: readonly string[], changes: Partial<Evidence> = {}): string[] => {
    const machines = [{ machine: "t71", address: "192.168.4.71", listens }, { machine: "t72" }];
    return judge({
      ...fine,
      late: true,
      machine: "t71",
      text,
      machines,
      host: { ...fine.host, load: crowded },
      ...changes,
    });
  };
  expect(on(["192.168.4.71:10252", "*:22"])).toEqual([]);
  for (const listens of [
    ["127.0.0.1:10252"],
    ["[::]:10252"],
    ["*:10252", "192.168.4.71:10252"],
    ["*:22"],
    [],
  ])
    expect(on(listens)).toHaveLength(1);
  expect(on(["192.168.4.71:10252"], { machine: "t72" })).toHaveLength(1);
  const far = { machine: "t72", text: "connect to 192.168.4.71 port 2379: Connection refused" };
  expect(on(["127.0.0.1:2379"], far)).toEqual([]);
  expect(on(["192.168.4.71:2379"], far)).toHaveLength(1);
});
