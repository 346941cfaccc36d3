import { access, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readText } from "../../input/yaml-file.ts";
import { temporaryFolder } from "../../testing.ts";
import { levelOf, type RuleId } from "./rules.ts";
import { caret, check, copyOf, guide, placeOf } from "./testing.ts";

type Case = {
  readonly rule: RuleId;
  readonly find: string;
  readonly replace: string;
  /** The finding's place, by a caret in the text; without it, `replace` has the caret. */
  readonly at?: string;
  /** What else cannot but follow. */
  readonly also?: readonly RuleId[];
};

const cases: readonly Case[] = [
  { rule: "guide/grammar", find: "id=install-cfssl on=t71", replace: `id=install-cfssl ${caret}on=t77` },
  { rule: "links/section", find: "here and in 3.2.3.", replace: `here and in ${caret}3.2.33.` },
  { rule: "links/section", find: "(section 4)", replace: `(section ${caret}6)` },
  { rule: "links/section", find: "3.1 to 3.3 and 4.2", replace: `3.1 to 3.3 and ${caret}4.7` },
  { rule: "links/relative", find: "a random one:", replace: `a ${caret}[random](./random.md) one:` },
  { rule: "links/relative", find: "a random one:", replace: `a ${caret}[random](#22-install-cfsl) one:` },
  { rule: "links/url", find: "a random one:", replace: `a ${caret}[random](https://nohost/a) one:` },
  {
    rule: "text/placeholder",
    find: "the text says `{{machine.address}}`",
    replace: `the text says \`${caret}{{machine.adress}}\``,
  },
  { rule: "shell/syntax", find: "mkdir -p /data1/etcd\n", replace: `mkdir -p /data1/etcd ${caret}"\n` },
  {
    rule: "shell/syntax",
    find: "mkdir -p /data1/etcd\n",
    replace: `mkdir -p /data1/etcd\nfi\n`,
    at: `/data1/etcd\n${caret}fi\n`,
  },
  {
    rule: "shell/variable",
    find: "mkdir -p /data1/etcd\n",
    replace: `mkdir -p /data1/etcd ${caret}$WHERE\n`,
  },
  {
    rule: "shell/terminal",
    find: "mkdir -p /data1/etcd\n",
    replace: `mkdir -p /data1/etcd\nsudo ${caret}vim /etc/hosts\n`,
  },
  {
    rule: "shell/terminal",
    find: "mkdir -p /data1/etcd\n",
    replace: `mkdir -p /data1/etcd\n${caret}read -p sure answer\n`,
  },
  {
    rule: "shell/exit",
    find: "mkdir -p /data1/etcd\n",
    replace: `(exit 0)\nbash -c 'exit 0'\nmkdir -p /data1/etcd || exit 1\n${caret}exit\n`,
  },
  {
    rule: "shell/exit",
    find: "mkdir -p /data1/etcd\n",
    replace: `exec 2>&1\n(exec true)\n${caret}exec true\nmkdir -p /data1/etcd\n`,
  },
  { rule: "shell/command", find: "setenforce 0\nfi", replace: `${caret}setenforc 0\nfi` },
  {
    rule: "shell/selinux",
    find: "if selinuxenabled; then\n  setenforce 0\nfi\n",
    replace: `setenforce 0 || true\n${caret}setenforce 0\ngetenforce\nsetenforce 0\n`,
  },
  {
    rule: "files/missing",
    find: "cp kube-proxy kubelet kubectl /k8s",
    replace: `cp kube-proxy ${caret}kubelett kubelet kubectl /k8s`,
  },
  {
    rule: "files/missing",
    find: "--token-auth-file=/k8s/kubernetes/cfg/token.csv",
    replace: `--token-auth-file=${caret}/k8s/kubernetes/cfg/tokens.csv`,
  },
  {
    rule: "files/folder",
    find: "cp etcd etcdctl /k8s/etcd/bin/",
    replace: `cp etcd etcdctl /k8s/etcd/bin/ && cp etcd ${caret}/k8s/etc/bin/`,
  },
  { rule: "files/json", find: `"CN": "etcd CA",\n  "key"`, replace: `"CN": "etcd CA"${caret}\n  "key"` },
  {
    rule: "files/json",
    find: `"Backend": {"Type": "vxlan"}}'`,
    replace: `"Backend": {"Type": "vxlan"}'`,
    at: `"Backend": {"Type": "vxlan"}${caret}'`,
  },
  {
    rule: "files/yaml",
    find: "readOnlyPort: 10255\n",
    replace: `readOnlyPort: 10255\n${caret}port: 10250\n`,
  },
  { rule: "files/kubelet-configuration", find: "failSwapOn: false", replace: `${caret}failSwappOn: false` },
  { rule: "files/kubelet-configuration", find: "failSwapOn: false", replace: `${caret}failSwapOn: 5` },
  {
    rule: "files/kubelet-configuration",
    find: "    enabled: false # Defaults",
    replace: `    ${caret}enable: false # Defaults`,
  },
  {
    rule: "files/kubeconfig",
    find: "  --user=kubelet-bootstrap \\\n  --kubeconfig",
    replace: `  ${caret}--user=kublet-bootstrap \\\n  --kubeconfig`,
  },
  {
    rule: "files/kubeconfig",
    find: "use-context default --kubeconfig=kube-proxy.kubeconfig",
    replace: `use-context ${caret}defaults --kubeconfig=kube-proxy.kubeconfig`,
  },
  {
    rule: "files/quote",
    find: '--etcd-keyfile=/k8s/etcd/ssl/server-key.pem"',
    replace: "--etcd-keyfile=/k8s/etcd/ssl/server-key.pem",
    at: `KUBE_APISERVER_OPTS=${caret}"`,
  },
  { rule: "units/syntax", find: "LimitNOFILE=65536\n", replace: `LimitNOFILE=65536\n${caret}nonsense\n` },
  { rule: "units/directive", find: "LimitNOFILE=65536\n", replace: `${caret}LimitNOFILES=65536\n` },
  {
    rule: "units/exec",
    find: "ExecStart=/k8s/kubernetes/bin/kube-scheduler",
    replace: `ExecStart=${caret}k8s/kubernetes/bin/kube-scheduler`,
  },
  {
    rule: "units/exec",
    find: `--ip-masq $FLANNEL_OPTIONS\n#`,
    replace: `--ip-masq ${caret}"$FLANNEL_OPTIONS\n#`,
  },
  {
    rule: "units/environment-file",
    find: "EnvironmentFile=/k8s/kubernetes/cfg/flanneld",
    replace: `EnvironmentFile=${caret}/k8s/kubernetes/cfg/flannel`,
  },
  {
    rule: "units/target",
    find: "LimitNOFILE=65536\n\n[Install]\nWantedBy=multi-user.target",
    replace: `LimitNOFILE=65536\n\n[Install]\nWantedBy=${caret}multiuser.target`,
  },
  {
    rule: "units/missing",
    find: "systemctl start kube-scheduler",
    replace: `systemctl start ${caret}kube-schedule`,
  },
  {
    rule: "units/not-reloaded",
    find: "systemctl daemon-reload\nsystemctl stop docker",
    replace: "systemctl stop docker",
    at: `systemctl start ${caret}docker\nsystemctl restart`,
  },
  {
    rule: "units/not-enabled",
    find: "\nsystemctl enable kube-scheduler",
    replace: "",
    at: `systemctl start ${caret}kube-scheduler`,
  },
  {
    rule: "certificates/hosts",
    find: `"CN": "etcd",\n  "hosts": [\n    "192.168.4.71",`,
    replace: `"CN": "etcd",\n  ${caret}"hosts": [`,
  },
  {
    rule: "certificates/hosts",
    find: `"hosts": [\n    "10.254.0.1",\n    "127`,
    replace: `${caret}"hosts": [\n    "127`,
  },
  {
    rule: "certificates/hosts",
    find: `"hosts": [\n    "10.254.0.1",\n    "127.0.0.1",\n    "192.168.4.71",\n    "192.168.4.72",\n    "192.168.4.76",\n    "kubernetes",\n    "kubernetes.default",`,
    replace: `${caret}"hosts": [\n    "10.254.0.1",\n    "127.0.0.1",\n    "192.168.4.71",\n    "192.168.4.72",\n    "192.168.4.76",\n    "kubernetes",`,
  },
  { rule: "certificates/profile", find: "-profile=etcd ", replace: `${caret}-profile=etdc ` },
  { rule: "networks/form", find: `"Network": "10.254.0.0/16"`, replace: `"Network": "${caret}10.254.0.0"` },
  {
    rule: "networks/machines",
    find: `"Network": "10.254.0.0/16"`,
    replace: `"Network": "${caret}192.168.0.0/16"`,
    also: ["networks/differ"],
  },
  {
    rule: "networks/overlap",
    find: `"Network": "10.254.0.0/16"`,
    replace: `"Network": "${caret}10.254.128.0/17"`,
    also: ["networks/differ"],
  },
  { rule: "networks/differ", find: "--cluster-cidr=10.254", replace: `--cluster-cidr=${caret}10.253` },
  {
    rule: "networks/outside",
    find: `clusterDNS: ["10.254.0.10"]`,
    replace: `clusterDNS: ["${caret}10.253.0.10"]`,
    also: ["networks/no-dns"],
  },
  { rule: "networks/prefix", find: "-etcd-prefix=/k8s/network", replace: `-etcd-prefix=${caret}/k8s/net` },
  {
    rule: "versions/differ",
    find: "Versions: CentOS 7.5.1804, Kubernetes 1.14.0, etcd 3.3.10",
    replace: `Versions: CentOS 7.5.1804, Kubernetes 1.14.0, etcd ${caret}3.3.11`,
  },
  {
    rule: "versions/differ",
    find: "{{age}}   v1.14.0   192.168.4.72",
    replace: `{{age}}   v${caret}1.13.1   192.168.4.72`,
  },
];

describe("a guide that is broken in one place", () => {
  test.each(cases)("$rule: $replace", async ({ rule, find, replace, at, also = [] }) => {
    expect(guide.split(find), `${find} is in the guide once`).toHaveLength(2);
    const text = guide.replace(find, () => replace.replace(caret, ""));
    const { findings } = await check({ guideFile: await copyOf(text) });
    const found = findings.find((finding) => finding.rule === rule);
    expect(findings.map((finding) => finding.rule).toSorted()).toEqual([rule, ...also].toSorted());
    expect(`${found?.location.line}:${found?.location.column}`).toBe(placeOf(text, at ?? replace));
    expect(found?.level).toBe(levelOf(rule));
    expect(found?.hint).not.toBe("");
  });

  test("what is wrong in a guide is told before the errata that no longer fit it", async () => {
    const guideFile = await copyOf(
      guide.replace("WantedBy=multi-user.target", "WantedBy=multi-user.targe"),
      true,
    );
    const { findings } = await check({ guideFile });
    expect(findings.map(({ rule }) => rule)).toEqual(["units/target", "guide/fit"]);
  });

  test("guide/fit: an erratum that no longer fits is told at its place in the YAML", async () => {
    const text = guide.replace("systemctl enable etcd\n", "systemctl enable  etcd\n");
    const { findings } = await check({ guideFile: await copyOf(text, true) });
    expect(findings.map(({ rule }) => rule)).toEqual(["guide/fit"]);
    const { file = "", line, column } = findings[0]?.location ?? {};
    expect(file).toMatch(/errata\/etcd-enable-typo\.yaml$/);
    expect(`${line}:${column}`).toBe(
      placeOf(await readText(file), `    ${caret}find: systemctl enable etcd`),
    );
  });

  test.each([
    ["rule", "rule: security/token", "rule: security/tokens", 'did you mean "security/token"?'],
    ["step", "step: 3.1/install-docker", "step: 3.1/instal-docker", 'did you mean "3.1/install-docker"?'],
    ["erratum", "erratum: insecure-port", "erratum: insecure-ports", 'did you mean "insecure-port"?'],
  ])(
    "guide/profile: a %s that is kept, but not there, is told at its place",
    async (key, find, replace, hint) => {
      const guideFile = await copyOf(guide, true);
      const file = join(dirname(guideFile), "profile.yaml");
      const text = (await readText(file)).replace(find, replace);
      await writeFile(file, text);
      const { findings } = await check({ guideFile });
      const told = findings.find(({ rule }) => rule === "guide/profile");
      expect(told?.message).toContain(`there is no ${key} `);
      expect(told?.hint).toBe(hint);
      expect(told?.location.file).toBe(file);
      const { line = 1, column = 1 } = told?.location ?? {};
      const lines = text.split("\n");
      expect(lines[line - 1]?.slice(column - 1)).toMatch(new RegExp(`^${replace}`));
    },
  );
});

test("nothing of the guide is run", async () => {
  const marker = join(temporaryFolder(), "marker");
  const text = guide.replace(
    "mkdir -p /data1/etcd\n",
    () => `mkdir -p /data1/etcd\ntouch ${marker} "$(touch ${marker})"\n`,
  );
  expect(text).toContain(marker);
  await check({ guideFile: await copyOf(text) });
  await expect(access(marker)).rejects.toMatchObject({ code: "ENOENT" });
});

describe("the corrected guide", () => {
  test("is clean, but for what it keeps on purpose", async () => {
    const { findings, kept, steps } = await check();
    expect(findings).toEqual([]);
    expect(new Set(kept.map((finding) => finding.kept)).size).toBe(12);
    expect(steps).toBeGreaterThan(90);
  });

  test.each([
    [["embedded-os", "debian12-versions"]],
    [["embedded-os"]],
    [["debian12-versions"]],
    [["vagrant-networks"]],
  ])("is clean with the ports %j", async (ports) => {
    expect((await check({ ports })).findings).toEqual([]);
  });

  test("keeps a defect no longer once its text is mended", async () => {
    const text = guide
      .replace(`"Network": "10.254.0.0/16"`, `"Network": "10.255.0.0/16"`)
      .replace("--cluster-cidr=10.254", "--cluster-cidr=10.255");
    const { findings, kept } = await check({ guideFile: await copyOf(text) });
    // The profile is to follow.
    expect(findings.map(({ rule }) => rule).toSorted()).toEqual(["guide/kept", "guide/promise"]);
    expect(kept.map((finding) => finding.kept)).not.toContain("flannel-network-is-service-range");
  });
});
