import { describe, expect, test } from "vitest";
import { findingsIn, guide, testEdits } from "../testing.ts";

describe("what systemd takes otherwise than a shell", () => {
  testEdits([
    [
      "a second program",
      "#ExecStart=/k8s/kubernetes/bin/flanneld $FLANNEL_OPTIONS",
      "‸ExecStart=/k8s/kubernetes/bin/flanneld $FLANNEL_OPTIONS",
      "units/exec",
    ],
    [
      "a program after the one before it is taken back",
      "#ExecStart=/k8s/kubernetes/bin/flanneld $FLANNEL_OPTIONS",
      "ExecStart=\nExecStart=/k8s/kubernetes/bin/flanneld $FLANNEL_OPTIONS",
    ],
    [
      "a redirection",
      "--ip-masq $FLANNEL_OPTIONS\n#",
      "--ip-masq $FLANNEL_OPTIONS ‸>> /var/log/flanneld.log 2>&1\n#",
      "units/exec",
    ],
    [
      "a pipe",
      "--ip-masq $FLANNEL_OPTIONS\n#",
      "--ip-masq $FLANNEL_OPTIONS ‸| tee /tmp/log\n#",
      "units/exec",
    ],
    ["a shell's own", "--ip-masq $FLANNEL_OPTIONS\n#", "--ip-masq $FLANNEL_OPTIONS '>' \"|\"\n#"],
    [
      "quotes around a program and its options",
      "ExecStart=/k8s/kubernetes/bin/kube-proxy $KUBE_PROXY_OPTS",
      'ExecStart=‸"/k8s/kubernetes/bin/kube-proxy $KUBE_PROXY_OPTS"',
      "units/exec",
    ],
    [
      "braces, which keep all options in one word",
      "kube-proxy $KUBE_PROXY_OPTS",
      "kube-proxy ‸${KUBE_PROXY_OPTS}",
      "units/variable",
    ],
    ["a remark behind a directive", "LimitNOFILE=65536", "LimitNOFILE=65536 ‸# enough", "files/comment"],
    [
      "a remark behind a command",
      "ExecStart=/k8s/kubernetes/bin/kube-scheduler $KUBE_SCHEDULER_OPTS",
      "ExecStart=/k8s/kubernetes/bin/kube-scheduler $KUBE_SCHEDULER_OPTS ‸# as set",
      "files/comment",
    ],
    [
      "a remark behind a setting",
      'ETCD_DATA_DIR="/data1/etcd"',
      'ETCD_DATA_DIR="/data1/etcd" ‸# its folder',
      "files/comment",
    ],
    ["a remark in a text for people", "Description=Etcd Server", "Description=Etcd Server # 1"],
    [
      "a number sign in quotes",
      'CLUSTER_TOKEN="etcd-cluster"',
      'CLUSTER_TOKEN="etcd #1"',
      "values/etcd-member",
    ],
    [
      "a program that never says that it is ready",
      "[Service]\nEnvironmentFile=-/k8s/kubernetes/cfg/kube-proxy",
      "[Service]\nType=‸notify\nEnvironmentFile=-/k8s/kubernetes/cfg/kube-proxy",
      "units/exec",
    ],
    [
      "a program that does not leave its place to a child",
      "[Service]\nEnvironmentFile=-/k8s/kubernetes/cfg/kubelet",
      "[Service]\nType=‸forking\nEnvironmentFile=-/k8s/kubernetes/cfg/kubelet",
      "units/exec",
    ],
    [
      "a kubelet that says that it is ready",
      "[Service]\nEnvironmentFile=-/k8s/kubernetes/cfg/kubelet",
      "[Service]\nType=notify\nEnvironmentFile=-/k8s/kubernetes/cfg/kubelet",
    ],
    ["a unit of no kind", "Requires=docker.socket", "Requires=‸docker.sock\n", "units/value"],
    ["a unit without its kind", "Requires=docker.service", "Requires=‸docker\n", "units/value"],
    [
      "wanted by a unit that there is not",
      "KillMode=process\n\n[Install]\nWantedBy=multi-user.target\n```\n\n#### 3.2.8",
      "KillMode=process\n\n[Install]\nWantedBy=‸multi-user.service\n```\n\n#### 3.2.8",
      "units/target",
    ],
    [
      "wanted by a unit that there is",
      "KillMode=process\n\n[Install]\nWantedBy=multi-user.target\n```\n\n#### 3.2.8",
      "KillMode=process\n\n[Install]\nWantedBy=docker.service\n```\n\n#### 3.2.8",
    ],
    [
      "wanted by a device",
      "KillMode=process\n\n[Install]\nWantedBy=multi-user.target\n```\n\n#### 3.2.8",
      "KillMode=process\n\n[Install]\nWantedBy=sys-subsystem-net-devices-eth0.device\n```\n\n#### 3.2.8",
    ],
    [
      "a user that there is not",
      "[Service]\nType=notify\nWorkingDirectory",
      "[Service]\nUser=‸etcd\nType=notify\nWorkingDirectory",
      "units/value",
    ],
  ]);

  test("a word of the shell before a setting is told as that", async () => {
    const findings = await findingsIn(guide.replace("KUBE_SCHEDULER_OPTS=", "export KUBE_SCHEDULER_OPTS="));
    expect(findings[0]).toMatchObject({ rule: "files/quote", hint: expect.stringContaining("export") });
  });

  test("a user that a step makes is there", async () => {
    const text = guide
      .replace(
        "[Service]\nType=notify\nWorkingDirectory",
        "[Service]\nUser=etcd\nType=notify\nWorkingDirectory",
      )
      .replace("mkdir -p /data1/etcd\n", "mkdir -p /data1/etcd\nuseradd -r etcd\n");
    expect(await findingsIn(text)).toEqual([]);
  });
});

test("a unit that nothing wants cannot be enabled as it is", async () => {
  const text = guide.replace(
    "\n\n[Install]\nWantedBy=multi-user.target\n```\n\n#### 3.3.3",
    "\n```\n\n#### 3.3.3",
  );
  const [found, ...more] = await findingsIn(text.replace("systemctl enable kube-proxy\n", ""));
  expect(more).toEqual([]);
  expect(found?.hint).toMatch(/^add \[Install\] .* and systemctl enable kube-proxy$/);
});
