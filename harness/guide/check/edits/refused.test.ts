import { describe } from "vitest";
import { testEdits } from "../testing.ts";

const certDir = "--cert-dir=/k8s/kubernetes/ssl \\";
const start = "systemctl daemon-reload\nsystemctl start kube-proxy";

describe("files that take each other's place", () => {
  testEdits([
    [
      "a key for a CA",
      "--client-ca-file=/k8s/kubernetes/ssl/ca.pem",
      "--client-ca-file=‸/k8s/kubernetes/ssl/ca-key.pem",
      "certificates/pair",
    ],
    [
      "a certificate and its key, exchanged",
      "--tls-cert-file=/k8s/kubernetes/ssl/server.pem \\\n--tls-private-key-file=/k8s/kubernetes/ssl/server-key.pem",
      "--tls-cert-file=‸/k8s/kubernetes/ssl/server-key.pem \\\n--tls-private-key-file=/k8s/kubernetes/ssl/server.pem",
      "certificates/pair",
      "certificates/pair",
    ],
    [
      "a folder for a file",
      "--token-auth-file=/k8s/kubernetes/cfg/token.csv",
      "--token-auth-file=‸/k8s/kubernetes/cfg",
      "files/missing",
    ],
    [
      "a folder for logs that nobody has made",
      'KUBELET_OPTS="--logtostderr=true \\\n--v=4',
      'KUBELET_OPTS="--logtostderr=false \\\n--log-dir=‸/k8s/kubernetes/logs \\\n--v=4',
      "files/folder",
    ],
    ["a folder for logs that is not used", certDir, `${certDir}\n--log-dir=/k8s/kubernetes/logs \\`],
    [
      "the bootstrap kubeconfig as the kubelet's own",
      "--kubeconfig=/k8s/kubernetes/cfg/kubelet.kubeconfig",
      "--kubeconfig=‸/k8s/kubernetes/cfg/bootstrap.kubeconfig",
      "values/user",
    ],
  ]);
});

describe("rights that do not reach whom they are for", () => {
  testEdits([
    [
      "a user bound as a group",
      "  --user=kubelet-bootstrap\n```",
      "  ‸--group=kubelet-bootstrap\n```",
      "values/user",
    ],
    ["the group", "  --user=kubelet-bootstrap\n```", "  --group=system:kubelet-bootstrap\n```"],
    [
      "in one namespace alone",
      "kubectl create clusterrolebinding",
      "kubectl create ‸rolebinding",
      "values/user",
    ],
  ]);
});

describe("keys and certificates in a kubeconfig", () => {
  const key = "  --client-key=/k8s/kubernetes/ssl/kube-proxy-key.pem \\\n";
  testEdits([
    [
      "a certificate for its key",
      key,
      "  ‸--client-key=/k8s/kubernetes/ssl/kube-proxy.pem \\\n",
      "certificates/pair",
    ],
    [
      "a key for its certificate",
      "  --client-certificate=/k8s/kubernetes/ssl/kube-proxy.pem",
      "  ‸--client-certificate=/k8s/kubernetes/ssl/kube-proxy-key.pem",
      "certificates/pair",
    ],
    [
      "the key of another certificate",
      "  --client-certificate=/k8s/kubernetes/ssl/kube-proxy.pem \\\n" + key,
      "  --client-certificate=/k8s/kubernetes/ssl/kube-proxy.pem \\\n  ‸--client-key=/k8s/etcd/ssl/server-key.pem \\\n",
      "certificates/pair",
    ],
    [
      "a key for the CA that clients of the kubelet show",
      "authentication:\n  anonymous:\n    enabled: true # Defaults",
      "authentication:\n  x509:\n    ‸clientCAFile: /k8s/kubernetes/ssl/kube-proxy-key.pem\n  anonymous:\n    enabled: true # Defaults",
      "certificates/pair",
    ],
  ]);
});

describe("what is done by half", () => {
  testEdits([
    [
      "SELinux that is switched to what it does not know",
      "/SELINUX=disabled/",
      "/SELINUX=‸disable/",
      "files/selinux",
    ],
    ["SELinux that warns", "/SELINUX=disabled/", "/SELINUX=permissive/"],
    [
      "a firewall that is stopped on one machine",
      "id=stop-firewalld on=all\nsystemctl stop firewalld",
      "id=stop-firewalld on=t71\nsystemctl stop ‸firewalld",
      "machines/firewall",
    ],
    [
      "etcd without TLS at another address",
      'LISTEN_CLIENT_URLS="https://192.168.4.71:2379"',
      'LISTEN_CLIENT_URLS=‸"https://192.168.4.71:2379,http://127.0.0.1:2379"',
      "security/plain-etcd",
    ],
    [
      "etcd with TLS at another address, which its certificate lacks",
      'LISTEN_CLIENT_URLS="https://192.168.4.71:2379"',
      'LISTEN_CLIENT_URLS="https://192.168.4.71:2379,https://127.0.0.1:2379"',
      "certificates/hosts",
    ],
    [
      "a domain that is cut short",
      "clusterDomain: cluster.local.",
      "‸clusterDomain: cluster.loca.",
      "values/cluster-domain",
    ],
    ["the domain without its dot", "clusterDomain: cluster.local.", "clusterDomain: cluster.local"],
    ["tokens without a CA", "--root-ca-file=/k8s/kubernetes/ssl/ca.pem \\\n", "", "values/needed"],
    [
      "requests that nobody approves",
      "kubectl certificate approve $(kubectl get csr -o name)",
      "kubectl get csr -o name",
      "values/user",
    ],
    [
      "requests that a controller approves",
      "kubectl certificate approve $(kubectl get csr -o name)",
      "kubectl create clusterrolebinding approve --clusterrole=system:certificates.k8s.io:certificatesigningrequests:nodeclient --user=kubelet-bootstrap",
    ],
    [
      "PATH that is read again, as it was",
      "```bash file id=add-to-path on=nodes path=/etc/profile append\nexport PATH=/k8s/kubernetes/bin:$PATH\n```\n",
      "None.\n",
      "shell/command",
    ],
    [
      "PATH that is set in a file of its own",
      "```bash file id=add-to-path on=nodes path=/etc/profile append",
      "```bash file id=add-to-path on=nodes path=/etc/profile.d/kubernetes.sh",
    ],
    [
      "an apiserver that reads no tokens",
      'KUBE_APISERVER_OPTS="--logtostderr=true \\\n--v=4 \\\n--etcd-servers=https://192.168.4.71:2379 \\\n--bind-address=192.168.4.71 \\\n--secure-port=6443 \\\n--advertise-address=192.168.4.71 \\\n--allow-privileged=true \\\n--service-cluster-ip-range=10.254.0.0/16 \\\n--enable-admission-plugins=NamespaceLifecycle,LimitRanger,ServiceAccount,ResourceQuota,NodeRestriction \\\n--authorization-mode=RBAC,Node \\\n--enable-bootstrap-token-auth \\\n--token-auth-file=/k8s/kubernetes/cfg/token.csv \\\n',
      'KUBE_APISERVER_OPTS="--logtostderr=‸true \\\n--v=4 \\\n--etcd-servers=https://192.168.4.71:2379 \\\n--bind-address=192.168.4.71 \\\n--secure-port=6443 \\\n--advertise-address=192.168.4.71 \\\n--allow-privileged=true \\\n--service-cluster-ip-range=10.254.0.0/16 \\\n--enable-admission-plugins=NamespaceLifecycle,LimitRanger,ServiceAccount,ResourceQuota,NodeRestriction \\\n--authorization-mode=RBAC,Node \\\n--enable-bootstrap-token-auth \\\n',
      "values/token",
    ],
    [
      "an address that two kubeconfigs have from a variable",
      'KUBE_APISERVER="https://192.168.4.71:6443"',
      'KUBE_APISERVER="‸https://192.168.4.71:8443"',
      "values/endpoint",
    ],
    [
      "a port at which nothing listens: it is no open one",
      '--v=4 --master=127.0.0.1:8080"',
      '--v=4 --master=‸127.0.0.1:8081"',
      "values/endpoint",
    ],
  ]);
});

describe("values that a program refuses", () => {
  testEdits([
    [
      "a time without its unit",
      "failSwapOn: false",
      "failSwapOn: false\n‸syncFrequency: 60",
      "files/kubelet-configuration",
    ],
    ["a time with its unit", "failSwapOn: false", "failSwapOn: false\nsyncFrequency: 1m0s"],
    [
      "an image with the web's scheme",
      "--pod-infra-container-image=registry",
      "--pod-infra-container-image=‸https://registry",
      "versions/value",
    ],
    [
      "an address that means each machine itself",
      "--advertise-address=192.168.4.71",
      "--advertise-address=‸127.0.0.1",
      "machines/address",
    ],
    [
      "a word behind an option that is true by itself",
      'KUBELET_OPTS="--logtostderr=true \\',
      'KUBELET_OPTS="--logtostderr ‸true \\',
      "versions/flag",
    ],
    [
      "an address where the components' health is not asked",
      "--address=127.0.0.1 \\",
      "--address=‸192.168.4.71 \\",
      "values/endpoint",
    ],
    ["an address of all", "--address=127.0.0.1 \\", "--address=0.0.0.0 \\"],
  ]);
});

describe("what a unit does not do", () => {
  testEdits([
    ["a dollar that a shell would need", "dockerd $DOCKER", "dockerd ‸\\$DOCKER", "units/variable"],
    ["a dollar written twice", "dockerd $DOCKER", "dockerd ‸$$DOCKER", "units/variable"],
    [
      "flannel's subnet without Docker's use of it",
      "dockerd $DOCKER_NETWORK_OPTIONS",
      "dockerd -H fd://",
      "units/variable",
    ],
    [
      "a start that does not wait for what reads its file",
      "[Service]\nType=notify\nEnvironmentFile=/k8s/kubernetes/cfg/flanneld",
      "[Service]\nEnvironmentFile=/k8s/kubernetes/cfg/flanneld",
      "units/exec",
    ],
    [
      "a question before the start",
      start,
      `systemctl daemon-reload\nsystemctl status ‸kube-proxy --no-pager\nsystemctl start kube-proxy`,
      "units/not-running",
    ],
    [
      "a question that may be answered by no",
      start,
      `systemctl daemon-reload\nsystemctl is-active kube-proxy || true\nsystemctl start kube-proxy`,
    ],
    ["a question after the start", start, `${start}\nsystemctl is-active kube-proxy`],
  ]);
});

describe("the folder before", () => {
  testEdits([
    [
      "by cd",
      "cd /k8s/kubernetes/cfg\nsh environment.sh",
      'cd /opt\ncd /k8s/kubernetes/cfg\ncd /tmp\ncd -\nsh environment.sh\ncd "$OLDPWD"',
    ],
  ]);
});
