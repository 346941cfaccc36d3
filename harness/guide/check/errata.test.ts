import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { readText } from "../../input/yaml-file.ts";
import { loadErrata } from "../edit/errata.ts";
import { editNames } from "../edit/folder.ts";
import { checkGuide } from "./index.ts";
import type { RuleId } from "./rules.ts";

const fixtures = join(projectRoot, "fixtures/guide");
const guideFile = join(fixtures, "guide.md");
const folder = join(fixtures, "errata");
const ids = await editNames(folder);

/** Which rule finds an erratum that is put back, and where: in its own YAML or in the guide, by the text there. */
const found: Readonly<Record<string, readonly [RuleId, "erratum" | "guide", string]>> = {
  "bootstrap-token-printed": [
    "security/token",
    "guide",
    "663eb46fb81c4cf2a9bedb84bea03582,kubelet-bootstrap",
  ],
  "ca-and-apiserver-of-one-name": ["certificates/same-name", "guide", '"CN": "kubernetes"'],
  "ca-key-on-nodes": ["certificates/ca-key-leaves", "erratum", "*.pem'"],
  "centos-mirrors-moved": ["versions/mirror", "guide", "yum install -y wget"],
  "certificates-folder-not-entered": [
    "files/missing",
    "guide",
    "ca.pem kube-proxy.pem kube-proxy-key.pem $node",
  ],
  "cfssl-download-site": ["versions/site", "erratum", "https://pkg.cfssl.org/R1.2/cfssl_linux-amd64'"],
  "ca-for-five-years": ["certificates/expiry", "guide", '"expiry": "87600h"'],
  "csr-of-another-machine": ["shell/generated-name", "erratum", "node-csr-ij3py9j"],
  "docker-bridge-not-deleted": ["networks/bridge", "guide", "docker\n"],
  "docker-options-name": ["units/variable", "erratum", "$DOCKERNETWORKOPTIONS'"],
  "docker-version-open": ["versions/open", "guide", "docker-ce -y"],
  "etcd-certificates-not-copied": ["files/missing", "guide", "/k8s/etcd/ssl/ca.pem -etcd-certfile"],
  "etcd-data-folder-parents": ["files/folder", "erratum", "/data1/etcd"],
  "etcd-enable-typo": ["units/verb", "erratum", "enabel etcd"],
  "etcd-settings-given-twice": ["units/given-twice", "guide", '--name=\\"${ETCD_NAME}'],
  "etcd-tarball-elsewhere": ["files/missing", "guide", "etcd-v3.3.10-linux-amd64.tar.gz"],
  "etcd-unit-wantedby-typo": ["units/target", "erratum", "multi-user.targe"],
  "etcdctl-not-in-path": ["shell/command", "erratum", "etcdctl"],
  "firewalld-not-disabled": ["units/not-disabled", "guide", "firewalld\n"],
  "flannel-endpoint-comma": ["files/list", "erratum", ", -etcd-cafile"],
  "flannel-network-is-service-range": ["networks/overlap", "guide", '10.254.0.0/16", "Backend"'],
  "flannel-tarball-only-on-master": ["files/missing", "guide", "flannel-v0.10.0-linux-amd64.tar.gz"],
  "get-without-a-resource": ["guide/empty-section", "guide", "#### 2.7.2"],
  "insecure-port": ["security/insecure-port", "guide", "127.0.0.1:8080"],
  "kubelet-certificate-not-renewed": ["certificates/not-renewed", "guide", "kind: KubeletConfiguration"],
  "kubelet-configuration-indentation": ["files/yaml", "erratum", "enabled: false"],
  "kubelet-open-to-all": ["security/open-kubelet", "guide", "readOnlyPort"],
  "kubernetes-tarball-elsewhere": ["files/missing", "guide", "kubernetes-server-linux-amd64.tar.gz"],
  "no-cluster-dns": ["networks/no-dns", "guide", "10.254.0.10"],
  "node-binaries-of-another-version": ["versions/differ", "erratum", "1.13.1"],
  "node-folders-missing": ["files/folder", "guide", "/k8s/kubernetes/bin/"],
  "node-path-missing": ["shell/command", "guide", "kubectl config set-cluster"],
  "scheduler-settings-quote": ["files/quote", "guide", '"--logtostderr=true --v=4 --master'],
  "scp-to-unknown-machine": ["machines/unknown", "guide", "$node:$PWD"],
  "second-node-not-described": ["machines/address", "erratum", "192.168.4.72"],
  "service-account-key-is-ca-key": ["certificates/shared-key", "guide", "/k8s/kubernetes/ssl/ca-key.pem"],
  "setenforce-remark": ["shell/syntax", "erratum", ""],
  "setenforce-when-off": ["shell/selinux", "guide", "setenforce 0"],
  "settings-folder-not-entered": ["files/missing", "guide", "environment.sh"],
  "subnet-file-overwritten": ["files/overwritten", "guide", "/run/flannel/subnet.env"],
  "tools-not-installed": ["shell/command", "guide", "wget https://dl.k8s.io/v1.14.0/kubernetes-server"],
};

const check = (id: string) => checkGuide({ guideFile, ports: [], errata: [id], extraEdits: [] });

test.each(Object.entries(found))("%s is found without a machine", async (id, [rule, where, text]) => {
  const { findings } = await check(id);
  const first = findings.find((finding) => finding.rule === rule);
  const file = where === "guide" ? guideFile : join(folder, `${id}.yaml`);
  expect(first?.location.file).toBe(file);
  const { line = 1, column = 1 } = first?.location ?? {};
  const rest = (await readText(file))
    .split("\n")
    .slice(line - 1)
    .join("\n");
  expect(rest.slice(column - 1, column - 1 + text.length)).toBe(text);
});

test.each(ids.filter((id) => found[id] === undefined))("%s leaves no trace in what is run", async (id) => {
  expect((await check(id)).findings).toEqual([]);
});

test("every erratum that changes what is run is found, and of the others 12 in what the guide keeps", async () => {
  const errata = await loadErrata(folder, ids);
  const changing = errata.filter(({ changes }) => changes.length > 0).map(({ id }) => id);
  expect(changing.filter((id) => found[id] === undefined)).toEqual([]);
  expect(Object.keys(found).filter((id) => !ids.includes(id))).toEqual([]);
  expect(Object.keys(found).length - changing.length).toBe(12);
});
