import { describe, expect, test } from "vitest";
import { found } from "../../effects/testing.ts";
import { findingsIn, foundIn, guide, testEdits } from "../testing.ts";

/** A file block of the guide: its fence, where it is, and its text. */
function fileBlock(id: string) {
  const start = guide.indexOf("```", guide.search(new RegExp(`^\`\`\`\\w+ file id=${id} `, "m")));
  const [fence = "", ...lines] = guide.slice(start, guide.indexOf("\n```\n", start)).split("\n");
  const [, on = "", path = ""] = /on=(\S+) path=(\S+)/.exec(fence) ?? [];
  return { whole: [fence, ...lines, "```"].join("\n"), on, path, text: lines.join("\n") };
}

const escaped = (text: string): string => text.replaceAll(/[\\$`]/g, String.raw`\$&`);

describe("a file that is written by commands is the same file", () => {
  test.each<[string, string, (path: string, text: string) => string]>([
    [
      "an unquoted here-document, escaped",
      "kube-proxy-unit",
      (path, text) => `cat > ${path} <<EOF\n${escaped(text)}\nEOF`,
    ],
    [
      "an unquoted here-document that joins lines",
      "kubelet-settings",
      (path, text) => `cat << EOF > ${path}\n${text}\nEOF`,
    ],
    [
      "an unquoted here-document with backslashes for systemd",
      "kubelet-settings",
      (path, text) => `cat << EOF > ${path}\n${escaped(text)}\nEOF`,
    ],
    [
      "tee behind sudo",
      "apiserver-unit",
      (path, text) => `sudo tee ${path} > /dev/null <<'EOF'\n${text}\nEOF`,
    ],
    [
      "install of what it is fed",
      "apiserver-unit",
      (path, text) => `install -D -m 644 /dev/stdin ${path} <<'EOF'\n${text}\nEOF`,
    ],
    ["printf", "scheduler-settings", (path, text) => `printf '%s\\n' '${text}' > ${path}`],
    ["echo", "token-file", (path, text) => `echo '${text}' > ${path}`],
    [
      "echo with a variable",
      "token-file",
      (path, text) =>
        `TOKEN=${text.slice(0, 32)}\necho "\${TOKEN}${text.slice(32).replaceAll('"', '\\"')}" > ${path}`,
    ],
    [
      "a template",
      "kube-proxy-settings",
      (path, text) =>
        `cat > a.tpl <<'EOF'\n${text.replace("{{machine.address}}", "##IP##")}\nEOF\nsed "s/##IP##/{{machine.address}}/" a.tpl > ${path}`,
    ],
    [
      "a function",
      "scheduler-settings",
      (path, text) => `write() {\n  cat > "$1"\n}\nwrite ${path} <<'EOF'\n${text}\nEOF`,
    ],
  ])("%s", async (_, id, written) => {
    const { whole, on, path, text } = fileBlock(id);
    const block = `\`\`\`bash run id=${id} on=${on}\n${written(path, text)}\n\`\`\``;
    expect(await findingsIn(guide.replace(whole, () => block))).toEqual([]);
  });
});

const copies = `cd /k8s/etcd/ssl
for node in 192.168.4.72 192.168.4.76; do
  scp ca.pem server.pem server-key.pem $node:$PWD
done`;
const unpack = `tar -xvf etcd-v3.3.10-linux-amd64.tar.gz
cd etcd-v3.3.10-linux-amd64/
cp etcd etcdctl /k8s/etcd/bin/`;
const start = "systemctl daemon-reload\nsystemctl start kube-proxy\nsystemctl enable kube-proxy";

describe("another way to do the same", () => {
  testEdits([
    [
      "an array of machines",
      copies,
      'cd /k8s/etcd/ssl\nNODES=(192.168.4.72 192.168.4.76)\nfor i in "${!NODES[@]}"; do\n  scp {ca,server,server-key}.pem "root@${NODES[$i]}:/k8s/etcd/ssl/"\ndone',
    ],
    [
      "a function for each machine",
      copies,
      'cd /k8s/etcd/ssl\ncopy() {\n  local to=$1\n  shift\n  scp "$@" "root@$to:/k8s/etcd/ssl/"\n}\ncopy 192.168.4.72 ca.pem server.pem server-key.pem\ncopy 192.168.4.76 ca.pem server.pem server-key.pem',
    ],
    [
      "a loop that reads the machines",
      copies,
      "cd /k8s/etcd/ssl\nwhile read -r node; do\n  scp ca.pem server.pem server-key.pem $node:$PWD < /dev/null\ndone <<EOF\n192.168.4.72\n192.168.4.76\nEOF",
    ],
    [
      "an archive through ssh",
      copies,
      'cd /k8s/etcd/ssl\nfor node in t72 t76; do\n  tar cf - ca.pem server.pem server-key.pem | ssh $node "tar xf - -C /k8s/etcd/ssl"\ndone',
    ],
    [
      "a file through ssh",
      copies,
      'cd /k8s/etcd/ssl\nfor node in t72 t76; do\n  for f in ca.pem server.pem server-key.pem; do\n    cat $f | ssh $node "cat > /k8s/etcd/ssl/$f"\n  done\ndone',
    ],
    ["a shell within", copies, `(\n${copies}\n)`],
    [
      "an archive without its folder",
      unpack,
      "tar -xzf etcd-v3.3.10-linux-amd64.tar.gz --strip-components=1 -C /k8s/etcd/bin/ etcd-v3.3.10-linux-amd64/etcd etcd-v3.3.10-linux-amd64/etcdctl",
    ],
    [
      "an archive elsewhere, whose programs are installed",
      unpack,
      "tar -xzf etcd-v3.3.10-linux-amd64.tar.gz -C /tmp\ninstall -m 0755 /tmp/etcd-v3.3.10-linux-amd64/{etcd,etcdctl} /k8s/etcd/bin/",
    ],
    [
      "a version in a variable",
      unpack,
      'ETCD_VER=v3.3.10\nDIR=etcd-${ETCD_VER}-linux-amd64\ntar -xvf ${DIR}.tar.gz\ncd "$DIR"\ncp etcd etcdctl /k8s/etcd/bin/',
    ],
    [
      "names that a program tells",
      "cp kube-proxy kubelet kubectl /k8s/kubernetes/bin/",
      'for f in kube-proxy kubelet kubectl; do\n  install -m 0755 "$f" "/k8s/kubernetes/bin/$(basename $f)"\ndone',
    ],
    ["enable --now", start, "systemctl daemon-reload && systemctl enable --now kube-proxy"],
    [
      "a loop over units, and what they say",
      start,
      "systemctl daemon-reload\nfor s in kube-proxy; do\n  systemctl enable $s && systemctl restart $s.service\n  systemctl is-active --quiet $s || false\ndone\nsystemctl status kube-proxy --no-pager -l",
    ],
    [
      "requests that awk finds",
      "kubectl certificate approve $(kubectl get csr -o name)",
      "kubectl get csr | awk '/Pending/ {print $1}' | xargs kubectl certificate approve",
    ],
    [
      "requests in a loop",
      "kubectl certificate approve $(kubectl get csr -o name)",
      "for csr in $(kubectl get csr -o jsonpath='{.items[*].metadata.name}'); do\n  kubectl certificate approve \"$csr\"\ndone",
    ],
    [
      "settings of the kernel, and no swap",
      "systemctl stop firewalld\nsystemctl disable firewalld",
      "systemctl disable --now firewalld\nswapoff -a\nsed -i '/ swap / s/^\\(.*\\)$/#\\1/g' /etc/fstab\nmodprobe br_netfilter\ncat > /etc/sysctl.d/k8s.conf <<EOF\nnet.bridge.bridge-nf-call-iptables = 1\nEOF\nsysctl --system",
    ],
    [
      "an architecture that is asked for",
      "tar -zxvf kubernetes-server-linux-amd64.tar.gz",
      "case $(uname -m) in\n  x86_64) ARCH=amd64 ;;\n  *) ARCH=arm64 ;;\nesac\ntar -zxvf kubernetes-server-linux-${ARCH}.tar.gz",
    ],
    ["a folder that is read", "mkdir -p /data1/etcd\n", 'read -r DATA <<< /data1/etcd\nmkdir -p "$DATA"\n'],
    [
      "a unit elsewhere",
      "path=/usr/lib/systemd/system/kube-proxy.service",
      "path=/etc/systemd/system/kube-proxy.service",
    ],
    [
      "a script that is watched",
      "sh environment.sh",
      "bash -x environment.sh 2>&1 | tee /tmp/environment.log",
    ],
    [
      "curl into tar",
      "tar -xvf etcd-v3.3.10-linux-amd64.tar.gz",
      "curl -L https://github.com/etcd-io/etcd/releases/download/v3.3.10/etcd-v3.3.10-linux-amd64.tar.gz | tar xz",
    ],
  ]);
});

const unit = (user: string) =>
  `cat > /etc/systemd/system/a.service <<EOF\n[Service]\nUser=${user}\nExecStart=/usr/bin/true\n[Install]\nWantedBy=multi-user.target\nEOF`;

describe("a user whom a package of another name makes", () => {
  const archive = "sed -i s/mirror/vault.centos.org/ /etc/yum.repos.d/CentOS-Base.repo\n";
  const told = async (user: string, packages: string) =>
    (await found(`${archive}yum install -y ${packages}\n${unit(user)}`)).filter((one) =>
      one.includes("value"),
    );

  test.each(["grafana", "prometheus", "jenkins", "mongod", "zabbix", "http", "deploy", "node_exporter"])(
    "%s may be there",
    async (user) => expect(await told(user, "monitoring-suite")).toEqual([]),
  );

  test("a slip for one that is known is told all the same, and so is anyone where all packages are known", async () => {
    expect(await told("haprxoy", "monitoring-suite haproxy")).toEqual(["9:6 units/value"]);
    expect(await told("grafana", "haproxy")).toEqual(["9:6 units/value"]);
  });
});

const rulesIn = async (commands: readonly string[]) =>
  (await foundIn("```bash run id=a on=t71", ...commands, "```")).map(({ rule }) => rule);

test("faults behind sudo are found; each that is mended takes its own finding along", async () => {
  const lines = [
    "sudo mkdir -p /opt/x",
    "sudo cp /no/such/file /opt/x",
    "sudo systemctl enabel sshd",
    "cat <<EOF | sudo tee /etc/systemd/system/a.service",
    "[Unitt]",
    "ExecStart=relative",
    "EOF",
    "sudo systemctl daemon-reload && sudo systemctl start a",
  ];
  const all = ["files/missing", "units/verb", "units/syntax", "units/exec"];
  expect(await rulesIn(lines)).toEqual(all);
  const mended = ["cp /etc/hosts", "systemctl enable sshd", "[Service]", "ExecStart=/bin/true"];
  const written = ["cp /no/such/file", "systemctl enabel sshd", "[Unitt]", "ExecStart=relative"];
  for (const [index, line] of written.entries()) {
    const text = lines.map((one) => one.replace(line, mended[index] ?? ""));
    // Which of a unit's sections says what wants it, is known only once they are all right.
    const more = line === "[Unitt]" ? ["units/not-enabled"] : [];
    expect(await rulesIn(text)).toEqual([...all.filter((_, at) => at !== index), ...more]);
  }
});
