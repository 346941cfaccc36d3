import { describe, expect, test } from "vitest";
import { check, copyOf, guide, testEdits } from "../testing.ts";

/** Parts that do not find, or do not trust, each other. */
describe("parts of a cluster that do not fit together", () => {
  testEdits([
    [
      "etcd at an address that no machine has",
      "--etcd-servers=https://192.168.4.71:2379",
      "--etcd-servers=‸https://192.168.4.17:2379",
      "values/endpoint",
      "certificates/hosts",
    ],
    [
      "etcdctl without TLS",
      '--endpoints="https://192.168.4.71:2379" cluster-health',
      '--endpoints="‸http://192.168.4.71:2379" cluster-health',
      "values/endpoint",
    ],
    [
      "one port of etcd for clients and peers",
      'LISTEN_PEER_URLS="https://192.168.4.71:2380"',
      'LISTEN_PEER_URLS=‸"https://192.168.4.71:2379"',
      "values/endpoint",
    ],
    [
      "an address that no machine has",
      "--bind-address=192.168.4.71",
      "--bind-address=‸192.168.4.17",
      "machines/address",
    ],
    ["a cluster that is there before", 'STATE="new"', 'STATE=‸"existing"', "values/etcd-member"],
    ["no state of a cluster", 'STATE="new"', 'STATE=‸"neww"', "values/etcd-member"],
    ["a token that nobody reads", "--token-auth-file=/k8s/kubernetes/cfg/token.csv \\\n", "", "values/token"],
    ["a range that cannot be read", "30000-50000", "‸30000:50000", "versions/value"],
    [
      "no number of a port",
      "--secure-port=6443",
      "--secure-port=‸64430x",
      "versions/value",
      "values/endpoint",
    ],
    ["a folder in etcd with a slash at its end", "-etcd-prefix=/k8s/network", "-etcd-prefix=/k8s/network/"],
    [
      "tokens that the key of the server cannot check",
      "--service-account-key-file=/k8s/kubernetes/ssl/ca-key.pem \\\n",
      "",
      "certificates/pair",
    ],
    [
      "an apiserver that listens for itself only",
      "--bind-address=192.168.4.71",
      "--bind-address=127.0.0.1",
      "values/endpoint",
    ],
    [
      "a master of another machine, which may be anybody's",
      "--v=4 --master=127.0.0.1:8080",
      "--v=4 --master=https://10.1.2.3:6443",
      "certificates/hosts",
    ],
    [
      "a secure port that is open to the machine itself",
      "--bind-address=192.168.4.71 \\\n--secure-port=6443",
      "--bind-address=0.0.0.0 \\\n--secure-port=6443",
    ],
    [
      "a master at its own secure port, which is open to it",
      "--bind-address=192.168.4.71 \\\n--secure-port=6443 \\\n--advertise-address=192.168.4.71 \\\n--allow-privileged=true",
      "--secure-port=6443 \\\n--advertise-address=192.168.4.71 \\\n--allow-privileged=true",
    ],
    [
      "an address by which others call",
      "--advertise-address=192.168.4.71",
      "--advertise-address=203.0.113.7",
    ],
    [
      "a master by another scheme",
      "--v=4 --master=127.0.0.1:8080",
      "--v=4 --master=‸https://127.0.0.1:8080",
      "values/endpoint",
    ],
    [
      "a master at an address where it does not listen",
      "--v=4 --master=127.0.0.1:8080",
      "--v=4 --master=‸192.168.4.71:8080",
      "values/endpoint",
      "security/insecure-port",
    ],
    [
      "a master at the secure port",
      "--v=4 --master=127.0.0.1:8080",
      "--v=4 --master=https://192.168.4.71:6443",
      "guide/kept",
    ],
    [
      "an address of etcd that it does not listen on",
      'ADVERTISE_CLIENT_URLS="https://192.168.4.71:2379"',
      'ADVERTISE_CLIENT_URLS=‸"https://192.168.4.71:2378"',
      "values/endpoint",
    ],
    [
      "a kubelet that listens for itself only",
      "address: {{machine.address}}",
      "‸address: 127.0.0.1",
      "machines/address",
    ],
    [
      "yes for true in etcd's settings",
      'ETCD_CLIENT_CERT_AUTH="true"',
      'ETCD_CLIENT_CERT_AUTH=‸"yes"',
      "versions/value",
    ],
    [
      "nodes without their mode",
      "--authorization-mode=RBAC,Node",
      "--authorization-mode=‸RBAC",
      "values/user",
    ],
    [
      "no binding",
      "kubectl create clusterrolebinding kubelet-bootstrap \\\n  --clusterrole=system:node-bootstrapper \\\n  --user=kubelet-bootstrap\n",
      "kubectl get nodes\n",
      "values/user",
    ],
    [
      "kube-proxy with the kubelet's token",
      '--kubeconfig=/k8s/kubernetes/cfg/kube-proxy.kubeconfig"',
      '--kubeconfig=‸/k8s/kubernetes/cfg/bootstrap.kubeconfig"',
      "values/user",
    ],
    [
      "the kubelet with kube-proxy's certificate",
      "--bootstrap-kubeconfig=/k8s/kubernetes/cfg/bootstrap.kubeconfig",
      "--bootstrap-kubeconfig=‸/k8s/kubernetes/cfg/kube-proxy.kubeconfig",
      "values/user",
    ],
  ]);
});

test("a misspelt option of programs whose options nobody knows is told as a name that disagrees", async () => {
  const other = guide
    .replaceAll("1.14.0", "1.15.0")
    .replace("--v=4 \\\n--hostname-override", "--v=4 \\\n--hostname-overide");
  const { findings } = await check({ guideFile: await copyOf(other, true) });
  const found = findings.map(({ rule }) => rule);
  expect(found).not.toContain("versions/flag");
  expect(found).toContain("values/node-name");
});
