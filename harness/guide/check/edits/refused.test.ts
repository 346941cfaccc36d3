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
