import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildPlan } from "./plan/plan.ts";
import { giveProfile } from "../profile/testing.ts";
import { temporaryFolder } from "../testing.ts";
import type { Step } from "./types.ts";

/** The steps of a guide with one block of commands, which begins in line 5, and an output if one is given. */
async function stepsOf(script: string, output?: string, flags = ""): Promise<readonly Step[]> {
  const folder = temporaryFolder();
  await mkdir(join(folder, "guide"));
  await giveProfile(join(folder, "guide"));
  const guideFile = join(folder, "guide/guide.md");
  const shown = output === undefined ? "" : `\n\`\`\`text output\n${output}\n\`\`\`\n`;
  await writeFile(
    guideFile,
    `# G\n## 1 A\n\n\`\`\`bash run id=a on=t71 ${flags}\n${script}\n\`\`\`\n${shown}`,
  );
  const plan = await buildPlan({ guideFile, ports: [], errata: [], extraEdits: [] });
  return plan.groups.flatMap(({ steps }) => steps);
}

const asksOf = async (script: string): Promise<string[]> =>
  (await stepsOf(script)).flatMap(({ asks = [] }) =>
    asks.map(
      ({ capability, what, location, optional }) =>
        `${location.line} ${capability} ${what}${optional ? " (optional)" : ""}`,
    ),
  );

const url = "https://dl.example.org/v1/tool.tar.gz";

test.each<[string, string[]]>([
  [`wget ${url}`, [url]],
  [`cd /tmp && wget -q -O x '${url}?c=d&e=f'`, [`${url}?c=d&e=f`]],
  [`wget -c ${url} \\\n  "http://other.example.org/d"`, [url, "http://other.example.org/d"]],
  [`curl -LO ${url}`, [url]],
  [`curl -fsSL ${url} | tar xz`, [url]],
  [`sudo -u root env A=b timeout 60 curl --url=${url} -o x`, [url]],
  [`(cd /opt; nohup wget -P /opt ${url})`, [url]],
  [
    `BASE=https://dl.example.org/v1\nfor name in tool other; do wget $BASE/$name.tar.gz; done`,
    [url, "https://dl.example.org/v1/other.tar.gz"],
  ],
  [`cat > get.sh <<'EOF'\nwget ${url}\nEOF\nsh get.sh`, [url]],
  [`bash -c 'wget ${url}'`, [url]],
  [
    "wget dl.example.org/a.tgz; curl -sLo b.tgz dl.example.org/b.tgz -H x.example.org",
    ["http://dl.example.org/a.tgz", "http://dl.example.org/b.tgz"],
  ],
  ["wget -O tool.tar.gz 192.168.4.71/a; curl localhost:8080/healthz t72/b", []],
  [`ssh root@t72 "wget -q ${url}"`, [url]],
  [`# wget ${url}\necho wget ${url}\nyum install wget`, []],
  [
    "curl -k https://192.168.4.71:6443/healthz http://localhost:8080 http://t72 http://web.default.svc.cluster.local",
    [],
  ],
  [`echo "192.168.4.71 api.example.org" >> /etc/hosts\ncurl https://api.example.org:6443`, []],
  [`curl -XPOST ${url}`, []],
])("downloads of %j", async (script, urls) => {
  expect((await stepsOf(script)).flatMap(({ downloads }) => downloads)).toEqual(urls);
});

test.each<[string, string[]]>([
  // A person types, or presses Ctrl-C.
  ["docker run --name a -it busybox sh", ["5 terminal docker run --name a -it busybox sh"]],
  ["docker run -itd busybox sh", []],
  ["docker run --rm busybox tar -t", []],
  ["read -p sure? a", ["5 terminal read -p sure? a"]],
  ["read -p sure? a </dev/tty", ["5 terminal read -p sure? a"]],
  ["docker container run -it busybox sh", ["5 terminal docker container run -it busybox sh"]],
  ["echo yes | read a; read b <<< c; while read c; do :; done < /etc/hosts", []],
  ["sudo vim /etc/hosts", ["5 terminal vim /etc/hosts"]],
  ["passwd root", ["5 terminal passwd root"]],
  ["echo secret | passwd --stdin root", []],
  ["kubectl edit deployment a", ["5 terminal kubectl edit deployment a"]],
  ["kubectl exec -it a -- sh", ["5 terminal kubectl exec -it a -- sh"]],
  ["kubectl exec -it a -- nslookup kubernetes", []],
  ["true && top", ["5 terminal top"]],
  ["top -bn1; timeout 5 tail -f /var/log/messages; ping -c 1 t72; kubectl get pods -w | head -1", []],
  ["tail -f /var/log/messages", ["5 terminal tail -f /var/log/messages"]],
  [
    "yum --enablerepo a install b",
    ["5 terminal yum --enablerepo a install b", "5 yum yum --enablerepo a install b"],
  ],
  ["tail -f /var/log/messages &", ["5 terminal tail -f /var/log/messages (optional)"]],
  ["ssh-keygen -t rsa", ["5 terminal ssh-keygen -t rsa"]],
  ["ssh-keygen -t rsa -N '' -f /root/.ssh/id_rsa", []],
  ["ssh-copy-id root@t72", ["5 terminal ssh-copy-id root@t72"]],
  ["ssh root@t72", ["5 terminal ssh root@t72"]],
  ["ssh -o StrictHostKeyChecking=ask t72 ls", ["5 terminal ssh -o StrictHostKeyChecking=ask t72 ls"]],
  ["ssh -o StrictHostKeyChecking=no t72 ls; scp -oBatchMode=yes /etc/hosts t72:/tmp", []],
  ["crictl exec -it a sh", ["5 terminal crictl exec -it a sh"]],
  ["docker exec -it a ls", ["5 terminal docker exec -it a ls"]],
  ["docker exec -i a ls", []],
  ["less /etc/hosts", ["5 terminal less /etc/hosts"]],
  ["journalctl -fu etcd", ["5 terminal journalctl -fu etcd"]],
  ["kubectl get nodes -wo wide", ["5 terminal kubectl get nodes -wo wide"]],
  ["journalctl | less; htop", ["5 terminal less", "5 terminal htop"]],
  ["rm -i a; cp -ai a b; mv -i a b", ["5 terminal rm -i a", "5 terminal cp -ai a b", "5 terminal mv -i a b"]],
  ["rm -rf a; cp --parents a b; yes | rm -i a", []],
  ["mysql_secure_installation", ["5 terminal mysql_secure_installation"]],
  ["mysql -p -e 'show tables'; mysql -psecret", ["5 terminal mysql -p -e 'show tables'"]],
  ["visudo; visudo -cf /etc/sudoers", ["5 terminal visudo"]],
  [
    "sudo -k ls; sudo -i; sudo grep -i a b; sudo -u root ls -v",
    ["5 terminal sudo -k ls", "5 terminal sudo -i"],
  ],
  ["echo secret | sudo -S ls", []],
  // The kernel's, and the machine's as a whole.
  ["modprobe br_netfilter", ["5 modules br_netfilter"]],
  ["modprobe -a ip_vs ip_vs_rr", ["5 modules ip_vs", "5 modules ip_vs_rr"]],
  ["modprobe ip_vs || true", ["5 modules ip_vs (optional)"]],
  ["if modprobe ip_vs; then echo yes; fi", ["5 modules ip_vs (optional)"]],
  [
    "sysctl -w vm.swappiness=0 net.ipv4.ip_forward=1",
    ["5 settings vm.swappiness", "5 settings net.ipv4.ip_forward"],
  ],
  [
    "cat > /etc/sysctl.d/k8s.conf <<EOF\nvm.swappiness = 0\nEOF\nsysctl -p /etc/sysctl.d/k8s.conf",
    ["6 settings vm.swappiness"],
  ],
  [
    'echo "fs.file-max=1\nvm.swappiness=0" > /etc/sysctl.d/k8s.conf\nsysctl --system',
    ["5 settings fs.file-max", "6 settings vm.swappiness"],
  ],
  ["echo 1 > /proc/sys/vm/overcommit_memory", ["5 settings vm.overcommit_memory"]],
  ["date", []],
  ['date -s "2019-04-01 12:00"', ['5 clock date -s "2019-04-01 12:00"']],
  ["timedatectl set-time 12:00", ["5 clock timedatectl set-time 12:00"]],
  ["timedatectl status", []],
  ["bash -c 'reboot'; reboot || true", ["5 reboot reboot", "5 reboot reboot"]],
  ["dmesg | tail -1", ["5 log dmesg"]],
  [
    "echo never > /sys/kernel/mm/transparent_hugepage/enabled",
    ["5 settings /sys/kernel/mm/transparent_hugepage/enabled"],
  ],
  ["echo 1 > /sys/class/net/docker0/bridge/stp_state", []],
  ["systemctl enable --now chronyd", ["5 centos systemctl enable --now chronyd"]],
  // A block may end with a reboot, and with nothing else that takes the machine away.
  ["ls\nsystemctl reboot", []],
  ["shutdown -r now", []],
  ["sudo reboot # now", []],
  ["systemctl reboot\nls", ["5 reboot systemctl reboot"]],
  ["ls; reboot", ["5 reboot reboot"]],
  ["test -e /a && reboot", ["5 reboot reboot"]],
  ["if true; then\n  reboot\nfi", ["6 reboot reboot"]],
  ["reboot &", ["5 reboot reboot"]],
  ["reboot -f", ["5 reboot reboot -f"]],
  ["shutdown -r +5", ["5 reboot shutdown -r +5"]],
  ["systemctl poweroff", ["5 reboot systemctl poweroff"]],
  // What other systems and networks have.
  ["yum install -y docker", ["5 yum yum install -y docker"]],
  ["systemctl stop firewalld", ["5 firewalld systemctl stop firewalld"]],
  ["docker run --privileged nginx", ["5 privileges docker run --privileged nginx"]],
  ["docker pull nginx", ["5 internet docker pull nginx"]],
  ["kubectl apply -f https://dl.example.org/flannel.yml", ["5 internet https://dl.example.org/flannel.yml"]],
  ["ping -c 1 www.example.org", ["5 internet ping -c 1 www.example.org"]],
])("what %j asks for", async (script, asks) => {
  expect(await asksOf(script)).toEqual(asks);
});

const told = async (script: string): Promise<string[] | undefined> =>
  (await stepsOf(script))[0]?.parts?.map(
    ({ script: lines, fetchers, alone, quiet }) =>
      `${alone ? "alone " : ""}${quiet ? "quiet " : ""}${fetchers.join("+")}: ${lines.trim()}`,
  );

test.each<[string, string[] | undefined]>([
  ["ls\ncd /", undefined],
  [
    `sed -i s/a/b/ /etc/a\nyum install -y \\\n  wget # now\nwget ${url}\ntar xf tool.tar.gz\nls`,
    [
      ": sed -i s/a/b/ /etc/a",
      "alone yum: yum install -y \\\n  wget # now",
      `alone wget: wget ${url}`,
      ": tar xf tool.tar.gz\nls",
    ],
  ],
  // What is on the line of another command, or in a pipeline, a list, a loop or a file, is not tried again by itself.
  [`cd /opt; wget ${url}`, [`wget: cd /opt; wget ${url}`]],
  [`curl ${url} | tar xz\nls`, [`curl: curl ${url} | tar xz\nls`]],
  [`cd /opt && curl -O ${url}`, [`curl: cd /opt && curl -O ${url}`]],
  [`wget ${url} &\nwait`, [`wget: wget ${url} &\nwait`]],
  [`curl ${url} >> a`, [`curl: curl ${url} >> a`]],
  ["rpm --import https://a.example.org/key", ["rpm: rpm --import https://a.example.org/key"]],
  [
    "rpm -Uvh --quiet https://a.example.org/a.rpm\nrpm -i a.rpm",
    ["rpm: rpm -Uvh --quiet https://a.example.org/a.rpm\nrpm -i a.rpm"],
  ],
  ["docker image pull a\ndocker images", ["alone docker: docker image pull a", ": docker images"]],
  ["docker run --rm a true\ndocker ps", ["docker: docker run --rm a true\ndocker ps"]],
  ["git clone https://a.example.org/b.git", ["alone git: git clone https://a.example.org/b.git"]],
  [
    "kubectl apply -f https://a.example.org/b.yaml",
    ["kubectl: kubectl apply -f https://a.example.org/b.yaml"],
  ],
  ["kubectl apply -f b.yaml", undefined],
  [`ssh t72 wget ${url}`, [`wget: ssh t72 wget ${url}`]],
  ["wget dl.example.org/a", ["alone wget: wget dl.example.org/a"]],
  [`for a in 1 2; do\n  wget ${url}\ndone`, [`wget: for a in 1 2; do\n  wget ${url}\ndone`]],
  [
    `cat > get.sh <<'EOF'\nwget ${url}\nEOF\nsh get.sh`,
    [`wget: cat > get.sh <<'EOF'\nwget ${url}\nEOF\nsh get.sh`],
  ],
  [`trap 'rm -f x' EXIT\nwget ${url}`, [`wget: trap 'rm -f x' EXIT\nwget ${url}`]],
  [`cat <<A; wget ${url}\nbody\nA\nls`, [`wget: cat <<A; wget ${url}\nbody\nA\nls`]],
  [`sudo wget ${url}`, [`alone wget: sudo wget ${url}`]],
  [
    `wget -q ${url}\ncurl -fsSLO ${url}\nyum -y install s`,
    [
      `alone quiet wget: wget -q ${url}`,
      `alone quiet curl: curl -fsSLO ${url}`,
      "alone yum: yum -y install s",
    ],
  ],
  [`cd /opt; wget -nv ${url}\nls`, [`quiet wget: cd /opt; wget -nv ${url}\nls`]],
  [
    "yum-config-manager --add-repo https://a.example.org/a.repo\nyum list a | sort -r\ndocker pull a",
    [
      "alone yum-config-manager: yum-config-manager --add-repo https://a.example.org/a.repo",
      "yum: yum list a | sort -r",
      "alone docker: docker pull a",
    ],
  ],
])("the parts of %j", async (script, parts) => {
  expect(await told(script)).toEqual(parts);
});

test.each<[string, true | undefined]>([
  ["cd /etc\nls", true],
  ["ls -a /etc", true],
  ["mkdir -p /opt/a && touch /opt/a/b\nexport A=1; ls /opt/a", true],
  ["rm -vf /opt/a\nls", undefined],
  ["umask\nls", undefined],
  ["ls -l /etc", undefined],
  ["ls -1", undefined],
  ["ls | sort", undefined],
  ["ls\nhostname", undefined],
])("whether a terminal shows the output of %j in columns", async (script, columns) => {
  expect((await stepsOf(script, "a  b"))[0]?.expect?.columns).toBe(columns);
});

test("at a terminal a block asks for none, but for an editor's", async () => {
  const script = "read -p sure? a\nssh-keygen\ndocker run -it busybox ls\nvim a\ntop";
  const asks = (await stepsOf(script, undefined, "tty")).flatMap((step) => step.asks ?? []);
  expect(asks.map(({ capability, what }) => `${capability} ${what}`)).toEqual(["terminal vim a"]);
});

test("at a terminal a block that downloads is typed as one", async () => {
  const [step] = await stepsOf(`cd /opt\nwget ${url}\nyum install a`, undefined, "tty");
  expect(step?.parts).toEqual([
    { script: `cd /opt\nwget ${url}\nyum install a`, fetchers: ["wget", "yum"], alone: false, quiet: false },
  ]);
});

test("a block that ends with a reboot is typed up to it, downloads as ever", async () => {
  const [step] = await stepsOf(`wget ${url}\ntar xf tool.tar.gz\nreboot`);
  expect(step?.reboots).toEqual({ before: `wget ${url}\ntar xf tool.tar.gz\n`, command: "reboot" });
  expect(step?.parts?.map(({ script }) => script)).toEqual([`wget ${url}\n`, "tar xf tool.tar.gz\n"]);
});
