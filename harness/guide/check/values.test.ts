import { describe, expect, test } from "vitest";
import { caret, copyOf, check, findingsIn, guide, testEdits } from "./testing.ts";

/** Values that must be the same elsewhere, or be known to a program. */
describe("a value that cannot be, or is another one elsewhere", () => {
  testEdits([
    [
      "another driver of control groups",
      "cgroupDriver: cgroupfs",
      "‸cgroupDriver: systemd",
      "values/cgroup-driver",
    ],
    [
      "an expiry without a unit",
      '"kubernetes": {\n        "expiry": "87600h"',
      '"kubernetes": {\n        ‸"expiry": "87600"',
      "certificates/expiry",
    ],
    [
      "an expiry in days",
      '"etcd": {\n        "expiry": "87600h"',
      '"etcd": {\n        ‸"expiry": "3650d"',
      "certificates/expiry",
    ],
    [
      "an expiry that the guide does not promise",
      '"kubernetes": {\n        "expiry": "87600h"',
      '"kubernetes": {\n        ‸"expiry": "8760h"',
      "certificates/expiry",
    ],
    [
      "a CA that ends before what it signs",
      '"CN": "etcd CA",\n  "key"',
      '"CN": "etcd CA",\n  "ca": { "expiry": "43800h" },\n  "key"',
      "certificates/expiry",
    ],
    [
      "an expiry that the CA of itself outlives by far, which the guide does not promise",
      '"etcd": {\n        "expiry": "87600h"',
      '"etcd": {\n        ‸"expiry": "43800h"',
      "certificates/expiry",
    ],
    [
      "a profile without clients",
      '"etcd": {\n        "expiry": "87600h",\n        "usages": [\n          "signing",\n          "key encipherment",\n          "server auth",\n          "client auth"',
      '"etcd": {\n        "expiry": "87600h",\n        ‸"usages": [\n          "signing",\n          "key encipherment",\n          "server auth"',
      "certificates/usage",
    ],
    [
      "a profile without servers",
      '"kubernetes": {\n        "expiry": "87600h",\n        "usages": [\n          "signing",\n          "key encipherment",\n          "server auth",',
      '"kubernetes": {\n        "expiry": "87600h",\n        ‸"usages": [\n          "signing",\n          "key encipherment",',
      "certificates/usage",
    ],
    [
      "a key that is too small",
      '"CN": "system:kube-proxy",\n  "hosts": [],\n  "key": {\n    "algo": "rsa",\n    "size": 2048',
      '"CN": "system:kube-proxy",\n  "hosts": [],\n  ‸"key": {\n    "algo": "rsa",\n    "size": 1024',
      "certificates/key",
    ],
    [
      "another certificate's key",
      "--tls-private-key-file=/k8s/kubernetes/ssl/server-key.pem",
      "--tls-private-key-file=‸/k8s/kubernetes/ssl/kube-proxy-key.pem",
      "certificates/pair",
    ],
    [
      "etcd with the CA's key",
      'ETCD_KEY_FILE="/k8s/etcd/ssl/server-key.pem"',
      'ETCD_KEY_FILE=‸"/k8s/etcd/ssl/ca-key.pem"',
      "certificates/pair",
    ],
    [
      "another CA's key to sign with",
      "--cluster-signing-key-file=/k8s/kubernetes/ssl/ca-key.pem",
      "--cluster-signing-key-file=‸/k8s/etcd/ssl/ca-key.pem",
      "certificates/pair",
    ],
    [
      "tokens that nobody can check",
      "--service-account-private-key-file=/k8s/kubernetes/ssl/ca-key.pem",
      "--service-account-private-key-file=‸/k8s/kubernetes/ssl/server-key.pem",
      "certificates/pair",
    ],
    [
      "a user of another name in the token file",
      ",kubelet-bootstrap,10001,",
      ",kubelet-boot,10001,",
      "values/user",
    ],
    [
      "a binding for nobody",
      "  --user=kubelet-bootstrap\n```",
      "  ‸--user=kubelet-bootstrp\n```",
      "values/user",
    ],
    ["a role that there is not", "system:node-bootstrapper", "system:node-bootstraper", "values/user"],
    ["kube-proxy under another name", '"CN": "system:kube-proxy"', '‸"CN": "kube-proxy"', "values/user"],
    [
      "etcd's peers for its clients",
      "--etcd-servers=https://192.168.4.71:2379",
      "--etcd-servers=‸https://192.168.4.71:2380",
      "values/endpoint",
    ],
    [
      "etcd without TLS",
      "--etcd-endpoints=https://192.168.4.71:2379 -etcd",
      "--etcd-endpoints=‸http://192.168.4.71:2379 -etcd",
      "values/endpoint",
    ],
    [
      "etcd under another name",
      'ETCD_INITIAL_CLUSTER="etcd01=',
      'ETCD_INITIAL_CLUSTER=‸"etcd1=',
      "values/etcd-member",
    ],
    [
      "a mode of authorization",
      "--authorization-mode=RBAC,Node",
      "--authorization-mode=‸RBCA,Node",
      "versions/value",
    ],
    [
      "a plugin of admission",
      "NamespaceLifecycle,LimitRanger",
      "NamespaceLifecycle,LimitRange",
      "versions/value",
    ],
    [
      "a range the wrong way round",
      "--service-node-port-range=30000-50000",
      "--service-node-port-range=‸50000-30000",
      "versions/value",
    ],
    ["yes for true", "--leader-elect=true", "--leader-elect=‸yes", "versions/value"],
    [
      "a level in words",
      'KUBE_PROXY_OPTS="--logtostderr=true \\\n--v=4',
      'KUBE_PROXY_OPTS="--logtostderr=true \\\n--v=‸four',
      "versions/value",
    ],
    [
      "a type of service",
      "Type=notify\nEnvironmentFile=/k8s",
      "Type=‸notfy\nEnvironmentFile=/k8s",
      "units/value",
    ],
    ["a way to restart", "Restart=on-failure\nKillMode", "Restart=‸on-fail\nKillMode", "units/value"],
    ["a unit that is required", "Requires=docker.service", "Requires=‸dockers.service", "units/missing"],
    ["a port", "port: 10250", "‸port: 102500", "files/kubelet-configuration"],
    ["a mode of the kubelet", "mode: AlwaysAllow", "‸mode: AlwaysAlow", "files/kubelet-configuration"],
    [
      "an API of the kubelet",
      "kubelet.config.k8s.io/v1beta1",
      "kubelet.config.k8s.io/v1",
      "files/kubelet-configuration",
    ],
    ["a key of flannel's network", '"Backend": {"Type"', '‸"Backend": {"Typ"', "networks/form"],
    [
      "a backend of flannel",
      '"Backend": {"Type": "vxlan"}',
      '‸"Backend": {"Type": "vxlna"}',
      "networks/form",
    ],
    ["no network for flannel", '{ "Network": "10.254', '‸{ "Networks": "10.254', "networks/form"],
  ]);

  test.each(["https://192.168.4.71:8443", "http://192.168.4.71:6443", "https://192.168.4.71"])(
    "kubeconfigs that call %s",
    async (server) => {
      const line = 'KUBE_APISERVER="https://192.168.4.71:6443"';
      const findings = await findingsIn(guide.replace(line, `KUBE_APISERVER="${server}"`));
      expect(new Set(findings.map(({ rule }) => rule))).toContain("values/endpoint");
    },
  );
});

test("Docker and the kubelet may have another driver, if both have it", async () => {
  const settings = `\`\`\`json file id=docker-settings on=nodes path=/etc/docker/daemon.json
{ "exec-opts": ["native.cgroupdriver=systemd"] }
\`\`\`

`;
  const start = "```bash run id=start-docker on=nodes";
  const both = guide
    .replace(start, settings + start)
    .replace("cgroupDriver: cgroupfs", "cgroupDriver: systemd");
  // The file's folder is Docker's own.
  expect(
    await findingsIn(
      both.replace(start, `\`\`\`bash run id=folder on=nodes\nmkdir -p /etc/docker\n\`\`\`\n\n${start}`),
    ),
  ).toEqual([]);
  expect((await findingsIn(guide.replace(start, settings + start))).map(({ rule }) => rule)).toEqual([
    "values/cgroup-driver",
  ]);
});

const foundBy = async (...lines: string[]) => {
  const text = ["# G", "## 1 A", "```bash run id=a on=t72", ...lines, "```"].join("\n");
  const { findings } = await check({ guideFile: await copyOf(text.replace(caret, "")) });
  return findings.map(({ rule, location }) => `${location.line}:${location.column} ${rule}`);
};

describe("a kernel setting is there once its module is loaded", () => {
  const file = `echo "net.bridge.bridge-nf-call-iptables = 1
net.ipv4.ip_forward = 1" > /etc/sysctl.d/k8s.conf`;
  test.each([
    [[file, "sysctl -p /etc/sysctl.d/k8s.conf"], "4:7"],
    [[file, "sudo sysctl --system"], "4:7"],
    [["echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables"], "4:10"],
    [["sysctl -w net.bridge.bridge-nf-call-iptables=1"], "4:11"],
  ])("%j", async (lines, place) => {
    expect(await foundBy(...lines)).toEqual([`${place} shell/kernel-setting`]);
    expect(await foundBy("modprobe br_netfilter", ...lines)).toEqual([]);
    expect(await foundBy(...lines.slice(0, -1), `${lines.at(-1)} || true`)).toEqual([]);
  });

  test("also by systemd", async () => {
    const load = [
      "echo br_netfilter > /etc/modules-load.d/k8s.conf",
      "systemctl restart systemd-modules-load",
    ];
    expect(await foundBy(...load, file, "sysctl -p /etc/sysctl.d/k8s.conf")).toEqual([]);
  });
});
