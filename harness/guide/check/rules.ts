import type { Level } from "./finding.ts";

/** Every rule: how grave its findings are, and what it demands. */
export const rules = {
  "guide/grammar": ["error", "The guide keeps to its grammar, and every block is accounted for"],
  "guide/fit": ["error", "Errata, ports and edits fit the guide"],
  "guide/empty": ["error", "A guide has a step"],
  "guide/empty-section": ["warning", "A section that is not divided further holds a block or a claim"],
  "links/section": ["error", "Sections that the text refers to exist"],
  "links/relative": ["error", "Files and anchors that the text links to exist"],
  "links/url": ["error", "Addresses of the web are well formed"],
  "text/placeholder": ["error", "Placeholders in prose are those of the grammar"],
  "text/character": ["error", "Commands and files have the characters that programs read"],
  "text/line-end": ["error", "A backslash that joins lines is the last character of its line"],
  "shell/syntax": ["error", "bash can read every command block"],
  "shell/variable": ["error", "Variables are set before they are used"],
  "shell/command": ["error", "Commands are installed and in PATH before they are called"],
  "shell/terminal": ["error", "No command waits for a person at a terminal"],
  "shell/exit": ["error", "The login shell stays open from the first step to the last"],
  "shell/continuation": ["error", "Options stand on their command's line, or a backslash joins both"],
  "shell/remote-path": ["error", "A path of another machine is one word: USER@MACHINE:PATH"],
  "shell/gap": ["error", "Commands have no gap that the reader is to fill in"],
  "shell/selinux": [
    "warning",
    "setenforce is called only where SELinux is on, so that its step can be typed again",
  ],
  "shell/generated-name": ["error", "Names that a machine makes up are read from it, not written out"],
  "files/missing": ["error", "Files exist on the machine before they are used"],
  "files/folder": ["error", "Folders exist on the machine before they are used"],
  "files/json": ["error", "JSON can be read"],
  "files/yaml": ["error", "YAML can be read"],
  "files/kubelet-configuration": ["error", "The kubelet's configuration has known keys of the right form"],
  "files/kubeconfig": ["error", "Contexts of a kubeconfig name clusters and users that it has"],
  "files/quote": ["error", "Settings are NAME=value and their quotes are closed"],
  "files/comment": ["error", "A value that goes on over several lines has no comment within"],
  "files/list": ["warning", "Lists of addresses have no empty entry"],
  "files/overwritten": ["warning", "A program's own file is not written over by another"],
  "units/syntax": ["error", "Unit files can be read, in known sections"],
  "units/directive": ["error", "Directives are known in their section"],
  "units/exec": ["error", "A service starts a program by its absolute path"],
  "units/target": ["error", "Units are wanted by targets that exist"],
  "units/environment-file": ["error", "Environment files exist when a unit starts, or are optional"],
  "units/variable": ["error", "Variables that a unit uses are set in its environment"],
  "units/given-twice": ["warning", "A setting reaches a program in one way only"],
  "units/verb": ["error", "systemctl is called with verbs that it has"],
  "units/missing": ["error", "Units exist before systemctl names them"],
  "units/not-reloaded": ["error", "systemd reads a replaced unit again before it starts it"],
  "units/not-enabled": ["error", "Units that are started are enabled too"],
  "units/not-disabled": ["error", "Units that are stopped for good are disabled too"],
  "machines/unknown": ["error", "Files are copied to machines of the guide"],
  "machines/address": ["error", "A step for several machines has each one's own address"],
  "certificates/hosts": ["error", "Certificates name all addresses by which their server is reached"],
  "certificates/profile": ["error", "Profiles of certificates are defined"],
  "certificates/ca-key-leaves": ["error", "The private key of a CA stays on its machine"],
  "certificates/same-name": ["warning", "A CA and what it signs have different names"],
  "certificates/shared-key": ["warning", "Keys serve one purpose"],
  "certificates/not-renewed": ["warning", "Certificates of kubelets are renewed"],
  "certificates/authority": ["error", "Who is shown a certificate trusts the CA that signed it"],
  "values/token": ["error", "A kubelet's first token is in the apiserver's token file, which can be read"],
  "values/node-name": [
    "error",
    "kubelet and kube-proxy have the same name for their node, and it is a DNS name",
  ],
  "networks/etcd-interface": ["error", "flannel's network is registered where flannel looks"],
  "networks/form": ["error", "Networks are written as ADDRESS/LENGTH"],
  "networks/overlap": ["error", "The networks of pods and services do not overlap"],
  "networks/machines": ["error", "No machine has an address in the networks of pods and services"],
  "networks/differ": ["error", "Parts that share a network name the same one"],
  "networks/outside": ["error", "Addresses of services are in the services' range"],
  "networks/no-dns": ["warning", "A cluster DNS that pods are told of is deployed"],
  "networks/prefix": ["error", "flannel looks in etcd where its network is registered"],
  "networks/bridge": ["warning", "Docker's old bridge is deleted before Docker gets another subnet"],
  "versions/differ": ["error", "Every mention of a program's version is the same"],
  "versions/open": ["warning", "Packages of other repositories have a version"],
  "versions/docker": [
    "error",
    "Docker is of a version that CentOS 7 has and the guide's Kubernetes can live with",
  ],
  "versions/flag": ["error", "Kubernetes' programs have the options that they are given"],
  "versions/site": ["warning", "Downloads do not come from sites that are known to be out of order"],
  "versions/mirror": ["error", "CentOS 7 takes its packages from the archive"],
  "security/token": ["warning", "Tokens are made by the reader, not printed in the guide"],
  "security/insecure-port": ["warning", "The apiserver asks who calls"],
  "security/open-kubelet": ["warning", "The kubelet asks who calls"],
} as const satisfies Readonly<Record<string, readonly [Level, string]>>;

export type RuleId = keyof typeof rules;

/**
 * Defects that the guide keeps on purpose, each described by an erratum that changes nothing. A finding of such a rule in
 * such a step, with such words in its message, is kept as known, unless the erratum is asked for as written.
 */
export const keptDefects: readonly {
  readonly rule: RuleId;
  readonly step: string;
  readonly erratum: string;
  readonly says?: string;
}[] = [
  { rule: "security/token", step: "2.6.2.1/token-file", erratum: "bootstrap-token-printed" },
  {
    rule: "certificates/same-name",
    step: "2.5.2/apiserver-request",
    erratum: "ca-and-apiserver-of-one-name",
  },
  { rule: "versions/open", step: "3.1/install-docker", erratum: "docker-version-open", says: "docker-ce" },
  { rule: "units/given-twice", step: "2.4.3/etcd-unit", erratum: "etcd-settings-given-twice" },
  {
    rule: "networks/overlap",
    step: "4.1/register-network",
    erratum: "flannel-network-is-service-range",
    says: "10.254.0.0/16 overlaps",
  },
  {
    rule: "security/insecure-port",
    step: "2.6.3.1/scheduler-settings",
    erratum: "insecure-port",
    says: "127.0.0.1:8080",
  },
  {
    rule: "security/insecure-port",
    step: "2.6.4.1/controller-manager-settings",
    erratum: "insecure-port",
    says: "127.0.0.1:8080",
  },
  {
    rule: "certificates/not-renewed",
    step: "3.2.5/kubelet-configuration",
    erratum: "kubelet-certificate-not-renewed",
  },
  { rule: "security/open-kubelet", step: "3.2.5/kubelet-configuration", erratum: "kubelet-open-to-all" },
  {
    rule: "networks/no-dns",
    step: "3.2.5/kubelet-configuration",
    erratum: "no-cluster-dns",
    says: "10.254.0.10",
  },
  {
    rule: "certificates/shared-key",
    step: "2.6.2.2/apiserver-settings",
    erratum: "service-account-key-is-ca-key",
  },
  { rule: "files/overwritten", step: "4.2.3/flanneld-unit", erratum: "subnet-file-overwritten" },
];
