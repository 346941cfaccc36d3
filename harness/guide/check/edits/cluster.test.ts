import { describe, expect, test } from "vitest";
import { findingsIn, guide, testEdits } from "../testing.ts";

test("requests that are approved before a kubelet is started are told", async () => {
  const start = "systemctl daemon-reload\nsystemctl start kubelet\nsystemctl enable kubelet\n";
  const late = guide
    .replace(`\`\`\`bash run id=start-kubelet on=nodes\n${start}\`\`\`\n`, "Later.\n")
    .replace("id=start-kube-proxy on=nodes\n", () => `id=start-kube-proxy on=nodes\n${start}`);
  const found = (await findingsIn(late)).find(({ rule }) => rule === "shell/kubectl");
  expect(found).toMatchObject({ step: "3.2.10/approve-requests" });
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

describe("what is left out, or comes too late", () => {
  const dockerUnit = /```ini file id=docker-unit[^]*?```\n/.exec(guide)?.[0] ?? "";
  const start = "systemctl start flanneld\nsystemctl enable flanneld\nsystemctl start docker\n";
  testEdits([
    ["the start of a unit", "systemctl start kube-controller-manager\n", "", "units/not-started"],
    [
      "Docker's unit, which reads flannel's subnet",
      dockerUnit,
      "None.\n",
      "units/variable",
      "guide/empty-section",
    ],
    [
      "flanneld, started after Docker",
      start,
      "systemctl start docker\nsystemctl start flanneld\nsystemctl enable flanneld\n",
      "units/environment-file",
    ],
    [
      "the key that signs requests",
      "--cluster-signing-key-file=/k8s/kubernetes/ssl/ca-key.pem \\\n",
      "",
      "values/needed",
    ],
    [
      "the policy of a mode",
      "--authorization-mode=RBAC,Node",
      "--authorization-mode=ABAC,RBAC,Node",
      "values/needed",
    ],
    [
      "the CA of the kubelets' clients",
      "authentication:\n  anonymous:\n    enabled: true # Defaults",
      "authentication:\n  x509:\n    ‸clientCAFile: /k8s/kubernetes/ssl/ca.crt\n  anonymous:\n    enabled: true # Defaults",
      "files/missing",
    ],
  ]);

  test("the right of kubelets to ask, which is given after they have asked", async () => {
    const [bind = ""] = /```bash run id=bind-bootstrap-role[^]*?```\n/.exec(guide) ?? [];
    const late = guide.replace(bind, "None.\n").replace("#### 3.2.10", () => `${bind}\n#### 3.2.10`);
    expect(await findingsIn(late)).toMatchObject(
      [
        { rule: "values/user", step: "3.2.9/bind-bootstrap-role" },
        { rule: "guide/empty-section" },
      ].toReversed(),
    );
  });
});

describe("what is told of the place that is wrong", () => {
  testEdits([
    [
      "an apiserver that only its own machine reaches",
      "--bind-address=192.168.4.71",
      "--bind-address=‸127.0.0.1",
      "values/endpoint",
    ],
    [
      "a kubelet with another node's name",
      "--hostname-override={{machine.address}} \\\n--kubeconfig",
      "--hostname-override=‸192.168.4.76 \\\n--kubeconfig",
      "machines/address",
    ],
    ["a blank before a user", "03582,kubelet-bootstrap", "03582,‸ kubelet-bootstrap", "values/token"],
    ["a blank behind a user", "03582,kubelet-bootstrap,", "03582,‸kubelet-bootstrap ,", "values/token"],
  ]);

  test("a fault of all nodes is one, in words for all of them", async () => {
    const option = "--hostname-override={{machine.address}} \\\n--cluster-cidr";
    const found = await findingsIn(guide.replace(option, "--cluster-cidr"));
    expect(found).toMatchObject([
      { hint: "add --hostname-override={{machine.address}}, as the kubelet has it" },
    ]);
  });

  test("a fault that is in no command has the step of its block", async () => {
    const printed = await findingsIn(
      guide.replace("{{age}}   v1.14.0   192.168.4.72", "{{age}}   v1.14.1   192.168.4.72"),
    );
    expect(printed).toMatchObject([{ rule: "versions/differ", step: "4.2.6/show-nodes" }]);
    const [missing] = await findingsIn(guide.replace("cfg/environment.sh", "cgf/environment.sh"));
    expect(missing).toMatchObject({ rule: "files/folder", step: "3.2.3/environment-script" });
  });
});
