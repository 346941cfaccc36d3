import { describe, expect, test } from "vitest";
import { findingsIn, foundIn, guide, testEdits } from "../testing.ts";

describe("a defect that explains others is found alone", () => {
  testEdits([
    [
      "a unit that does not get its options",
      "ExecStart=/k8s/kubernetes/bin/kube-proxy $KUBE_PROXY_OPTS",
      "ExecStart=/k8s/kubernetes/bin/kube-proxy ‸\\ \n  $KUBE_PROXY_OPTS",
      "text/line-end",
    ],
    [
      "settings of another name",
      "EnvironmentFile=-/k8s/kubernetes/cfg/kubelet\nExecStart=/k8s/kubernetes/bin/kubelet $",
      "EnvironmentFile=-/k8s/kubernetes/cfg/kubelet.conf\nExecStart=/k8s/kubernetes/bin/kubelet ‸$",
      "units/variable",
    ],
    [
      "settings of many variables",
      "path=/k8s/etcd/cfg/etcd.conf",
      "path=/k8s/etcd/cfg/etcd.cfg",
      "units/variable",
    ],
  ]);
});

const hintsOf = async (find: string, replace: string): Promise<readonly string[]> => {
  expect(guide).toContain(find);
  return (await findingsIn(guide.replace(find, () => replace))).map(({ hint }) => hint);
};

const block = (command: string) => ["```bash run id=a on=t71", command, "```"];

describe("a hint names", () => {
  test("the file that sets a variable, not one with a name like it", async () => {
    const [hint] = await hintsOf(
      "EnvironmentFile=-/k8s/kubernetes/cfg/kubelet\n",
      "EnvironmentFile=-/k8s/kubernetes/cfg/kubelet.conf\n",
    );
    expect(hint).toContain("it is set in /k8s/kubernetes/cfg/kubelet, written by 3.2.6/kubelet-settings");
  });

  test.each([
    ["a certificate", "--client-ca-file=/k8s/kubernetes/ssl/ca.pem", "ca.pem", "cas.pem", "2.5.1/create-ca"],
    [
      "a kubeconfig",
      "--kubeconfig=/k8s/kubernetes/cfg/kube-proxy.kubeconfig",
      "kube-proxy.",
      "kube-prox.",
      "3.2.4/run-script",
    ],
    [
      "a program, where a program is missing",
      "ExecStart=/k8s/kubernetes/bin/kube-proxy",
      "kube-proxy",
      "kube-proxi",
      "3.2.1/unpack-node",
    ],
  ])("%s that is near, and the step that made it", async (_, find, name, slip, step) => {
    const [, path] = /=(\S+)$/.exec(find) ?? [];
    const [hint] = await hintsOf(find, find.replace(name, slip));
    expect(hint).toContain(`nearest file: ${path}, written by ${step}`);
  });

  test("the machine that lacks a copy, and the step that copies to another", async () => {
    const loop = "cd /k8s/etcd/ssl\nfor node in 192.168.4.72 192.168.4.76; do";
    const hints = await hintsOf(loop, loop.replace(" 192.168.4.76", ""));
    expect(hints).toHaveLength(3);
    for (const hint of hints)
      expect(hint).toContain("3.2.2/copy-etcd-certificates puts it on t72, not on t76");
  });

  test("no package that no repository of the guide has", async () => {
    expect(await foundIn(...block("kubectl get nodes"))).toMatchObject([
      { rule: "shell/command", hint: "install it before, or correct its name" },
    ]);
    expect(await foundIn(...block("docker version"))).toMatchObject([
      { rule: "shell/command", message: "the shell does not find docker" },
    ]);
  });

  test.each([
    ["[Service]\nEnvironmentFile=-", "Service"],
    ["[Unit]\nDescription=Kubernetes Scheduler\n", "Unit"],
  ])(
    "the section that has what stands below it, whatever letters are nearest, for one in the place of %j",
    async (text, section) => {
      const place = guide.indexOf(text, guide.indexOf("id=scheduler-unit"));
      const changed = text.replace(/\[\w+\]/, "[Unitt]");
      const [found] = await findingsIn(guide.slice(0, place) + changed + guide.slice(place + text.length));
      expect(found).toMatchObject({ rule: "units/syntax", hint: `did you mean "${section}"?` });
    },
  );
});
