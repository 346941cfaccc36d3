import { describe, expect, test } from "vitest";
import { findingsIn, guide, testEdits } from "../testing.ts";

describe("an option without which a program is of no use", () => {
  test.each([
    ["kube-apiserver has no --etcd-servers", "--etcd-servers=https://192.168.4.71:2379 \\\n"],
    ["kube-apiserver has no --etcd-cafile", "--etcd-cafile=/k8s/etcd/ssl/ca.pem \\\n"],
    [
      "kube-apiserver has no --etcd-certfile",
      '--etcd-certfile=/k8s/etcd/ssl/server.pem \\\n--etcd-keyfile=/k8s/etcd/ssl/server-key.pem"',
      '"',
    ],
    [
      "flanneld has no --etcd-certfile",
      " -etcd-certfile=/k8s/etcd/ssl/server.pem -etcd-keyfile=/k8s/etcd/ssl/server-key.pem",
    ],
    [
      "kube-apiserver has no --tls-cert-file",
      "--tls-cert-file=/k8s/kubernetes/ssl/server.pem \\\n--tls-private-key-file=/k8s/kubernetes/ssl/server-key.pem \\\n",
    ],
    ["kube-apiserver has no --client-ca-file", "--client-ca-file=/k8s/kubernetes/ssl/ca.pem \\\n"],
    [
      "kube-controller-manager has no --kubeconfig or --master or --config",
      "--master=127.0.0.1:8080 \\\n--leader",
      "--leader",
    ],
    [
      "kube-controller-manager has no --cluster-signing-cert-file",
      "--cluster-signing-cert-file=/k8s/kubernetes/ssl/ca.pem \\\n--cluster-signing-key-file=/k8s/kubernetes/ssl/ca-key.pem \\\n",
    ],
    [
      "kube-controller-manager has no --service-account-private-key-file",
      " \\\n--service-account-private-key-file=/k8s/kubernetes/ssl/ca-key.pem",
    ],
    ["kube-scheduler has no --kubeconfig or --master or --config", ' --master=127.0.0.1:8080"', '"'],
    [
      "kube-proxy has no --kubeconfig or --master or --config",
      ' \\\n--kubeconfig=/k8s/kubernetes/cfg/kube-proxy.kubeconfig"',
      '"',
    ],
    ["kubelet has no --kubeconfig", "--kubeconfig=/k8s/kubernetes/cfg/kubelet.kubeconfig \\\n"],
  ])("%s", async (message, find, replace = "") => {
    expect(guide.split(find), `${find} is in the guide once`).toHaveLength(2);
    const findings = await findingsIn(guide.replace(find, () => replace));
    expect(findings.map((one) => [one.rule, one.message.split(":")[0]])).toEqual([
      ["values/needed", message],
    ]);
  });
});

test.each([
  [
    "kubelets that stand alone",
    "--kubeconfig=/k8s/kubernetes/cfg/kubelet.kubeconfig",
    "--pod-manifest-path=/k8s",
  ],
  [
    "pods without service accounts",
    " \\\n--service-account-private-key-file=/k8s/kubernetes/ssl/ca-key.pem",
    "",
    "--secure-port=6443 \\",
    "--secure-port=6443 \\\n--disable-admission-plugins=ServiceAccount \\",
  ],
])("%s need less", async (_, find, replace, also = "", instead = "") => {
  const text = guide.replace(find, () => replace).replace(also, () => instead);
  expect((await findingsIn(text)).filter(({ rule }) => rule === "values/needed")).toEqual([]);
});

describe("a file of settings of another kind", () => {
  testEdits([
    ["spelt otherwise", "kind: KubeletConfiguration", "‸kind: kubeletConfiguration", "files/kind"],
    ["of another program", "kind: KubeletConfiguration", "‸kind: KubeProxyConfiguration", "files/kind"],
    ["of none", "kind: KubeletConfiguration\napiVersion", "‸apiVersion", "files/kind"],
  ]);
});
