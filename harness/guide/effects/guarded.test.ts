import { describe, expect, test } from "vitest";
import { found } from "./testing.ts";

describe("what the text itself reckons with is no fault", () => {
  test.each([
    "test -f /opt/a && cp /opt/a /opt/b",
    "[ -f /opt/a ] && cp /opt/a /opt/b",
    "[[ -f /opt/a && -d /opt ]] && cp /opt/a /opt/b",
    "[ ! -f /opt/a ] || cat /opt/a",
    "! test -e /opt/a || cat /opt/a",
    "if [ -x /opt/a ]; then /opt/a; fi",
    "if [ ! -f /opt/a ]; then touch /opt/a; fi\ncat /opt/a",
    "if [ -f /opt/a ]; then cat /opt/a; elif [ -f /opt/b ]; then cat /opt/b; else true; fi",
    "while [ -f /opt/a ]; do cat /opt/a; done",
    "[ -d /opt/a ] || mkdir /opt/a\ntouch /opt/a/b",
    "cp /opt/a /opt/b || true",
    "cat /opt/a 2> /dev/null || :",
    "cd /opt/a || cd /opt",
    "( cat /opt/a ) || echo none",
    "systemctl is-active a || echo no",
    "sudo systemctl stop docker || true",
    "if systemctl is-active a; then echo yes; fi",
    "command -v helm && helm version",
    "if command -v helm > /dev/null; then helm version; fi",
    "type helm || echo none",
    "helm version || true",
    "! helm version",
  ])("%j", async (script) => expect(await found(script)).toEqual([]));

  test.each([
    ["cp /opt/a /opt/b || true\ncat /opt/b", "6:5 files/missing"],
    ["true && cp /opt/a /opt/b", "5:12 files/missing"],
    ["touch /opt/x; test -f /opt/x && cat /opt/a", "5:37 files/missing"],
    ["test -f /opt/a || cat /opt/a", "5:23 files/missing"],
    ["systemctl is-active a || systemctl start a", "5:42 units/missing"],
    ["if true; then cat /opt/a; fi", "5:19 files/missing"],
    ["if false; then true; else cat /opt/a; fi", "5:31 files/missing"],
    ["until false; do cat /opt/a; done", "5:21 files/missing"],
    ["[ -f /etc/hosts ] && cat /opt/a", "5:26 files/missing"],
    ["systemctl enabel a || true", "5:11 units/verb"],
    ["bash -c 'cat /opt/a; true'", "5:14 files/missing"],
    ["command -v ls && helm version", "5:18 shell/command"],
  ])("%j is one", async (script, place) => expect(await found(script)).toEqual([place]));
});

describe("what is right is not refused", () => {
  test.each([
    "python -c 'print 1'; python2 --version; python2.7 --version",
    "touch f; install -m 755 -d /opt/x/y; install -m 644 f /opt/x/y/g; install f /opt/x/y; cat /opt/x/y/f /opt/x/y/g",
    "install -d -o root /opt/x /opt/z; cp /etc/hosts /opt/z/; cp /etc/hosts /opt/x/",
    "install -D -m 644 /etc/hosts /opt/q/r/hosts; cat /opt/q/r/hosts",
    "cp -t /opt /etc/hosts; install -m 644 -t /opt /etc/fstab; cat /opt/hosts /opt/fstab",
    "ssh-keygen -t rsa -N '' -f /root/.ssh/id_rsa; cat /root/.ssh/id_rsa.pub",
    "ssh-keygen -q -N '' -f key; cat key key.pub",
    "ssh-keygen -t rsa -P '' -f ~/.ssh/id_rsa; cat ~/.ssh/id_rsa.pub >> ~/.ssh/authorized_keys",
    "echo $PPID $SECONDS $BASH_VERSION $LINENO $OSTYPE $OLDPWD $SHLVL $TERM ${PIPESTATUS[0]} $_ $? $$",
    "read <<< a; echo $REPLY",
    "systemctl restart sshd; systemctl restart NetworkManager; systemctl restart systemd-modules-load",
    "wget -P /opt/new https://a.example.org/x.tar.gz; tar xf /opt/new/x.tar.gz",
    "wget -qP/opt https://a.example.org/x.tar.gz; tar xf /opt/x.tar.gz",
    "wget --directory-prefix=/opt https://a.example.org/x.tar.gz; tar xf /opt/x.tar.gz",
    "useradd -s /bin/bash etcd; echo a > /home/etcd/x; useradd -d /opt/b b; touch /opt/b/x",
    "git clone https://a.example.org/b.git && cd b && cat README.md",
    "cp /usr/bin/ls /usr/bin/docker; docker save -o a.tar busybox; docker load < a.tar",
    "cp /usr/bin/ls /usr/bin/etcdctl; etcdctl snapshot save b.db; cat b.db",
    "mkdir -p a/b; touch a/b/c; cp -r a /opt/; cat /opt/a/b/c",
  ])("%s", async (script) => expect(await found(script)).toEqual([]));

  test("a unit that was disabled stays down", async () => {
    expect(await found("systemctl disable sshd\nsystemctl restart sshd")).toEqual(["6:19 units/not-enabled"]);
  });
});
