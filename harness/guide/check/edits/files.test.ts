import { describe, expect, test } from "vitest";
import { found } from "../../effects/testing.ts";
import { testEdits } from "../testing.ts";

const start = "systemctl start docker && systemctl enable docker";
const settings = (json: string): string =>
  `mkdir -p /etc/docker\necho '${json}' > /etc/docker/daemon.json\n${start}`;

describe("settings that no program takes", () => {
  testEdits([
    ["a key that Docker does not have", start, settings('{‸"registry-mirror": []}'), "files/docker"],
    ["a misspelt key of Docker", start, settings('{‸"stroage-driver": "overlay2"}'), "files/docker"],
    [
      "a key of Docker that its command line has, too",
      start,
      settings('{‸"bip": "172.17.0.1/16"}'),
      "files/docker",
    ],
    ["keys that Docker has, or may have", start, settings('{"log-driver": "json-file", "something-new": 1}')],
    [
      "a path that begins nowhere",
      "--config=/k8s/kubernetes/cfg/kubelet.config",
      "--config=‸kubelet.config",
      "files/missing",
    ],
    [
      "a home that only a shell knows",
      "--token-auth-file=/k8s/kubernetes/cfg/token.csv",
      "--token-auth-file=‸~/token.csv",
      "files/missing",
    ],
    [
      "a variable that only a shell would read",
      "--hostname-override={{machine.address}} \\\n--kubeconfig",
      "--hostname-override=‸${NODE_IP} \\\n--kubeconfig",
      "units/variable",
    ],
    [
      "a command that only a shell would run",
      "--hostname-override={{machine.address}} \\\n--cluster",
      "--hostname-override=‸$(hostname -i) \\\n--cluster",
      "units/variable",
    ],
    [
      "an assignment without quotes",
      "EnvironmentFile=-/k8s/kubernetes/cfg/kube-proxy",
      "Environment=A=1 ‸--v=4\nEnvironmentFile=-/k8s/kubernetes/cfg/kube-proxy",
      "units/value",
    ],
    [
      "assignments with and without quotes",
      "EnvironmentFile=-/k8s/kubernetes/cfg/kube-proxy",
      "Environment=\"A=1 2\" B=3 'C=4'\nEnvironmentFile=-/k8s/kubernetes/cfg/kube-proxy",
    ],
    [
      "a list that ends in a comma",
      'LISTEN_CLIENT_URLS="https://192.168.4.71:2379"',
      'LISTEN_CLIENT_URLS="https://192.168.4.71:2379‸,"',
      "files/list",
    ],
    [
      "subnets that are larger than their network",
      '"Network": "10.254.0.0/16",',
      '"Network": "10.254.0.0/16", ‸"SubnetLen": 12,',
      "networks/form",
    ],
    [
      "subnets within their network",
      '"Network": "10.254.0.0/16",',
      '"Network": "10.254.0.0/16", "SubnetLen": 24,',
    ],
    [
      "hosts that are no list",
      '"CN": "system:kube-proxy",\n  "hosts": []',
      '"CN": "system:kube-proxy",\n  ‸"hosts": ""',
      "certificates/request",
    ],
    ["a request without a name", '"CN": "system:kube-proxy",\n', "", "values/user"],
    [
      "the key of another CA",
      "cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=kubernetes server-csr.json",
      "cfssl gencert ‸-ca=ca.pem -ca-key=/k8s/etcd/ssl/ca-key.pem -config=ca-config.json -profile=kubernetes server-csr.json",
      "certificates/pair",
    ],
    [
      "a client that the apiserver does not trust",
      "cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=kubernetes kube-proxy-csr.json",
      "cfssl gencert -ca=/k8s/etcd/ssl/ca.pem -ca-key=/k8s/etcd/ssl/ca-key.pem -config=ca-config.json -profile=kubernetes kube-proxy-csr.json",
      "certificates/authority",
    ],
    [
      "a working folder that no system brings",
      "WorkingDirectory=/data1/etcd/",
      "WorkingDirectory=‸/var/lib/etcd/",
      "files/folder",
    ],
  ]);
});

describe("files and folders", () => {
  test.each([
    ["echo 'export A=1' > /etc/profile", "5:21 files/system"],
    ["cat > /etc/fstab <<EOF\na\nEOF", "5:7 files/system"],
    ["mkdir a\ntouch a/b\ncp a /opt", "7:4 files/folder"],
    ["mkdir a\ntouch a/b\nscp a t72:/opt/", "7:5 files/folder"],
    ["touch a b\nln -s a b", "6:9 files/link"],
    ["mkdir -p a/b\ntouch a/b/c\nrm -rf a\ncat a/b/c", "8:5 files/missing"],
    ["echo a > /etc/kubernetes/token.csv", "5:10 files/folder"],
    ["cp /etc/hosts /var/lib/etcd/hosts", "5:15 files/folder"],
    ["cat > /etc/hosts <<EOF\n192.168.4.71 t71\nEOF", "5:7 files/system"],
    ["touch a.tar.gz\ntar -zxfv a.tar.gz", "6:5 files/missing"],
  ])("%j", async (script, place) => expect(await found(script)).toEqual([place]));

  test.each([
    "echo 'export A=1' >> /etc/profile",
    "cp /etc/profile /root/a\ncp /root/a /etc/profile",
    "cat > /etc/hosts <<EOF\n127.0.0.1 localhost\nEOF",
    'echo "192.168.4.71 t71" >> /etc/hosts',
    "mkdir a\ncp -r a /opt; cp -a a /opt/c; scp -r a t72:/opt/; cp -R a /opt/d",
    "touch a b\nln -sf a b\nln -s a c",
    "mkdir -p /etc/kubernetes/pki /var/lib/kubelet\ncp /etc/hosts /etc/kubernetes/pki/",
    "sed -i s/mirror/vault.centos.org/ /etc/yum.repos.d/CentOS-Base.repo\nyum install -y etcd\ncp /etc/hosts /etc/etcd/",
  ])("%j is right", async (script) => expect(await found(script)).toEqual([]));
});
