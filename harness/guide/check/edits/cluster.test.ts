import { describe, expect, test } from "vitest";
import { findingsIn, guide, testEdits } from "../testing.ts";

const etcdctl =
  '/k8s/etcd/bin/etcdctl --ca-file=/k8s/etcd/ssl/ca.pem --cert-file=/k8s/etcd/ssl/server.pem --key-file=/k8s/etcd/ssl/server-key.pem --endpoints="https://192.168.4.71:2379"';
const network = `'{ "Network": "10.254.0.0/16", "Backend": {"Type": "vxlan"}}'`;
const register = `${etcdctl} set /k8s/network/config ${network}`;

describe("etcdctl", () => {
  testEdits([
    [
      "options of the other interface",
      `${etcdctl} cluster-health`,
      '/k8s/etcd/bin/etcdctl ‸--cacert=/k8s/etcd/ssl/ca.pem --endpoints="https://192.168.4.71:2379" cluster-health',
      "versions/flag",
    ],
    [
      "a verb of the other interface",
      `${etcdctl} cluster-health`,
      `${etcdctl} ‸endpoint health`,
      "versions/flag",
    ],
    [
      "no CA",
      `${etcdctl} cluster-health`,
      '‸/k8s/etcd/bin/etcdctl --endpoints="https://192.168.4.71:2379" cluster-health',
      "values/needed",
    ],
    [
      "no certificate",
      `${etcdctl} cluster-health`,
      '‸/k8s/etcd/bin/etcdctl --ca-file=/k8s/etcd/ssl/ca.pem --endpoints="https://192.168.4.71:2379" cluster-health',
      "values/needed",
    ],
    [
      "another CA",
      register,
      `${etcdctl.replace("--ca-file=/k8s/etcd", "--ca-file=‸/k8s/kubernetes")} set /k8s/network/config ${network}`,
      "certificates/authority",
    ],
    [
      "another client",
      register,
      `${etcdctl.replace("--cert-file=/k8s/etcd", "--cert-file=‸/k8s/kubernetes")} set /k8s/network/config ${network}`,
      "certificates/authority",
    ],
    [
      "the address that it calls unless it is told one",
      `${etcdctl} cluster-health`,
      "‸/k8s/etcd/bin/etcdctl cluster-health",
      "values/endpoint",
    ],
    [
      "JSON whose quotes the shell takes away",
      network,
      '‸{"Network":"10.254.0.0/16","Backend":{"Type":"vxlan"}}',
      "networks/form",
    ],
    [
      "the third interface, told by a variable before the command",
      `${etcdctl} cluster-health`,
      "ETCDCTL_API=3 /k8s/etcd/bin/etcdctl --cacert=/k8s/etcd/ssl/ca.pem --cert=/k8s/etcd/ssl/server.pem --key=/k8s/etcd/ssl/server-key.pem --endpoints=https://192.168.4.71:2379 endpoint health",
    ],
    [
      "the third interface, told by env",
      `${etcdctl} cluster-health`,
      "env ETCDCTL_API=3 /k8s/etcd/bin/etcdctl --cacert=/k8s/etcd/ssl/ca.pem --cert=/k8s/etcd/ssl/server.pem --key=/k8s/etcd/ssl/server-key.pem --endpoints=https://192.168.4.71:2379 endpoint health",
    ],
    [
      "variables in the place of options",
      `${etcdctl} cluster-health`,
      "export ETCDCTL_CA_FILE=/k8s/etcd/ssl/ca.pem ETCDCTL_CERT_FILE=/k8s/etcd/ssl/server.pem ETCDCTL_KEY_FILE=/k8s/etcd/ssl/server-key.pem ETCDCTL_ENDPOINTS=https://192.168.4.71:2379\n/k8s/etcd/bin/etcdctl cluster-health",
    ],
    ["mk for set", register, register.replace(" set ", " mk ")],
    [
      "a value that is fed",
      register,
      `echo ${network} > network.json\n${etcdctl} set /k8s/network/config < network.json`,
    ],
  ]);
});

test("requests that are approved before a kubelet is started are told", async () => {
  const start = "systemctl daemon-reload\nsystemctl start kubelet\nsystemctl enable kubelet\n";
  const late = guide
    .replace(`\`\`\`bash run id=start-kubelet on=nodes\n${start}\`\`\`\n`, "Later.\n")
    .replace("id=start-kube-proxy on=nodes\n", () => `id=start-kube-proxy on=nodes\n${start}`);
  const [found] = (await findingsIn(late)).filter(({ rule }) => rule === "shell/kubectl");
  expect(found).toMatchObject({ step: "3.2.10/approve-requests" });
});

test("a network that is registered after flanneld is started is told at that start", async () => {
  const block = `\`\`\`bash run id=register-network on=t71\n${register}\n\`\`\`\n`;
  const late = guide.replace(block, "").replace("#### 4.2.6 Verify\n", () => `${block}\n#### 4.2.6 Verify\n`);
  const found = await findingsIn(late);
  expect(found.find(({ rule }) => rule === "networks/prefix")).toMatchObject({ step: "4.2.5/start-network" });
});

/** The cluster of kube-proxy's kubeconfig. */
const cluster = `kubectl config set-cluster kubernetes \\
  --certificate-authority=/k8s/kubernetes/ssl/ca.pem \\
  --embed-certs=true \\
  --server=\${KUBE_APISERVER} \\
  --kubeconfig=kube-proxy.kubeconfig`;
const context = "  --cluster=kubernetes \\\n  --user=kube-proxy \\\n";

describe("a kubeconfig that leads nowhere", () => {
  testEdits([
    [
      "no context in use",
      "kubectl config use-context default --kubeconfig=kube-proxy.kubeconfig\n",
      "",
      "files/kubeconfig",
    ],
    ["a context without a user", context, "  --cluster=kubernetes \\\n", "files/kubeconfig"],
    ["a context without a cluster", context, "  --user=kube-proxy \\\n", "files/kubeconfig"],
    [
      "no CA",
      cluster,
      "‸kubectl config set-cluster kubernetes --server=${KUBE_APISERVER} --kubeconfig=kube-proxy.kubeconfig",
      "certificates/authority",
    ],
    [
      "the CA of etcd",
      cluster,
      `‸${cluster.replace("/k8s/kubernetes/ssl", "/k8s/etcd/ssl")}`,
      "certificates/authority",
    ],
    [
      "nothing that is checked",
      cluster,
      "kubectl config set-cluster kubernetes --insecure-skip-tls-verify=true --server=${KUBE_APISERVER} --kubeconfig=kube-proxy.kubeconfig",
    ],
    [
      "no server",
      "  --server=${KUBE_APISERVER} \\\n  --kubeconfig=kube-proxy.kubeconfig",
      "  --kubeconfig=kube-proxy.kubeconfig",
      "files/kubeconfig",
    ],
    ["no key", "  --client-key=/k8s/kubernetes/ssl/kube-proxy-key.pem \\\n", "", "files/kubeconfig"],
    ["no token", "  --token=${BOOTSTRAP_TOKEN} \\\n", "", "files/kubeconfig"],
    [
      "options before the verb",
      "kubectl config use-context default --kubeconfig=kube-proxy.kubeconfig",
      "kubectl --kubeconfig kube-proxy.kubeconfig config use-context default",
    ],
    [
      "what nobody can follow",
      "kubectl config use-context default --kubeconfig=kube-proxy.kubeconfig",
      "kubectl config set current-context default --kubeconfig=kube-proxy.kubeconfig",
    ],
  ]);
});

const server = 'KUBE_APISERVER="https://192.168.4.71:6443"';

describe("an address that no program reads", () => {
  testEdits([
    [
      "a dot for a colon",
      server,
      'KUBE_APISERVER="https://192.168.4.71.6443"',
      "values/endpoint",
      "values/endpoint",
    ],
    ["one slash", "--etcd-servers=https://", "--etcd-servers=‸https:/", "values/endpoint"],
    ["no scheme for the apiserver", "--etcd-servers=https://", "--etcd-servers=‸", "values/endpoint"],
    ["no scheme for flanneld", "--etcd-endpoints=https://", "--etcd-endpoints=‸", "values/endpoint"],
    ["no scheme for kubectl, which takes that of its CA", server, 'KUBE_APISERVER="192.168.4.71:6443"'],
  ]);
});

describe("programs that lack something", () => {
  const option = "--cert-dir=/k8s/kubernetes/ssl \\";
  testEdits([
    [
      "a kubelet without the network that it waits for",
      option,
      `${option}\n--network-plugin=‸cni \\`,
      "values/needed",
    ],
    [
      "a kubelet without the address of its runtime",
      option,
      `${option}\n--container-runtime=remote \\`,
      "values/needed",
    ],
    [
      "kubelets whom nobody lets in",
      "--authorization-mode=RBAC,Node",
      "--authorization-mode=‸Node",
      "values/user",
    ],
    [
      "a kubelet with one port for two",
      "port: 10250\nreadOnlyPort: 10255",
      "port: 10255\n‸readOnlyPort: 10255",
      "files/kubelet-configuration",
    ],
    [
      "an option that etcd does not have",
      "--client-cert-auth=",
      "‸--client-cert-authentication=",
      "versions/flag",
    ],
    ["an option that flanneld does not have", "2379 -etcd-cafile=", "2379 ‸-etcd-ca-file=", "versions/flag"],
    [
      "profiles under another key",
      '"profiles": {\n      "kubernetes"',
      '"profile": {\n      "kubernetes"',
      "certificates/profile",
      "certificates/profile",
    ],
    [
      "a CA without its key",
      "-ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=etcd",
      "‸-ca=ca.pem -config=ca-config.json -profile=etcd",
      "certificates/signer",
    ],
    [
      "requests that are not named",
      "kubectl certificate approve $(kubectl get csr -o name)",
      "kubectl certificate ‸approve",
      "shell/kubectl",
    ],
  ]);
});

describe("a unit", () => {
  testEdits([
    ["a time in words", "RestartSec=2", "RestartSec=‸two", "units/value"],
    ["a time with its unit", "RestartSec=2", "RestartSec=1min 30s"],
    ["a limit in words", "LimitNOFILE=65536", "LimitNOFILE=‸65536 files", "units/value"],
    ["a limit with its scale", "LimitNOFILE=65536", "LimitNOFILE=1M"],
    [
      "a command that only a shell would run",
      "kube-proxy $KUBE_PROXY_OPTS",
      "kube-proxy ‸--oom-score-adj=$(hostname) $KUBE_PROXY_OPTS",
      "units/exec",
    ],
    [
      "a command that a shell runs",
      "ExecStart=/k8s/kubernetes/bin/kube-proxy $KUBE_PROXY_OPTS",
      'ExecStart=/bin/sh -c "/k8s/kubernetes/bin/kube-proxy --oom-score-adj=$(nproc) $KUBE_PROXY_OPTS"',
    ],
    [
      "that runs, and is started to read its new file",
      "systemctl stop docker\nip link delete docker0\nsystemctl start flanneld\nsystemctl enable flanneld\nsystemctl start docker",
      "ip link delete docker0\nsystemctl start flanneld\nsystemctl enable flanneld\nsystemctl start ‸docker",
      "units/not-restarted",
    ],
    [
      "that is restarted to read its new file",
      "systemctl start docker\nsystemctl restart kubelet",
      "systemctl restart docker\nsystemctl restart kubelet",
    ],
    [
      "whose settings are changed before it is started again",
      "systemctl restart kube-proxy",
      "sed -i 's/--v=4/--v=2/' /k8s/kubernetes/cfg/kube-proxy\nsystemctl start ‸kube-proxy",
      "units/not-restarted",
    ],
    ["that runs as it is", "systemctl restart kube-proxy", "systemctl start kube-proxy"],
    [
      "that another one has pulled down",
      "systemctl stop docker\nip link delete docker0\nsystemctl start flanneld\nsystemctl enable flanneld\nsystemctl start docker\nsystemctl restart kubelet",
      "systemctl stop ‸docker\nip link delete docker0\nsystemctl start flanneld\nsystemctl enable flanneld\nsystemctl start docker",
      "units/left-stopped",
    ],
  ]);
});
