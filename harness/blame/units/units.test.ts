import { execa } from "execa";
import { expect, test } from "vitest";
import { guideEvidence } from "../sample.ts";
import { fatalLine, lastStatus } from "./last-words.ts";
import { oddityOf, parseUnits, unitsOn, withoutStacks } from "./units.ts";

const printed = `Id=etcd.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
Result=success
ExecMainStatus=0
NRestarts=1
MainPID=214

Id=firewalld.service
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
Result=success
ExecMainStatus=0
NRestarts=0
MainPID=0

LISTENING
State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
LISTEN 0      128     192.168.4.71:2379       0.0.0.0:*    users:(("etcd",pid=214,fd=6))
LISTEN 0      128     192.168.4.71:2380       0.0.0.0:*    users:(("etcd",pid=214,fd=5))
LISTEN 0      128          0.0.0.0:22         0.0.0.0:*    users:(("sshd",pid=40,fd=3))
`;

const [etcd] = parseUnits("t71", printed);

test("units have their state, restarts and ports; what is not there is left out", () => {
  expect(parseUnits("t71", printed)).toEqual([
    {
      machine: "t71",
      unit: "etcd",
      active: "active",
      sub: "running",
      enabled: "enabled",
      result: "success",
      exitStatus: 0,
      restarts: 1,
      ports: [2379, 2380],
    },
  ]);
});

test("a unit is odd if it is down, would not start at boot, or was restarted more often than in the green run", () => {
  const green = etcd!;
  expect(oddityOf(green, green)).toBeUndefined();
  expect(oddityOf(green, undefined)).toBeUndefined();
  expect(oddityOf({ ...green, active: "failed", result: "exit-code", exitStatus: 2 }, green)).toBe(
    "failed, result exit-code, exit code 2",
  );
  expect(oddityOf({ ...green, enabled: "disabled" }, green)).toContain("disabled");
  expect(oddityOf({ ...green, restarts: 5 }, green)).toBe(
    "restarted 5 times by systemd, 1 in the last green run",
  );
});

test("the guide's units on a machine are those that it writes or starts there", async () => {
  const { effects } = await guideEvidence();
  expect(unitsOn("t71", effects)).toEqual(
    expect.arrayContaining(["etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager"]),
  );
  expect(unitsOn("t72", effects)).toEqual(
    expect.arrayContaining(["docker", "kubelet", "kube-proxy", "flanneld"]),
  );
  expect(unitsOn("t72", effects)).not.toContain("etcd");
});

test("the last line in which a program says why it ends is neither systemd's, nor an option, nor a stack", () => {
  const proxy = `Nov 28 17:17:49.825338 t72 kube-proxy[495]: Error: unknown flag: --no-such-flag
Nov 28 17:17:49.837320 t72 kube-proxy[495]:       --logtostderr     log to standard error instead of files (default true)
Nov 28 17:17:49.841581 t72 systemd[1]: kube-proxy.service: Main process exited, code=exited, status=1/FAILURE
Nov 28 17:17:49.841783 t72 systemd[1]: kube-proxy.service: Failed with result 'exit-code'.`;
  expect([fatalLine(proxy), lastStatus(proxy)]).toEqual(["Error: unknown flag: --no-such-flag", 1]);
  const klog = `Nov 28 17:00:01.1 t72 kubelet[41]: F1128 17:00:01.099 41 server.go:155] open /k8s/x: no such file
Nov 28 17:00:01.1 t72 kubelet[41]: goroutine 1 [running]: error
Nov 28 17:00:01.2 t72 kubelet[41]: E1128 17:00:01.200 41 reflector.go:1] Failed to list`;
  expect(fatalLine(klog)).toBe("F1128 17:00:01.099 41 server.go:155] open /k8s/x: no such file");
  expect([fatalLine("-- No entries --"), lastStatus("")]).toEqual([undefined, undefined]);
});

test("where systemd could not start the program, the reason is systemd's, not what an earlier process said", () => {
  const before = "Nov 28 17:00:01.1 t72 kubelet[41]: E1128 17:00:01.200 41 reflector.go:1] Failed to list\n";
  const ends = "systemd[1]: kubelet.service: Main process exited, code=exited, status=203/EXEC";
  const after = `Nov 28 17:00:02.3 t72 ${ends}
Nov 28 17:00:02.3 t72 systemd[1]: kubelet.service: Failed with result 'exit-code'.
Nov 28 17:00:02.4 t72 systemd[1]: Failed to start kubelet.service - Kubernetes Kubelet.`;
  const child = "kubelet.service: Failed to locate executable /k8s/kubeletd: No such file or directory";
  expect(fatalLine(`${before}Nov 28 17:00:02.2 t72 (kubeletd)[99]: ${child}\n${after}`)).toBe(child);
  const centos = "Failed at step EXEC spawning /k8s/kubeletd: No such file or directory";
  expect(fatalLine(`${before}Nov 28 17:00:02.2 t72 systemd[99]: ${centos}\n${after}`)).toBe(centos);
  expect(fatalLine(before + after)).toBe(ends.slice("systemd[1]: ".length));
  const settings = "kubelet.service: Failed to load environment files: No such file or directory";
  expect(
    fatalLine(`${before}Nov 28 17:00:02.2 t72 systemd[1]: ${settings}
Nov 28 17:00:02.2 t72 systemd[1]: kubelet.service: Failed to run 'start' task: No such file or directory`),
  ).toBe(settings);
});

test("a program's last words are found in front of its stacks, and an information is none of them", async () => {
  const front = "Nov 28 20:03:16.318343 t76 kubelet[718]: ";
  const stack = ["goroutine 9 [select, 2 minutes]:", "net/http.(*Server).Serve(0xc0001, 0x2)", "main.wait()"];
  stack.push("created by main.run", "        /build/server.go:178 +0x5e", "a.b({0x4, 0x2})", "c.d(...)", "");
  const words =
    "F1128 20:03:16.318309     718 server.go:178] listen tcp 192.168.4.72:10255: bind: cannot assign";
  const ended =
    "Nov 28 20:03:16.4 t76 systemd[1]: kubelet.service: Main process exited, code=exited, status=255/EXCEPTION";
  const dump = Array.from({ length: 3000 }, () => stack.map((line) => front + line)).flat();
  const again = `${front}I1128 20:03:29.775003    1068 flags.go:59] FLAG: --fail-swap-on="true"`;
  const journal = [front + words, ...dump, ended, again].join("\n");
  const asked = withoutStacks("journalctl", 1000).replace("journalctl -n", "tail -n");
  const { stdout } = await execa({ shell: "/bin/bash", input: journal })(asked);
  expect(stdout.split("\n")).toEqual([front + words, ended, again]);
  expect(fatalLine(stdout)).toBe(words);
  const warning = "W1128 20:03:29.7 1068 server.go:9] connection refused";
  expect(fatalLine([front + warning, again].join("\n"))).toBe(warning);
  expect(lastStatus(stdout)).toBe(255);
});

test("a unit that a suite has killed was not restarted by its own fault", () => {
  const [one] = parseUnits("t71", `${printed}KILLED\nkills etcd\nkills kubelet\n`);
  expect(one?.restarts).toBe(0);
});
