import { describe } from "vitest";
import { type Edit, testEdits } from "../testing.ts";

describe("a word that a program of Kubernetes does not take", () => {
  testEdits([
    ["a misspelt option", "--advertise-address=", "‸--advertise-adress=", "versions/flag"],
    ["an option with one dash", "--secure-port=6443", "‸-secure-port=6443", "versions/flag"],
    ["an option without dashes", "\n--secure-port=6443", "\n‸secure-port=6443", "versions/flag"],
    ["a blank in a list", "RBAC,Node", "RBAC, ‸Node", "versions/flag", "files/list", "values/user"],
    ["a blank in an image's name", "pause-amd64:3.0", "pause-amd64: ‸3.0", "versions/flag"],
    [
      "an option in the unit itself",
      "kube-proxy $KUBE_PROXY_OPTS",
      "kube-proxy ‸-masquerade-all $KUBE_PROXY_OPTS",
      "versions/flag",
    ],
    ["a value behind a blank", "\n--secure-port=6443", "\n--secure-port 6443 --profiling=false"],
    [
      "a level of the log by its letter",
      "--logtostderr=true --v=4 --master",
      "--logtostderr=true -v=4 --master",
    ],
  ]);
});

const secure = "--secure-port=6443 \\";
const certDir = "--cert-dir=/k8s/kubernetes/ssl \\";

describe("a value of another type than its option", () => {
  testEdits([
    ...(
      [
        ["a version of TLS", secure, "tls-min-version", "1.2", "VersionTLS12"],
        ["a storage of the past", secure, "storage-backend", "etcd2", "etcd3"],
        ["a number in words", secure, "max-requests-inflight", "many", "400"],
        ["a gate that is misspelt", secure, "feature-gates", "TTLAfterFinish=true", "TTLAfterFinished=true"],
        ["a gate that is half open", secure, "feature-gates", "TTLAfterFinished", "AllAlpha=false"],
        ["true, misspelt", certDir, "rotate-certificates", "ture", "true"],
        ["a letter among digits", certDir, "max-pods", "11O", "110"],
        ["a time without its unit", certDir, "node-status-update-frequency", "10", "1m10s"],
      ] as const
    ).flatMap(([name, line, option, wrong, right]): Edit[] => [
      [name, line, `${line}\n--${option}=‸${wrong} \\`, "versions/value"],
      [`${name}, as it should be`, line, `${line}\n--${option}=${right} \\`],
    ]),
    ["a time of etcd", "#[Clustering]", 'ETCD_ELECTION_TIMEOUT=‸"1s"\n#[Clustering]', "versions/value"],
    [
      "a switch of flanneld",
      "flanneld --ip-masq $FLANNEL_OPTIONS\n#",
      "flanneld --ip-masq=‸yess $FLANNEL_OPTIONS\n#",
      "versions/value",
    ],
    [
      "a list of versions of the API, which is no file",
      secure,
      `${secure}\n--runtime-config=batch/v2alpha1 \\`,
    ],
  ]);
});

describe("what kubectl does not take", () => {
  const role = "  --clusterrole=system:node-bootstrapper";
  testEdits([
    ["one dash", role, role.replace("--", "‸-"), "shell/kubectl"],
    [
      "a misspelt option",
      "  --user=kubelet-bootstrap\n```",
      "  ‸--users=kubelet-bootstrap\n```",
      "shell/kubectl",
    ],
    ["another option", "get cs --sort-by=", "get cs ‸--sort=", "shell/kubectl"],
    ["another table", "get nodes -o wide", "get nodes -o ‸wid", "shell/kubectl"],
    ["an object in the plural", "create clusterrolebinding", "create ‸clusterrolebindings", "shell/kubectl"],
    ["a table of its own", "get nodes -o wide", "get nodes -ojsonpath={.items[0]} --no-headers=true"],
  ]);
});

describe("what cfssl does not take", () => {
  const ca = "cfssl gencert -initca ca-csr.json | cfssljson -bare ca\n";
  const signed = "-config=ca-config.json -profile=etcd ";
  const rules = '"default": {\n      "expiry": "87600h"\n    },\n    "profiles": {\n      "etcd"';
  testEdits([
    ["a misspelt command", ca, ca.replace("gencert", "‸gencrt"), "certificates/request"],
    ["a switch with a value", ca, ca.replace("-initca ", "‸-initca="), "certificates/request"],
    ["a key without a certificate", ca, ca.replace("gencert -initca", "genkey"), "files/missing"],
    ["no profile", signed, "-config=ca-config.json ", "certificates/profile"],
    [
      "a profile that nobody uses",
      rules,
      rules.replace('"expiry": "87600h"', '‸"expiry": "10y"'),
      "certificates/expiry",
    ],
    [
      "a misspelt key",
      '"CN": "kubernetes",\n  "hosts"',
      '"CN": "kubernetes",\n  ‸"host"',
      "certificates/request",
    ],
    ["a comma too many", '"192.168.4.76"\n  ],', '"192.168.4.76"‸,\n  ],', "files/json"],
    [
      "a comma too few",
      '    "192.168.4.71",\n    "192.168.4.72",\n    "192.168.4.76"\n',
      '    "192.168.4.71"‸\n    "192.168.4.72",\n    "192.168.4.76"\n',
      "files/json",
    ],
  ]);
});
