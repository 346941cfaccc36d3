import { describe, expect, test } from "vitest";
import { check, found } from "../testing.ts";

const get = "wget https://a.example.org/tool";

describe("a program is executable before it is called", () => {
  test.each([
    [`${get}\n./tool`, "6:1"],
    [`${get}\nmv tool /usr/local/bin/\ntool --version`, "7:1"],
    ["curl -sLo /usr/local/bin/tool https://a.example.org/tool\nsudo tool", "6:6"],
    ["echo ls > up.sh\n./up.sh", "6:1"],
    ["cat > /opt/up <<'EOF'\nls\nEOF\n/opt/up", "8:1"],
    [`${get}\nchmod 644 tool\n./tool`, "7:1"],
    [`${get}\nchmod 755 tool\nchmod -x tool\n./tool`, "8:1"],
    [`${get}\ninstall -m 644 tool /usr/local/bin/\ntool`, "7:1"],
  ])("%j", async (script, place) => expect(await found(script)).toEqual([`${place} files/executable`]));

  test.each([
    `${get}\nchmod +x tool\n./tool`,
    `${get}\nchmod 0755 tool\nmv tool /usr/local/bin/\ntool`,
    `${get}\nmkdir -p /k/bin\nmv tool /k/bin/\nchmod -R a+x /k/bin\n/k/bin/tool`,
    `${get}\nchmod u=rwx,g=rx tool && cp tool /opt/ && /opt/tool`,
    `${get}\ninstall tool /usr/local/bin/\ntool`,
    "echo ls > up.sh\nsh up.sh",
    "echo ls > up.sh\n. ./up.sh",
    "cp /usr/bin/ls tool\n./tool",
    "echo ls > a\nchmod +x a\necho ls > a\n./a",
    `${get}\n./tool || true`,
    `${get}\nchmod +x $(ls)\n./tool`,
    `${get}\nfind . -name tool -exec chmod +x {} ';'\n./tool`,
  ])("%j is fine", async (script) => expect(await found(script)).toEqual([]));

  test("a unit's program, too", async () => {
    const unit = "[Service]\nExecStart=/opt/tool --a\n[Install]\nWantedBy=multi-user.target";
    const start = "systemctl enable --now a";
    const script = `wget -P /opt https://a.example.org/tool\ncat > /etc/systemd/system/a.service <<EOF\n${unit}\nEOF\n`;
    expect(await found(script + start)).toEqual(["8:11 files/executable"]);
    expect(await found(`${script}chmod +x /opt/tool\n${start}`)).toEqual([]);
  });
});

describe("PATH keeps the system's folders", () => {
  test.each([
    ["export PATH=/opt/bin\nls", "5:13"],
    ["PATH=/opt/bin:/usr/local/bin\nls", "5:6"],
    ["echo 'export PATH=/opt/bin' >> /etc/profile\nsource /etc/profile\nls", "5:19"],
  ])("%j", async (script, place) => expect(await found(script)).toEqual([`${place} shell/command`]));

  test.each(["export PATH=/opt/bin:$PATH", "PATH=$PATH:/opt/bin", "PATH=/usr/bin:/bin", "PATH=$(date)"])(
    "%s is fine",
    async (script) => expect(await found(`${script}\nls`)).toEqual([]),
  );
});

describe("a substitution of sed has its end", () => {
  test.each([
    ["sed 's/a/b' /etc/hosts", "5:6"],
    ["sed -i 's|a|b' /etc/hosts", "5:9"],
    ["sed -e s/a/b/ -e '3s/a/b' /etc/hosts", "5:19"],
    ["sed -i '/x/s#a\\#b#' /etc/hosts", "5:9"],
  ])("%s", async (script, place) => expect(await found(script)).toEqual([`${place} shell/sed`]));

  test.each([
    "sed 's/a/b/; s/c/d/g' /etc/hosts",
    "sed -n '/a/,/b/p' /etc/hosts",
    "sed 's,a,b,' /etc/hosts",
    "sed -i '$s/a\\/b/c/' /etc/hosts",
    "sed '1d' /etc/hosts",
    'sed "s/a/$(date)/" /etc/hosts',
    "sed -f /etc/hosts s/a",
  ])("%s is fine", async (script) => expect(await found(script)).toEqual([]));
});

const request = (key: string): string =>
  `cp /usr/bin/ls /usr/bin/cfssl\ncat > a.json <<EOF\n{ "CN": "a", "key": ${key} }\nEOF\n`;

describe("cfssl", () => {
  test("is told who signs", async () => {
    const made = request('{ "algo": "rsa", "size": 2048 }');
    expect(await found(`${made}cfssl gencert a.json`)).toEqual(["9:1 certificates/signer"]);
    expect(await found(`${made}cfssl gencert -initca a.json`)).toEqual([]);
    expect(await found(`${made}cfssl gencert -remote=ca.example.org a.json`)).toEqual([]);
  });

  test.each([
    ['{ "algo": "rsa", "size": "2048" }', "7:38"],
    ['{ "algo": "rsa", "size": 512 }', "7:14"],
    ['{ "algo": "dsa", "size": 2048 }', "7:14"],
  ])("makes no key of %s", async (key, place) => {
    expect(await found(`${request(key)}cfssl gencert -initca a.json`)).toEqual([`${place} certificates/key`]);
  });
});

describe("a package of another repository", () => {
  const archive = "sed -i s/mirror/vault.centos.org/ /etc/yum.repos.d/CentOS-Base.repo\n";
  const repositories = (script: string) => found(archive + script);

  test.each(["yum install -y docker-ce-18.09.9", "sudo yum -y install kubelet-1.14.0"])(
    "%s needs it",
    async (script) =>
      expect((await repositories(script)).map((one) => one.split(" ")[1])).toEqual(["versions/repository"]),
  );

  test.each([
    "yum install -y yum-utils\nyum-config-manager --add-repo https://a.example.org/docker-ce.repo\nyum install -y docker-ce-18.09.9",
    "cat > /etc/yum.repos.d/docker.repo <<EOF\n[docker]\nEOF\nyum install -y docker-ce-18.09.9",
    "rpm -ivh https://a.example.org/docker-release.rpm\nyum install -y docker-ce-18.09.9",
    "yum install -y wget",
  ])("%j has it", async (script) => expect(await repositories(script)).toEqual([]));
});

test.each([
  ["wget htps://a.example.org/x", "5:6"],
  ["wget -q https:/a.example.org/x", "5:9"],
  ["curl -LO hhttp://a.example.org/x", "5:10"],
])("%s is no address of the web", async (script, place) => {
  expect(
    (await check(script)).findings.map(({ rule, location }) => `${location.line}:${location.column} ${rule}`),
  ).toEqual([`${place} links/url`]);
});
