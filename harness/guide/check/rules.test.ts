import { expect, test } from "vitest";
import type { RuleId } from "./rules.ts";
import { check, copyOf, findingsIn, guide } from "./testing.ts";

/** A fault of the project's guide, by what stands there and what is written in its place; or a small guide by itself. */
type Planted = readonly [find: string, replace: string] | { readonly guide: string };

const block = (...commands: string[]): Planted => ({
  guide: ["# G", "## 1 A", "```bash run id=a on=t71", ...commands, "```", ""].join("\n"),
});
const text = (...lines: string[]): Planted => ({
  guide: ["# G", "## 1 A", ...lines, "", "```bash run id=a on=t71", "true", "```", ""].join("\n"),
});

const folder = "mkdir -p /data1/etcd\n";
const repository = "yum-config-manager --add-repo https://download.docker.com/linux/centos/docker-ce.repo\n";

/** For each rule, a fault that it alone has to find. */
const planted: Readonly<Record<RuleId, Planted>> = {
  "guide/grammar": text("```bash", "true", "```"),
  "guide/fit": ["systemctl enable etcd\n", "systemctl enable  etcd\n"],
  "guide/profile": ["id=install-docker on", "id=get-docker on"],
  "guide/promise": ["--service-node-port-range=30000-50000", "--service-node-port-range=30000-40000"],
  "guide/kept": ["yum install docker-ce -y", "yum install docker-ce-18.06.3.ce -y"],
  "guide/empty": { guide: "# G\n## 1 A\n\nNothing.\n" },
  "guide/empty-section": text("### 1.1 B", "", "### 1.2 C"),
  "claims/unproved": [
    "- `claim:flannel-udp`",
    "- `claim:flannel-tcp` It is also sent by TCP.\n- `claim:flannel-udp`",
  ],
  "claims/unknown": ["`claim:flannel-udp` ", ""],
  "links/section": ["here and in 3.2.3.", "here and in 3.2.33."],
  "links/relative": ["a random one:", "a [random](./random.md) one:"],
  "links/url": ["a random one:", "a [random](https://nohost/a) one:"],
  "links/redirect": block("curl -O https://dl.k8s.io/v1.14.0/kubernetes-client-linux-amd64.tar.gz"),
  "text/placeholder": text("Its `{{machine.adress}}`."),
  "text/character": block("ls –l"),
  "text/line-end": block("ls \\ ", "pwd"),
  "shell/syntax": block('ls "'),
  "shell/variable": block("ls $WHERE"),
  "shell/command": block("setenforc 0"),
  "shell/terminal": block("passwd root"),
  "shell/exit": block("exit"),
  "shell/continuation": block("ls", "--all"),
  "shell/remote-path": block("scp /etc/hosts t72: /opt"),
  "shell/kernel-setting": block("sysctl -w net.bridge.bridge-nf-call-iptables=1"),
  "shell/kubectl": ["kubectl get nodes -o wide", "kubectl gte nodes -o wide"],
  "shell/sed": block("sed s/a/b /etc/hosts"),
  "shell/gap": block("echo YOUR_TOKEN"),
  "shell/selinux": block("setenforce 0"),
  "files/selinux": block("echo SELINUX=off > /etc/selinux/config"),
  "shell/generated-name": [
    "kubectl certificate approve $(kubectl get csr -o name)",
    "kubectl certificate approve node-csr-ij3py9j-yi-eoa8sOHMDs7VeTQtMv0N3Efj3ByZLMdc",
  ],
  "files/missing": block("cat /opt/none"),
  "files/executable": block("echo ls > a", "./a"),
  "files/folder": block("mkdir /opt/a/b"),
  "files/json": block("echo '{ bad' > a.json"),
  "files/yaml": block("echo 'a: [b' > a.yaml"),
  "files/kubelet-configuration": ["failSwapOn: false", "failSwappOn: false"],
  "files/kind": ["kind: KubeletConfiguration", "kind: KubeProxyConfiguration"],
  "files/kubeconfig": [
    "config use-context default --kubeconfig=kube-proxy",
    "config use-context defaults --kubeconfig=kube-proxy",
  ],
  "files/quote": ['--master=127.0.0.1:8080"', "--master=127.0.0.1:8080"],
  "files/comment": ['ETCD_DATA_DIR="/data1/etcd"', 'ETCD_DATA_DIR="/data1/etcd" # there'],
  "files/list": [
    'LISTEN_CLIENT_URLS="https://192.168.4.71:2379"',
    'LISTEN_CLIENT_URLS="https://192.168.4.71:2379,"',
  ],
  "files/link": block("sed -i s/a/b/ /etc/sysconfig/selinux"),
  "files/system": block("echo 'export A=1' > /etc/profile"),
  "files/docker": [
    "systemctl start docker && systemctl enable docker",
    "mkdir -p /etc/docker\necho '{\"exec-opt\": []}' > /etc/docker/daemon.json\nsystemctl start docker && systemctl enable docker",
  ],
  "files/overwritten": [folder, folder],
  "units/syntax": ["LimitNOFILE=65536\n", "LimitNOFILE=65536\nnonsense\n"],
  "units/directive": ["LimitNOFILE=65536\n", "LimitNOFILES=65536\n"],
  "units/value": ["LimitNOFILE=65536\n", "LimitNOFILE=many\n"],
  "units/exec": [
    "ExecStart=/k8s/kubernetes/bin/kube-scheduler",
    "ExecStart=k8s/kubernetes/bin/kube-scheduler",
  ],
  "units/target": [
    "LimitNOFILE=65536\n\n[Install]\nWantedBy=multi-user",
    "LimitNOFILE=65536\n\n[Install]\nWantedBy=multiuser",
  ],
  "units/environment-file": [
    "EnvironmentFile=/k8s/kubernetes/cfg/flanneld",
    "EnvironmentFile=/k8s/kubernetes/cfg/flannel",
  ],
  "units/variable": ["kube-scheduler $KUBE_SCHEDULER_OPTS", "kube-scheduler $KUBE_SCHEDULER_OPTIONS"],
  "units/given-twice": [folder, folder],
  "units/verb": block("systemctl enabel sshd"),
  "units/missing": block("systemctl enable --now none"),
  "units/not-reloaded": ["systemctl daemon-reload\nsystemctl stop docker", "systemctl stop docker"],
  "units/not-restarted": [
    "systemctl restart kube-proxy",
    "sed -i s/v=4/v=2/ /k8s/kubernetes/cfg/kube-proxy\nsystemctl start kube-proxy",
  ],
  "units/not-running": [
    "systemctl daemon-reload\nsystemctl start kube-proxy",
    "systemctl daemon-reload\nsystemctl status kube-proxy\nsystemctl start kube-proxy",
  ],
  "units/not-started": ["systemctl start kube-scheduler\n", ""],
  "units/left-stopped": ["systemctl start docker\nsystemctl restart kubelet\n", "systemctl start docker\n"],
  "units/not-enabled": ["\nsystemctl enable kube-scheduler", ""],
  "units/not-disabled": block("systemctl stop sshd"),
  "machines/unknown": block("scp /etc/hosts 10.9.9.9:/opt/"),
  "machines/address": ["--bind-address=192.168.4.71", "--bind-address=192.168.4.72"],
  "machines/firewall": ["id=stop-firewalld on=all", "id=stop-firewalld on=t71"],
  "certificates/hosts": ['"CN": "etcd",\n  "hosts": [\n    "192.168.4.71",', '"CN": "etcd",\n  "hosts": ['],
  "certificates/profile": ["-profile=etcd ", "-profile=etdc "],
  "certificates/signer": [
    "-ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=etcd",
    "-config=ca-config.json -profile=etcd",
  ],
  "certificates/ca-key-leaves": ["scp ca.pem server.pem", "scp ca.pem ca-key.pem server.pem"],
  "certificates/same-name": ['"CN": "etcd CA"', '"CN": "etcd"'],
  "certificates/shared-key": [folder, folder],
  "certificates/not-renewed": [folder, folder],
  "certificates/authority": [
    "--cluster-signing-cert-file=/k8s/kubernetes/",
    "--cluster-signing-cert-file=/k8s/etcd/",
  ],
  "certificates/pair": [
    "--tls-private-key-file=/k8s/kubernetes/ssl/server-key",
    "--tls-private-key-file=/k8s/kubernetes/ssl/ca-key",
  ],
  "certificates/expiry": ['"etcd": {\n        "expiry": "87600h"', '"etcd": {\n        "expiry": "3650d"'],
  "certificates/usage": [
    '"expiry": "87600h",\n        "usages": [\n          "signing",\n          "key encipherment",\n          "server auth",\n          "client auth"\n        ]\n      }\n    }\n  }\n}\nEOF\n```\n\n#### 2.3.2',
    '"expiry": "87600h",\n        "usages": [\n          "signing",\n          "key encipherment",\n          "server auth"\n        ]\n      }\n    }\n  }\n}\nEOF\n```\n\n#### 2.3.2',
  ],
  "certificates/request": [
    '"CN": "system:kube-proxy",\n  "hosts": []',
    '"CN": "system:kube-proxy",\n  "hosts": ""',
  ],
  "certificates/key": [
    '"CN": "etcd CA",\n  "key": {\n    "algo": "rsa",\n    "size": 2048',
    '"CN": "etcd CA",\n  "key": {\n    "algo": "rsa",\n    "size": 512',
  ],
  "values/token": ["BOOTSTRAP_TOKEN=663eb46f", "BOOTSTRAP_TOKEN=663eb46e"],
  "values/node-name": [
    "--hostname-override={{machine.address}} \\\n--cluster",
    "--hostname-override={{machine.name}} \\\n--cluster",
  ],
  "values/needed": ["--etcd-servers=https://192.168.4.71:2379 \\\n", ""],
  "values/endpoint": ["--etcd-servers=https://192.168.4.71:2379", "--etcd-servers=https://192.168.4.71:2380"],
  "values/etcd-member": ['STATE="new"', 'STATE="existing"'],
  "values/cgroup-driver": ["cgroupDriver: cgroupfs", "cgroupDriver: systemd"],
  "values/cluster-domain": ["clusterDomain: cluster.local.", "clusterDomain: cluster.loca."],
  "values/user": ['"CN": "system:kube-proxy"', '"CN": "kube-proxy"'],
  "networks/etcd-interface": [
    '/k8s/etcd/bin/etcdctl --ca-file=/k8s/etcd/ssl/ca.pem --cert-file=/k8s/etcd/ssl/server.pem --key-file=/k8s/etcd/ssl/server-key.pem --endpoints="https://192.168.4.71:2379" set',
    "ETCDCTL_API=3 /k8s/etcd/bin/etcdctl --cacert=/k8s/etcd/ssl/ca.pem --cert=/k8s/etcd/ssl/server.pem --key=/k8s/etcd/ssl/server-key.pem --endpoints=https://192.168.4.71:2379 put",
  ],
  "networks/form": ['"Network": "10.254.0.0/16"', '"Network": "10.254.0.0"'],
  "networks/overlap": ['"Network": "10.254.0.0/16"', '"Network": "10.254.128.0/17"'],
  "networks/machines": ['"Network": "10.254.0.0/16"', '"Network": "192.168.0.0/16"'],
  "networks/differ": ["--cluster-cidr=10.254", "--cluster-cidr=10.253"],
  "networks/outside": ['clusterDNS: ["10.254', 'clusterDNS: ["10.253'],
  "networks/no-dns": ['clusterDNS: ["10.254.0.10"]', 'clusterDNS: ["10.254.0.11"]'],
  "networks/prefix": ["-etcd-prefix=/k8s/network", "-etcd-prefix=/k8s/net"],
  "networks/bridge": ["ip link delete docker0\n", ""],
  "versions/differ": ["Kubernetes 1.14.0, etcd 3.3.10", "Kubernetes 1.14.0, etcd 3.3.11"],
  "versions/open": [folder, folder],
  "versions/repository": [repository, ""],
  "versions/docker": ["yum install docker-ce -y", "yum install docker-ce-27.0.3 -y"],
  "versions/flag": ["--advertise-address=", "--advertise-adress="],
  "versions/value": ["--leader-elect=true", "--leader-elect=yes"],
  "versions/site": block("wget https://pkg.cfssl.org/R1.2/cfssl_linux-amd64"),
  "versions/mirror": block("yum install -y wget"),
  "security/token": [folder, folder],
  "security/insecure-port": [folder, folder],
  "security/plain-etcd": [
    'LISTEN_CLIENT_URLS="https://192.168.4.71:2379"',
    'LISTEN_CLIENT_URLS="https://192.168.4.71:2379,http://127.0.0.1:2379"',
  ],
  "security/open-kubelet": [folder, folder],
};

/** What is found where a fault is planted; what the guide keeps, where the guide has one of its own. */
async function foundOf(plant: Planted) {
  if ("guide" in plant) return findingsIn(plant.guide);
  const [find, replace] = plant;
  expect(guide.split(find), `${find} is in the guide once`).toHaveLength(2);
  const report = await check({
    guideFile: await copyOf(
      guide.replace(find, () => replace),
      true,
    ),
  });
  return find === replace ? report.kept : report.findings;
}

test.each(Object.entries(planted))("a fault is found by %s", async (rule, plant) => {
  expect((await foundOf(plant)).map((finding) => finding.rule)).toContain(rule);
});

test("where no fault is planted, the guide keeps one of its own", async () => {
  const own = Object.entries(planted).filter(([, plant]) => !("guide" in plant) && plant[0] === plant[1]);
  const { kept } = await check();
  const rulesKept = new Set<string>(kept.map(({ rule }) => rule));
  expect(own.filter(([rule]) => !rulesKept.has(rule))).toEqual([]);
});
