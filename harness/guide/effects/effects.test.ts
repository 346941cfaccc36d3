import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { profile } from "../../profile/testing.ts";
import type { Effect } from "../types.ts";
import { effectsOfScript, unitsIn } from "./effects.ts";
import { told, units } from "./testing.ts";

const { machines } = profile;

describe("units", () => {
  test.each<[string, string[]]>([
    // The command behind another one.
    ["sudo systemctl start etcd", ["starts etcd"]],
    ["sudo -u root -E systemctl start etcd", ["starts etcd"]],
    ["sudo --user root -- systemctl start etcd", ["starts etcd"]],
    ["env -i PATH=/bin systemctl start etcd", ["starts etcd"]],
    ["timeout -k 5 60 systemctl start etcd", ["starts etcd"]],
    ["timeout --signal KILL 60 systemctl start etcd", ["starts etcd"]],
    ["nohup systemctl start etcd &", ["starts etcd"]],
    ["nice -n 5 ionice -c 3 systemctl start etcd", ["starts etcd"]],
    ["stdbuf -oL systemctl start etcd | cat", ["starts etcd"]],
    ["exec systemctl start etcd", ["starts etcd"]],
    ["command systemctl start etcd", ["starts etcd"]],
    ["command -v systemctl start etcd", []],
    ["chroot / systemctl start etcd", ["starts etcd"]],
    ["sudo nohup env A=b timeout 5 systemctl start etcd", ["starts etcd"]],
    ["DEBUG=1 systemctl start etcd", ["starts etcd"]],
    ["/usr/bin/systemctl start etcd", ["starts etcd"]],
    // Lists, groups and conditions.
    ["(cd /k8s && systemctl start etcd)", ["starts etcd"]],
    ["{ systemctl start etcd; }", ["starts etcd"]],
    ["systemctl start a && systemctl start b; systemctl start c", ["starts a", "starts b", "starts c"]],
    ["systemctl start a || systemctl start b", ["starts a", "starts b (perhaps)"]],
    ["if true; then systemctl start a; fi", ["starts a (perhaps)"]],
    ["systemctl start a | tail -n 1", ["starts a"]],
    ["! systemctl start a", ["starts a"]],
    ["time systemctl start a", ["starts a"]],
    ["echo $(systemctl is-active a) > /dev/null", ["asks a"]],
    ["cat <(systemctl status a)", ["asks a", "unknown cat ?"]],
    // Words that the shell makes.
    ["for u in etcd kubelet; do systemctl start $u; done", ["starts etcd", "starts kubelet"]],
    [
      "for n in apiserver scheduler; do systemctl restart kube-$n; done",
      ["starts kube-apiserver", "starts kube-scheduler"],
    ],
    ["for i in {1..2}; do systemctl start etcd@$i; done", ["starts etcd@1", "starts etcd@2"]],
    ['all="etcd kubelet"\nsystemctl start $all', ["starts etcd", "starts kubelet"]],
    [
      'all=(etcd kubelet)\nfor u in "${all[@]}"; do systemctl start "$u"; done',
      ["starts etcd", "starts kubelet"],
    ],
    ["u=docker\nsystemctl enable --now ${u}.service", ["enables docker", "starts docker"]],
    ["systemctl start kube-{proxy,scheduler}", ["starts kube-proxy", "starts kube-scheduler"]],
    ["run='systemctl start'\n$run etcd", ["starts etcd"]],
    ["eval systemctl start etcd", ["starts etcd"]],
    ['one="a b"\ntwo=$one\nsystemctl start $two', ["starts a", "starts b"]],
    ["systemctl start ${unit:-etcd}", ["starts etcd"]],
    ["A=$(systemctl start etcd) date", ["starts etcd"]],
    ["cat <<EOF\n$(systemctl status etcd)\nEOF", ["asks etcd"]],
    ["cat <<'EOF'\n$(systemctl status etcd)\nEOF", []],
    ['up() { systemctl start "$1"; }\nup etcd; up kubelet', ["starts etcd", "starts kubelet"]],
    ['up() { systemctl start "$@"; }\nup etcd kubelet', ["starts etcd", "starts kubelet"]],
    ["function up { systemctl start etcd; }", []],
    ["bash -c 'systemctl start etcd'; echo systemctl start docker", ["starts etcd"]],
    ["sudo bash <<EOF\nsystemctl start etcd\nEOF", ["starts etcd"]],
    ["u=etcd\nsudo bash <<EOF\nsystemctl start $u\nEOF", ["starts etcd"]],
    ["cat > up.sh <<'EOF'\nsystemctl start $1\nEOF\nsh up.sh etcd", ["starts etcd"]],
    ["cat > /opt/up <<'EOF'\nsystemctl start etcd\nEOF\nchmod +x /opt/up\n/opt/up", ["starts etcd"]],
    ["su - root -c 'systemctl start etcd'", ["starts etcd"]],
    // What systemctl is told.
    ["systemctl enable --now docker", ["enables docker", "starts docker"]],
    ["systemctl --now enable docker", ["enables docker", "starts docker"]],
    ["systemctl disable --now docker", ["disables docker", "stops docker"]],
    ["systemctl enable docker kubelet.service", ["enables docker", "enables kubelet"]],
    ["systemctl --no-pager restart flanneld.service kubelet", ["starts flanneld", "starts kubelet"]],
    ["systemctl stop docker.socket docker", ["stops docker.socket", "stops docker"]],
    ["systemctl condrestart flanneld", ["starts flanneld"]],
    ["systemctl restart 'kube-*' etcd", ["unknown systemctl restart kube-* etcd", "starts etcd"]],
    ["systemctl enable --now \\\n  kube-proxy | tail -n 1", ["enables kube-proxy", "starts kube-proxy"]],
    ["systemctl daemon-reload", []],
    ["systemctl show --property=ActiveState etcd", ["asks etcd"]],
    ["systemctl -t service start a; systemctl --type service -q start b", ["starts a", "starts b"]],
    ["journalctl -u kubelet -n 5; journalctl --unit=etcd", ["asks kubelet", "asks etcd"]],
    ["service docker start", ["starts docker"]],
    ["sudo service docker restart;", ["starts docker"]],
    ["service docker stop", ["stops docker"]],
    // Another machine.
    ["systemctl -H root@192.168.4.72 start kubelet", ["t72 starts kubelet"]],
    ["systemctl --host=t72 stop kubelet", ["t72 stops kubelet"]],
    ["systemctl -H elsewhere stop docker", ["unknown systemctl -H elsewhere stop docker"]],
    [
      "ssh -o BatchMode=yes root@t72 'systemctl start docker && systemctl start kubelet'",
      ["t72 starts docker", "t72 starts kubelet"],
    ],
    [
      "for m in t72 t76; do ssh $m systemctl restart flanneld; done",
      ["t72 starts flanneld", "t76 starts flanneld"],
    ],
    ["ssh t72 <<'EOF'\nsystemctl start kubelet\nEOF", ["t72 starts kubelet"]],
    ["ssh elsewhere systemctl start a", ["unknown ssh elsewhere systemctl start a"]],
    // What nobody can know beforehand.
    [
      'systemctl restart "$(list)" docker',
      ["unknown list", "unknown systemctl restart ? docker", "starts docker"],
    ],
    ["$(list) start etcd", ["unknown list", "unknown ? start etcd"]],
    [
      "ssh t72 <<EOF\nsystemctl restart $(list) docker\nEOF",
      ["unknown list", "t72 unknown systemctl restart ? docker", "t72 starts docker"],
    ],
    ["bash <<EOF\n$(list)\nEOF", ["unknown list", "unknown ?"]],
    ["bash <<EOF\n'$(list)' a\nEOF", ["unknown list", "unknown ? a"]],
    ["sudo $(list)", ["unknown list", "unknown sudo ?"]],
    ["make install", ["unknown make install"]],
    ["sh install.sh", ["unknown sh install.sh"]],
    ["find / -name a | xargs systemctl start", ["unknown xargs systemctl start"]],
    ["f() { f; }; f", ["unknown f"]],
    ["if true; then", [expect.stringContaining("unknown text that the shell cannot read")]],
  ])("%j", (script, expected) => expect(units(script)).toEqual(expected));
});

test("units are named once, options never", () => {
  const script = "systemctl enable --now docker; systemctl restart docker etcd.service; journalctl -u etcd";
  expect(unitsIn(effectsOfScript(script))).toEqual(["docker", "etcd"]);
});

describe("files", () => {
  test.each<[string, string[]]>([
    ["cd /opt; echo a > b", ["enters /opt", "writes /opt/b"]],
    ["echo a | sudo tee -a /etc/hosts /opt/b", ["writes /etc/hosts", "writes /opt/b"]],
    ["cat > /opt/a <<EOF\ntext\nEOF", ["writes /opt/a"]],
    ["cat < /etc/hosts >> /opt/a", ["reads /etc/hosts", "writes /opt/a"]],
    ["> /opt/a", ["writes /opt/a"]],
    ["{ echo a; echo b; } > /opt/a", ["writes /opt/a"]],
    ["while read a; do echo $a; done < /etc/hosts >> /opt/b", ["reads /etc/hosts", "writes /opt/b"]],
    ["a=$(cd /opt; pwd); touch b", ["enters /opt", "writes /root/b"]],
    ["sudo cp a /opt/x", ["reads /root/a", "writes /opt/x", "writes /opt/x/a (perhaps)"]],
    [
      "mv a b /opt/",
      [
        "reads /root/a",
        "removes /root/a",
        "reads /root/b",
        "removes /root/b",
        "writes /opt/a",
        "writes /opt/b",
      ],
    ],
    ["install -m 755 a /usr/bin/", ["reads /root/a", "writes /usr/bin/a"]],
    ["touch a; rm -f a", ["writes /root/a", "removes /root/a"]],
    ["echo a > /k/a; cp -r /k /l/", ["writes /k/a", "reads /k/a", "writes /l/k/a"]],
    [
      "cd /k; for n in 192.168.4.72 t76; do scp -r a $n:$PWD; done",
      [
        "enters /k",
        "reads /k/a",
        "t72 writes /k",
        "t72 writes /k/a (perhaps)",
        "t76 writes /k",
        "t76 writes /k/a (perhaps)",
      ],
    ],
    ["scp root@t72:/k/a /opt/", ["t72 reads /k/a", "writes /opt/a"]],
    ["rsync -a -e ssh a t72:/k/", ["reads /root/a", "t72 writes /k/a"]],
    ["sed -i 's/a/b/' /etc/a /etc/b", ["writes /etc/a", "writes /etc/b"]],
    ["sed -n 1p /etc/a", []],
    ["tar czf /opt/a.tgz /etc", ["writes /opt/a.tgz"]],
    ["tar xf /opt/a.tgz -C /usr", ["reads /opt/a.tgz"]],
    ["kubectl config set-cluster a --kubeconfig=b.kubeconfig", ["writes /root/b.kubeconfig"]],
    [
      "cfssl gencert -initca a.json | cfssljson -bare ca",
      ["reads /root/a.json", "writes /root/ca.pem", "writes /root/ca-key.pem", "writes /root/ca.csr"],
    ],
    [
      "docker load -i /opt/a.tar; docker load < b.tar",
      ["reads /opt/a.tar", "loads /opt/a.tar", "reads /root/b.tar", "loads -"],
    ],
    ["yum install -y docker-ce-18.09.9 wget", ["installs docker-ce-18.09.9", "installs wget"]],
    [
      "yum-config-manager --add-repo https://a.example.org/b.repo",
      ["downloads https://a.example.org/b.repo"],
    ],
    ["wget -qO b https://a.example.org/a", ["downloads https://a.example.org/a", "writes /root/b"]],
    [
      "curl -sLo b a.example.org/a; curl https://a.example.org/a",
      ["downloads http://a.example.org/a", "writes /root/b", "downloads https://a.example.org/a"],
    ],
    ["curl --cacert a https://t71:6443/", ["trusts --cacert", "downloads https://t71:6443/"]],
    ["set -e; trap date EXIT; exit 1", ["alters set -e", "alters trap date EXIT", "alters exit 1"]],
    ["docker exec a true", []],
    ['cp "$(pick)" /opt/x', ["unknown pick", "unknown cp ? /opt/x", "writes /opt/x"]],
  ])("%j", (script, expected) => expect(told(script)).toEqual(expected));

  test("words name files and ports, whatever is done with them", () => {
    expect(
      told("a=/k/a; etcdctl --ca-file=/k/ca.pem --endpoints=https://10.0.0.1:2379 get /k/b", true),
    ).toEqual([
      "reads /k/a (perhaps)",
      "runs etcdctl",
      "reads /k/ca.pem",
      "connects 10.0.0.1:2379 (perhaps)",
      "reads /k/b (perhaps)",
    ]);
    expect(told("[[ -f /k/a ]] && docker exec b sh -c 'cat /k/b'", true)).toEqual([
      "reads /k/a (perhaps)",
      "runs docker",
      "reads /k/b (perhaps)",
    ]);
  });
});

describe("any text", () => {
  const pieces = fc.constantFrom(
    ..."systemctl|start|etcd|sudo|bash|-c|cd|/k8s|$(|`|${a:-b}|$a|$@|a=$a$a|a=|{a,b}|{1..9}|{1..99999}|*|\"|'|\\|\n| |;|&&|\\|\\||\\||&|(|)|{|}|((|))|[[|]]|f() {|f|for a in 1 2 3|while|do|done|if|then|fi|case|in|esac|<<EOF|EOF|> a|< a|<<< a|sh a|. a|eval|tee a|read|tar|-C|cp|scp|t72:|ssh t72|wget|-O|--|service|set|--now|\0|\u2028|é"
      .split(/(?<!\\)\|/)
      .map((text) => text.replaceAll("\\|", "|")),
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 60 }).map((all) => all.join(" ")),
  );

  test("is read without an error", () => {
    fc.assert(
      fc.property(text, (script) => {
        const effects: readonly Effect[] = effectsOfScript(script, "t71", machines);
        expect(effects.every(({ what }) => typeof what === "string")).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("that the shell cannot read, or whose command nobody knows, is never passed over in silence", () => {
    const word = fc
      .stringMatching(/^[a-z]{3,8}$/)
      .filter(
        (name) =>
          !/^(?:[a-z]*sh|if|in|do|for|case|done|then|elif|else|esac|while|until|time|select|function|coproc)$/.test(
            name,
          ),
      );
    fc.assert(
      fc.property(
        word,
        fc.constantFrom(
          "%",
          "sudo %",
          "( % )",
          "true && %",
          "if true; then %; fi",
          "echo $(%)",
          "f() { %; }; f",
          "bash -c '%'",
          "ssh t72 %",
          "x=%; $x",
        ),
        (name, form) => {
          const own = `zz-${name}`;
          expect(effectsOfScript(form.replace("%", own), "t71", machines)).toContainEqual(
            expect.objectContaining({ does: "unknown", what: own }),
          );
        },
      ),
    );
    for (const broken of ["(", "if true", "echo 'a", "for x in", "$(", "case a in"])
      expect(told(broken).join("\n")).toContain("unknown text that the shell cannot read");
  });

  test.each([
    ["a loop of loops", `${"for a in 1 2 3 4 5 6 7 8 9; do ".repeat(12)}echo a${"; done".repeat(12)}`],
    ["a script that calls itself", "cat > a <<EOF\nsh a\nsh a\nEOF\nsh a"],
    ["functions that call each other", "f() { g; g; }; g() { f; f; }; f"],
    ["words that grow", `a=${"{a,b}".repeat(40)}; echo ${"{a,b}".repeat(40)}`],
    ["a command behind many", `${"sudo ".repeat(20_000)}ls`],
    ["an eval of evals", `${"eval ".repeat(5000)}ls`],
    ["parentheses in parentheses", "(".repeat(5000)],
    ["substitutions in substitutions", "$(".repeat(500)],
    ["a here-document that grows", `a=${"a".repeat(8000)}\ncat > b <<EOF\n${"$a".repeat(20_000)}\nEOF`],
    ["a value that grows", `a=aaaaaaaa\n${"a=$a$a\n".repeat(60)}echo $a`],
  ])("%s ends", (_, script) => {
    expect(effectsOfScript(script, "t71", machines).length).toBeLessThan(1000);
  });
});
