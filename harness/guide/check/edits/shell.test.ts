import { describe, expect, test } from "vitest";
import { found } from "../../effects/testing.ts";
import { check, copyOf, findingsIn, guide, testEdits } from "../testing.ts";

describe("a shell takes it otherwise than it is meant", () => {
  const run = "cd /k8s/kubernetes/cfg\nsh environment.sh";
  testEdits([
    [
      "a folder that is entered in the background",
      run,
      "cd /k8s/kubernetes/cfg &\nsh ‸environment.sh",
      "files/missing",
      "files/missing",
      "files/missing",
    ],
    [
      "single quotes around a variable",
      "--token=${BOOTSTRAP_TOKEN}",
      "--token='‸${BOOTSTRAP_TOKEN}'",
      "shell/variable",
    ],
    [
      "an open quote in a profile",
      "export PATH=/k8s/kubernetes/bin:$PATH\n```\n\n```bash run id=load-path on=t71",
      'export PATH=‸"/k8s/kubernetes/bin:$PATH\n```\n\n```bash run id=load-path on=t71',
      "shell/syntax",
    ],
    [
      "a copy for a machine without a colon",
      "scp ca.pem server.pem server-key.pem $node:$PWD",
      "scp ca.pem server.pem server-key.pem $node:$PWD\n  scp ca.pem ‸root@$node",
      "shell/remote-path",
      "shell/remote-path",
    ],
    [
      "curl that saves where a file is, not the file",
      "wget https://github.com/cloudflare/cfssl/releases/download/1.2.0/cfssl_linux-amd64",
      "curl -O ‸https://github.com/cloudflare/cfssl/releases/download/1.2.0/cfssl_linux-amd64",
      "links/redirect",
    ],
    [
      "a link that sed makes a file of",
      "SELINUX=disabled/' /etc/selinux/config",
      "SELINUX=disabled/' ‸/etc/sysconfig/selinux",
      "files/link",
    ],
    [
      "a link that sed follows",
      "sed -i 's/^SELINUX=.*/SELINUX=disabled/' /etc/selinux/config",
      "sed -i --follow-symlinks 's/^SELINUX=.*/SELINUX=disabled/' /etc/sysconfig/selinux",
    ],
    [
      "a link, and what it leads to",
      "SELINUX=disabled/' /etc/selinux/config",
      "SELINUX=disabled/' /etc/sysconfig/selinux /etc/selinux/config",
    ],
    [
      "a substitution that ends too early",
      "systemctl daemon-reload\nsystemctl start kube-proxy",
      "sed -i '‸s/multi-user.target/k8s/kubernetes/' /usr/lib/systemd/system/kube-proxy.service\nsystemctl daemon-reload\nsystemctl start kube-proxy",
      "shell/sed",
    ],
  ]);

  test("what sed does to a file that a program made is not followed in silence", async () => {
    const text = guide.replace(
      "systemctl daemon-reload\nsystemctl start kube-proxy",
      "sed -i 's/4.71/4.17/' /k8s/kubernetes/cfg/kube-proxy.kubeconfig\nsystemctl daemon-reload\nsystemctl start kube-proxy",
    );
    const { unfollowed } = await check({ guideFile: await copyOf(text) });
    expect(unfollowed.map(({ command }) => command)).toEqual([
      "sed -i 's/4.71/4.17/' /k8s/kubernetes/cfg/kube-proxy.kubeconfig",
    ]);
  });
});

describe("what a shell within sets, the one around it does not know", () => {
  test.each([
    ["echo /opt | read FOLDER\nls $FOLDER", "6:4"],
    ["(A=1)\necho $A", "6:6"],
    ["A=1 &\necho $A", "6:6"],
    ["echo $(A=1; echo $A) $A", "5:22"],
    ["A=1 ls\necho $A", "6:6"],
  ])("%j", async (script, place) => expect(await found(script)).toEqual([`${place} shell/variable`]));

  test.each([
    "cd /opt | cat\nls passwd; cd /etc && ls passwd",
    "A=/opt; echo $A | cat; ls $A",
    "(cd /opt && A=1 && echo $A)",
    "read -r FOLDER <<< /opt\ntouch $FOLDER/a\ncat /opt/a",
    "read A B <<< '/opt x y'\ntouch \"$A/${B// /-}\"\nls $A",
  ])("%j is right", async (script) => expect(await found(script)).toEqual([]));
});

describe("of several ways, nobody knows which one is taken", () => {
  test.each([
    "case $(uname -m) in x86_64) A=amd64 ;; *) A=arm64 ;; esac\ntouch a-amd64 a-arm64\ncat a-$A",
    "case $(uname -m) in x86_64) A=/opt/a ;; *) exit 1 ;; esac\ntouch /opt/a\ncat $A",
    "if [ -e /etc/a ]; then A=b; else A=c; fi\ntouch b\ncat $A",
    'if [ -z "$A" ]; then A=b; fi\ntouch b\ncat $A',
    "mkdir -p /k/bin\ncp /usr/bin/ls /k/bin/tool\nif [ -e /etc/a ]; then export PATH=/k/bin:$PATH; fi\ntool",
  ])("%j", async (script) =>
    expect((await found(script)).filter((one) => !one.endsWith("shell/variable"))).toEqual([]),
  );

  test("where both set the same, it is known", async () =>
    expect(await found("if [ -e /etc/a ]; then A=/opt/b; else A=/opt/b; fi\ncat $A")).toEqual([
      "6:5 files/missing",
    ]));
});

test("arguments are moved up by shift", async () => {
  const copy = 'copy() {\n  local to=$1\n  shift\n  cp "$@" $to/\n}\ntouch a b\n';
  expect(await found(`${copy}copy /opt a b\ncat /opt/a /opt/b`)).toEqual([]);
  expect(await found(`${copy}copy /opt a c`)).toEqual(["8:6 files/missing"]);
});

test("what an unknown value stands in, is known beside it", async () => {
  const settings = "```bash file id=kube-proxy-settings on=nodes path=/k8s/kubernetes/cfg/kube-proxy\n";
  const [before = "", rest = ""] = guide.split(settings);
  const text = `${before}\`\`\`bash run id=kube-proxy-settings on=nodes
ADDRESS=$(hostname -I | awk '{print $1}')
cat > /k8s/kubernetes/cfg/kube-proxy <<EOF
${rest.replace("{{machine.address}}", () => "$ADDRESS").replace("\n```", "\nEOF\n```")}`;
  expect(await findingsIn(text)).toEqual([]);
  const [wrong] = await findingsIn(text.replace("cfg/kube-proxy.kubeconfig", "cfg/kube-prox.kubeconfig"));
  expect(wrong).toMatchObject({ rule: "files/missing" });
});
