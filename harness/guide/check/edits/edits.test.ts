import { describe } from "vitest";
import { testEdits } from "../testing.ts";

/** Edits of which readers' reports tell. */
describe("an edit that a reader made", () => {
  testEdits([
    [
      "an empty line in a command",
      "kubelet-bootstrap \\\n  --clusterrole=system",
      "kubelet-bootstrap \\\n\n  ‸--clusterrole=system",
      "shell/continuation",
    ],
    ["a comma in YAML", "cgroupDriver: cgroupfs", "‸cgroupDriver: cgroupfs,", "files/kubelet-configuration"],
    [
      "an option put out by a comment",
      '_APISERVER_OPTS="--logtostderr=true \\\n--v=4 \\',
      '_APISERVER_OPTS="--logtostderr=true \\\n‸#--v=4 \\',
      "files/comment",
    ],
    [
      "curl -LO for wget",
      "wget https://github.com/cloudflare/cfssl/releases/download/1.2.0/cfssl_linux-amd64",
      "curl -LO https://github.com/cloudflare/cfssl/releases/download/1.2.0/cfssl_linux-amd64",
    ],
    [
      "a comma too many in daemon.json",
      "```bash run id=start-docker on=nodes",
      '```json file id=docker-settings on=nodes path=/etc/docker/daemon.json\n{\n  "registry-mirrors": ["https://a.example.org"]‸,\n}\n```\n\n```bash run id=start-docker on=nodes',
      "files/json",
    ],
    [
      "a blank in a list of addresses",
      'LISTEN_CLIENT_URLS="https://192.168.4.71:2379"',
      'LISTEN_CLIENT_URLS="https://192.168.4.71:2379,‸ http://127.0.0.1:2379"',
      "files/list",
      "security/plain-etcd",
    ],
    [
      "a unit that is enabled and started at once",
      "systemctl enable etcd\nsystemctl start etcd",
      "systemctl enable --now etcd",
    ],
    [
      "what is left running",
      "mkdir -p /data1/etcd\n",
      "mkdir -p /data1/etcd\nnohup sleep 7000 &\n(while true; do echo still here; sleep 1; done) &\n",
    ],
    [
      "what a terminal would obey",
      "mkdir -p /data1/etcd\n",
      String.raw`mkdir -p /data1/etcd
printf '\033[31mred\033[0m bell\007 nul\000 bad\377\376 fffe\357\277\276 cdata]]> <b>&amp; \b\f lone \355\240\200 u2028\342\200\250end\n'
printf '\033]0;title\007 osc \033[2J\n' >&2
false
`,
    ],
    ["a dash of a word processor", "  --clusterrole=system", "  ‸–clusterrole=system", "text/character"],
    [
      "etcdctl's other interface",
      '/k8s/etcd/bin/etcdctl --ca-file=/k8s/etcd/ssl/ca.pem --cert-file=/k8s/etcd/ssl/server.pem --key-file=/k8s/etcd/ssl/server-key.pem --endpoints="https://192.168.4.71:2379" set',
      '‸ETCDCTL_API=3 /k8s/etcd/bin/etcdctl --cacert=/k8s/etcd/ssl/ca.pem --cert=/k8s/etcd/ssl/server.pem --key=/k8s/etcd/ssl/server-key.pem --endpoints="https://192.168.4.71:2379" put',
      "networks/etcd-interface",
    ],
    ["a full-width colon", "readOnlyPort: 10255", "readOnlyPort‸：10255", "text/character"],
    [
      "full-width commas in the token file",
      '663eb46fb81c4cf2a9bedb84bea03582,kubelet-bootstrap,10001,"',
      '663eb46fb81c4cf2a9bedb84bea03582‸，kubelet-bootstrap，10001,"',
      "text/character",
    ],
    [
      "a blank behind EOF",
      "    }\n  ]\n}\nEOF\n```\n\n#### 2.3.3",
      "    }\n  ]\n}\n‸EOF \n```\n\n#### 2.3.3",
      "shell/syntax",
    ],
    [
      "a node's name with an underscore",
      "--hostname-override={{machine.address}} \\\n--kubeconfig",
      "--hostname-override=‸k8s_{{machine.name}} \\\n--kubeconfig",
      "values/node-name",
    ],
    [
      "a line separator",
      "systemctl daemon-reload\nsystemctl enable etcd",
      "systemctl daemon-reload‸\u2028systemctl enable etcd",
      "text/character",
    ],
    [
      "a no-break space in settings",
      'KUBELET_OPTS="--logtostderr=true \\\n--v=4 \\',
      'KUBELET_OPTS="--logtostderr=true \\\n--v=4‸\u00A0\\',
      "text/character",
    ],
    ["a no-break space in a command", "systemctl start etcd", "systemctl start‸\u00A0etcd", "text/character"],
    [
      "nil in YAML",
      "failSwapOn: false",
      "failSwapOn: false\n‸evictionSoft: nil",
      "files/kubelet-configuration",
    ],
    ["null in YAML", "failSwapOn: false", "failSwapOn: false\nevictionSoft: null"],
    ["no blank behind a colon", "port: 10250", "‸port:10250", "files/yaml"],
    [
      "a question",
      "mkdir -p /data1/etcd\n",
      "mkdir -p /data1/etcd\n‸read -p 'Continue?' answer < /dev/tty\n",
      "shell/terminal",
    ],
    [
      "a misspelt option in one of two places that must agree",
      'KUBELET_OPTS="--logtostderr=true \\\n--v=4 \\\n--hostname-override',
      'KUBELET_OPTS="--logtostderr=true \\\n--v=4 \\\n‸--hostname-overide',
      "versions/flag",
    ],
    [
      "kube-proxy without its node's name",
      "--hostname-override={{machine.address}} \\\n--cluster-cidr=10.254.0.0/16",
      "--cluster-cidr=10.254.0.0/16",
      "values/node-name",
    ],
    [
      "typographic quotes in settings",
      'KUBE_PROXY_OPTS="--logtostderr=true \\\n--v=4 \\',
      "KUBE_PROXY_OPTS=‸“--logtostderr=true \\\n--v=4 \\",
      "text/character",
    ],
    [
      "typographic quotes in a script",
      'KUBE_APISERVER="https://192.168.4.71:6443"',
      "KUBE_APISERVER=‸“https://192.168.4.71:6443”",
      "text/character",
      "text/character",
    ],
    [
      "another token",
      "BOOTSTRAP_TOKEN=663eb46fb81c4cf2a9bedb84bea03582",
      "BOOTSTRAP_TOKEN=‸663eb46fb81c4cf2a9bedb84bea03583",
      "values/token",
    ],
    [
      "a blank behind a script's backslash",
      '#!/bin/bash\n# kubelet bootstrapping kubeconfig\nBOOTSTRAP_TOKEN=663eb46fb81c4cf2a9bedb84bea03582\nKUBE_APISERVER="https://192.168.4.71:6443"\n# cluster\nkubectl config set-cluster kubernetes \\',
      '#!/bin/bash\n# kubelet bootstrapping kubeconfig\nBOOTSTRAP_TOKEN=663eb46fb81c4cf2a9bedb84bea03582\nKUBE_APISERVER="https://192.168.4.71:6443"\n# cluster\nkubectl config set-cluster kubernetes ‸\\ ',
      "text/line-end",
    ],
    [
      "a blank behind a unit's backslash",
      "ExecStart=/k8s/kubernetes/bin/kube-scheduler $KUBE_SCHEDULER_OPTS",
      "ExecStart=/k8s/kubernetes/bin/kube-scheduler ‸\\ \n  $KUBE_SCHEDULER_OPTS",
      "text/line-end",
    ],
    [
      "an option that the program has no more",
      "--cert-dir=/k8s/kubernetes/ssl \\",
      "--cert-dir=/k8s/kubernetes/ssl \\\n--allow-privileged=true \\\n‸--require-kubeconfig \\",
      "versions/flag",
    ],
    [
      "a zero-width space in an address",
      "--etcd-servers=https://192.168.4.71:2379 \\",
      "--etcd-servers=https://192.168.4.71:2379‸\u200B \\",
      "text/character",
    ],
    [
      "a zero-width space in the token file",
      '663eb46fb81c4cf2a9bedb84bea03582,kubelet-bootstrap,10001,"',
      '‸\u200B663eb46fb81c4cf2a9bedb84bea03582,kubelet-bootstrap,10001,"',
      "text/character",
    ],
    [
      "another CA for etcd's clients",
      "--etcd-cafile=/k8s/etcd/ssl/ca.pem \\\n--etcd-certfile=/k8s/etcd/ssl/server.pem \\",
      "--etcd-cafile=/k8s/etcd/ssl/ca.pem \\\n--etcd-certfile=‸/k8s/kubernetes/ssl/server.pem \\",
      "certificates/authority",
      "certificates/pair",
    ],
    [
      "another CA that signs",
      "--cluster-signing-cert-file=/k8s/kubernetes/ssl/ca.pem",
      "--cluster-signing-cert-file=‸/k8s/etcd/ssl/ca.pem",
      "certificates/authority",
      "certificates/pair",
    ],
    [
      "another machine's address",
      "--bind-address=192.168.4.71",
      "--bind-address=‸192.168.4.72",
      "machines/address",
    ],
    [
      "a blank in a remote path",
      "ca.pem kube-proxy.pem kube-proxy-key.pem $node:$PWD",
      "ca.pem kube-proxy.pem kube-proxy-key.pem ‸root@$node: /k8s/kubernetes/ssl/",
      "shell/remote-path",
      "files/missing",
      "files/missing",
      "files/missing",
    ],
    [
      "a user without @",
      "systemctl start etcd",
      "systemctl start etcd\nssh ‸root192.168.4.72 hostname",
      "shell/remote-path",
    ],
    [
      "a gap for the reader",
      "kubectl certificate approve $(kubectl get csr -o name)",
      "kubectl certificate approve ‸node-csr-XXXX",
      "shell/gap",
    ],
  ]);
});
