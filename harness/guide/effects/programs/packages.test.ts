import { describe, expect, test } from "vitest";
import { check, found } from "../testing.ts";

/** Two lines before what is tried: the archive, as the guide points yum there. */
const archive = "sed -i s/mirror/vault.centos.org/ /etc/yum.repos.d/CentOS-Base.repo\n";
const tried = (script: string) => found(archive + script);

const ask = (name: string) => `if ! command -v ${name}; then\n  cat /opt/none\nfi`;

describe("what a package brings is there", () => {
  test.each([
    "yum install -y net-tools nmap-ncat\nnetstat -lnt\nnc -z 127.0.0.1 22",
    "yum install -y nc\nnc -z 127.0.0.1 22",
    "yum -y install haproxy-1.5.18\nhaproxy -v\nsystemctl enable --now haproxy",
    "yum install -y bind-utils.x86_64\ndig +short a.example.org",
    "apt-get install -y socat=1.7.3.2-2\nsocat -V",
    "yum install -y epel-release nginx\nsystemctl enable --now nginx.service",
    "yum install -y ntp\nsystemctl enable --now ntpd",
    "curl -fsSL https://get.docker.com | bash\nsystemctl enable --now docker\ndocker ps",
    "yum install -y https://a.example.org/docker-ce-18.09.9-3.el7.x86_64.rpm\nsystemctl enable --now docker",
  ])("%j", async (script) => expect(await tried(script)).toEqual([]));

  test.each([
    ["netstat -lnt", "6:1 shell/command", "install the package net-tools first"],
    ["haproxy -v", "6:1 shell/command", "install the package haproxy first"],
    [
      "mkdir -p /k/bin\ntouch /k/bin/etcd\netcd --version",
      "8:1 shell/command",
      "write /k/bin/etcd, or add /k/bin to PATH before",
    ],
    [
      "systemctl enable --now keepalived",
      "6:24 units/missing",
      "write its file before, such as /usr/lib/systemd/system/keepalived.service, install the package keepalived, or correct the name",
    ],
  ])("%s without it", async (script, finding, hint) => {
    const { findings } = await check(`${archive}${script}\nyum clean all`);
    expect(findings.map(({ rule, location }) => `${location.line}:${location.column} ${rule}`)).toEqual([
      finding,
    ]);
    expect(findings[0]?.hint).toBe(hint);
  });
});

describe("nobody knows what some installs bring", () => {
  const call = "\nfoobar --version\nsystemctl enable --now foobar";
  test.each([
    "yum install -y foobar-server",
    "yum install -y something-else",
    "yum groupinstall -y 'Development Tools'",
    "yum group install -y 'Development Tools'",
    "yum install -y @development",
    "yum localinstall -y /root/foobar-1.2-3.x86_64.rpm",
    "rpm -ivh https://a.example.org/foobar-1.0-1.noarch.rpm",
    "pip install foobar",
    "curl -fsSL https://a.example.org | sh",
  ])("%s", async (script) => {
    const findings = await tried(`yum install -y python-pip\n${script}${call}`);
    expect(findings.filter((one) => /shell\/command|units\/missing/.test(one))).toEqual([]);
  });

  test("a group may bring what a package is known to bring", async () =>
    expect(await tried("yum groupinstall -y 'Development Tools'\ngcc --version\ngit --version")).toEqual([]));

  test("what looks like a slip is told all the same", async () => {
    expect(
      await tried("yum install -y something-else\netcdclt --version\nsystemctl enable --now dokcer"),
    ).toEqual(["7:1 shell/command", "8:24 units/missing"]);
  });

  test("a script from the web is no package that brings what is named like it", async () =>
    expect(await tried("curl -fsSL https://a.example.org | sh\nssh-kegyen -h\nusermdo --version")).toEqual([
      "7:1 shell/command",
      "8:1 shell/command",
    ]));

  test("what was only asked for is not there", async () => {
    expect(await tried(`rpm -qi foobar || true\nyum info foobar || true${call}`)).toEqual([
      "8:1 shell/command",
      "9:24 units/missing",
    ]);
  });

  test("nobody knows which way a question goes", async () => {
    expect(await tried(`yum install -y something-else\n${ask("foobar")}`)).toEqual(["8:7 files/missing"]);
    expect(await tried(`yum install -y something-else socat\n${ask("socat")}`)).toEqual([]);
  });
});

describe("units of a minimal installation", () => {
  test.each([
    "systemctl set-default multi-user.target",
    "systemctl mask swap.target",
    "systemctl disable --now kdump",
    "systemctl enable --now getty@tty2",
    "systemctl disable --now rpcbind.socket rpcbind",
    "systemctl enable --now rpcbind nfs-server",
    "systemctl enable --now fstrim.timer",
    "systemctl restart irqbalance systemd-logind network rsyslog.service",
    "systemctl kill -s HUP rsyslog",
    "systemctl start mnt-data.mount",
    "cat > /etc/systemd/system/a@.service <<EOF\n[Service]\nExecStart=/usr/bin/sleep 9\n[Install]\nWantedBy=multi-user.target\nEOF\nsystemctl enable --now a@1",
  ])("%s", async (script) => expect(await found(script)).toEqual([]));

  test("one that a machine does not start by itself is to be enabled", async () =>
    expect(await found("systemctl start nfs-server")).toEqual(["5:17 units/not-enabled"]));

  test("a unit that was killed is stopped", async () =>
    expect(await found("systemctl kill rsyslog")).toEqual(["5:16 units/not-disabled"]));
});

test("root's home has its shell's files", async () => {
  expect(await found(". ~/.bashrc\nsource /root/.bash_profile\necho 'alias k=kubectl' >> ~/.bashrc")).toEqual(
    [],
  );
  expect(await found(". ~/.zshrc")).toEqual(["5:3 files/missing"]);
});

describe("a version that is left open", () => {
  const added = "yum-config-manager --add-repo https://a.example.org/docker-ce.repo\n";
  test("is told of what still changes", async () => {
    expect(await tried(`${added}yum install -y docker-ce`)).toEqual(["7:16 versions/open"]);
    expect(await tried(`${added}yum install -y something-else`)).toEqual(["7:16 versions/open"]);
  });

  test("of CentOS 7's own packages there is one for good", async () =>
    expect(await tried(`${added}yum install -y chrony net-tools haproxy`)).toEqual([]));
});
