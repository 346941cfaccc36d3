import { expect, test } from "vitest";
import { findMessage, symptomSchema } from "../../../guide/edit/symptom.ts";
import { defaultSettings, planOf } from "../../../settings/settings.ts";
import { faultsIn } from "../../../machines/centos7/lint.ts";
import { lastingWords } from "./unit-report.ts";
import { erratumOf } from "./new.ts";
import { guessSymptom } from "./report.ts";

const plan = await planOf({ ...defaultSettings, errata: ["etcd-enable-typo"] });

/** The journal of the kubelet's present process, and of that the lines with some words. */
const journalWith = (words: string): string =>
  `journalctl --boot --unit kubelet _PID="$(systemctl show --property ExecMainPID kubelet | cut -d= -f2)" --output cat | grep -F -- '${words}' | tail -n 1`;
const kubelet = (prints: string, words = prints): object => ({
  probe: { on: "t72", run: journalWith(words), prints, within: "40s" },
  from: "3.2.9/start-kubelet",
});
const status = `● kubelet.service - Kubernetes Kubelet
   Loaded: loaded (/usr/lib/systemd/system/kubelet.service; enabled; vendor preset: disabled)
   Active: failed (Result: exit-code) since Thu 2019-04-11 10:15:02 CST; 3min 2s ago
  Process: 4711 ExecStart=/k8s/kubernetes/bin/kubelet $KUBELET_OPTS (code=exited, status=255)
 Main PID: 4711 (code=exited, status=255)
`;

/** What readers paste, each as its place of reports has it. */
test.each([
  [
    "a terminal",
    "[root@t71 bin]# systemctl daemon-reload\n[root@t71 bin]# systemctl enabel etcd\nUnknown operation 'enabel'.\n",
    { step: "2.4.4/start-etcd", machine: "t71", message: "/Unknown (command verb|operation) .?enabel/" },
  ],
  [
    "a terminal of another system, with colours",
    "root@t71:~# systemctl enabel etcd\n\u001B[31mUnknown operation enabel.\u001B[0m\nroot@t71:~# date\nMon Apr  1 10:15:00 CST 2019\n",
    { step: "2.4.4/start-etcd", machine: "t71", message: "/Unknown (command verb|operation) .?enabel/" },
  ],
  [
    "what a run printed",
    "guide: 2.4.5/check-etcd@t71: ended with exit code 1\n    output\n    etcdctl: command not found\n",
    { step: "2.4.5/check-etcd", machine: "t71", message: "etcdctl: command not found" },
  ],
  [
    "what a run printed of two machines",
    "✗ The guide failed: 4.2.5/start-network@t72: ended with exit code 1\n    output\n    open /x: no such file\n✗ The guide failed: 4.2.5/start-network@t76: ended with exit code 1, as on t72\n",
    { step: "4.2.5/start-network", message: "open /x: no such file" },
  ],
  [
    "a unit's status",
    `${status}\nApr 11 10:15:02 t72 kubelet[4711]: F0411 10:15:02.123456    4711 server.go:193] failed to load Kubelet config file /k8s/kubernetes/cfg/kubelet.config, error yaml: line 3\nApr 11 10:15:02 t72 systemd[1]: kubelet.service: main process exited, code=exited, status=255/n/a\nApr 11 10:15:02 t72 systemd[1]: Unit kubelet.service entered failed state.\n`,
    kubelet("failed to load Kubelet config file /k8s/kubernetes/cfg/kubelet.config, error yaml: line 3"),
  ],
  [
    "a unit's status with lines that were cut, on a host of another name",
    `${status}\nApr 11 10:15:02 k8s-node1 kubelet[4711]: F0411 10:15:02.123456    4711 server.go:193] failed to load Kubelet config file /k8s/kub...\nHint: Some lines were ellipsized, use -l to show in full.\n`,
    kubelet(
      "/failed to load Kubelet config file \\/k8s\\/kub/",
      "failed to load Kubelet config file /k8s/kub",
    ),
  ],
  [
    "a journal",
    `Apr 11 10:15:01 t76 kubelet[812]: I0411 10:15:01.1 812 server.go:407] Version: v1.14.0\nApr 11 10:15:03 t76 kubelet[812]: E0411 10:15:03.2     812 reflector.go:126] k8s.io/kubernetes/pkg/kubelet/kubelet.go:444: Failed to list *v1.Service: Unauthorized\n`,
    {
      ...kubelet("k8s.io/kubernetes/pkg/kubelet/kubelet.go:444: Failed to list *v1.Service: Unauthorized"),
      probe: expect.objectContaining({ on: "t76" }),
    },
  ],
  [
    "a journal of a unit that systemctl waits for",
    "Apr 11 10:15:01 t71 bash[399]: open /k8s/etcd/ssl/server.pem: no such file or directory\nApr 11 10:15:01 t71 systemd[1]: etcd.service: main process exited, code=exited, status=1/FAILURE\n",
    {
      step: "2.4.4/start-etcd",
      machine: "t71",
      message: "open /k8s/etcd/ssl/server.pem: no such file or directory",
    },
  ],
  [
    "what systemd says of a program that is not there",
    "Apr 11 10:15:02 t72 systemd[4711]: kubelet.service: Failed at step EXEC spawning /k8s/kubernetes/bin/kubelet: No such file or directory\n",
    {
      probe: {
        on: "t72",
        run: "systemctl is-active --quiet kubelet || journalctl --boot --unit kubelet --output cat | grep -F -- 'kubelet.service: Failed at step EXEC spawning /k8s/kubernetes/bin/kubelet: No such file or directory' | tail -n 1",
        prints: expect.stringContaining("Failed at step EXEC"),
        within: "40s",
      },
      from: "3.2.9/start-kubelet",
    },
  ],
  [
    "a journal in another language, quoted in a post",
    "> 4月 11 10:15:03 t76 kubelet[812]: F0411 10:15:03.2     812 server.go:193] unknown command: –v=4\n",
    { ...kubelet("unknown command: –v=4"), probe: expect.objectContaining({ on: "t76" }) },
  ],
  [
    "a journal with dates of ISO 8601",
    "2019-04-11T10:15:03+0800 t76 kubelet[812]: F0411 10:15:03.2     812 server.go:193] unknown command: –v=4\n",
    { ...kubelet("unknown command: –v=4"), probe: expect.objectContaining({ on: "t76" }) },
  ],
  [
    "what systemctl says of a start, without its command",
    "Hi, I got this:\nFailed to start kubelet.service: Unit not found.\n",
    {
      step: "3.2.9/start-kubelet",
      machine: "t72",
      message: "Failed to start kubelet.service: Unit not found.",
    },
  ],
  [
    "kubectl's answer",
    "[root@t71 ~]# kubectl get nodes\nNo resources found.\n",
    { step: "4.2.6/show-nodes", machine: "t71", message: "No resources found." },
  ],
  [
    "a table without its command",
    "NAME           STATUS     ROLES    AGE     VERSION\n192.168.4.72   NotReady   <none>   3m12s   v1.14.0\n",
    { step: "4.2.6/show-nodes", message: "/192\\.168\\.4\\.72   NotReady   <none>   \\S+   v1\\.14\\.0/" },
  ],
  [
    "an answer to what the guide does not type",
    "[root@t71 ~]# kubectl get pods -n kube-system\nNo resources found.\n",
    {
      probe: {
        on: "t71",
        run: "kubectl get pods -n kube-system",
        prints: "No resources found.",
        within: "40s",
      },
    },
  ],
  ["nothing of the guide", "it does not work\n", undefined],
])("%s becomes a symptom", (_, output, symptom) => {
  const guess = guessSymptom(output, plan);
  expect(guess?.symptom).toEqual(symptom);
  expect(symptomSchema.optional().safeParse(guess?.symptom).success).toBe(true);
});

test("an erratum is of the section of what differs, and restarts the unit whose journal it is", () => {
  const guess = guessSymptom(
    "Apr 11 10:15:02 t72 kubelet[4711]: F0411 10:15:02.1 4711 server.go:193] failed\n",
    plan,
  );
  const change = { step: "3.2.5/kubelet-configuration", find: "cgroupfs", replace: "systemd" };
  expect(guess && erratumOf("a-reader", [change], guess)).toMatchObject({
    section: "3.2.5",
    remedy: [{ on: "t72", run: expect.stringContaining("systemctl restart kubelet") }],
  });
});

test("each machine that failed in the output is put right", () => {
  const guess = guessSymptom(
    "✗ 3.2.9/start-kubelet@t72: kubelet did not stay up\nApr 11 10:15:02 t72 kubelet[4711]: F0411 10:15:02.1 4711 server.go:193] failed\n✗ 3.2.9/start-kubelet@t76: kubelet did not stay up, as on t72\n",
    plan,
  );
  expect(guess?.remedy?.map(({ on }) => on)).toEqual(["t72", "t76"]);
});

test("a probe of a journal is text that CentOS 7's shell and programs read", () => {
  const said = `F0411 10:15:02.1 4711 server.go:193] it's not "found": \u2013v=4 $HOME, pid 4711`;
  const guess = guessSymptom(`Apr 11 10:15:02 t72 kubelet[4711]: ${said}\n`, plan);
  const run = guess && "probe" in guess.symptom ? guess.symptom.probe.run : "";
  expect(run).toContain(`grep -F -- 'it'\\''s not "found": \u2013v=4 $HOME, pid ' |`);
  expect(faultsIn(run)).toEqual([]);
});

test.each([
  [
    "F0411 10:15:02.123456    4711 server.go:193] failed, pid 4711, after 3m2s",
    "F1129 07:00:00.1 7 server.go:193] failed, pid 12, after 40s",
  ],
  [
    "2019-04-11 10:15:02.123456 C | etcdmain: bind: cannot assign",
    "2026-11-29 07:00:00.1 C | etcdmain: bind: cannot assign",
  ],
  [
    'time="2019-04-11T10:15:02.1+08:00" level=fatal msg="no sockets"',
    'time="2026-11-29T07:00:00Z" level=fatal msg="no sockets"',
  ],
  [
    "read tcp 192.168.4.72:53422->192.168.4.71:6443: reset",
    "read tcp 192.168.4.72:40100->192.168.4.71:6443: reset",
  ],
  [
    "Couldn't fetch network config: 100: Key not found (/k8s/networks) [18]",
    "Couldn't fetch network config: 100: Key not found (/k8s/networks) [5]",
  ],
  [
    "node-csr-Zk3xPHkVLFhLQ8WHtOEbFd_dYwPrCqB9zqY7oSfbWUQ is denied",
    "node-csr-AAAAPHkVLFhLQ8WHtOEbFd_dYwPrCqB9zqY7oSfbWUQ is denied",
  ],
])("times and numbers of processes are no symptom: %s", (then, now) => {
  expect(findMessage(lastingWords(then), now)).toBeDefined();
});
