import { writeFile } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { controlsIn } from "../../input/odd-characters.ts";
import { printCheck } from "../../report/check/check.ts";
import { Redactor } from "../../secrets/redact.ts";
import { anyGuide, type Property, tryMutants } from "../parse/testing.ts";
import { rules } from "./rules.ts";
import { check, checkLines, copyOf, foundIn as found } from "./testing.ts";

const run = (on: string, ...commands: string[]) => [
  `\`\`\`bash run id=a${on} on=${on}`,
  ...commands,
  "```",
  "",
];

const texts = {
  "kubelet.config": [
    "kind: KubeletConfiguration",
    "apiVersion: kubelet.config.k8s.io/v1beta1",
    "authentication:",
    "  anonymous:",
    "enabled: true",
  ],
  "token.csv": ['231f18a1d882a5037e4374e51c6ec7e0,kubelet-bootstrap,10001,"system:kubelet-bootstrap"'],
  "kube-proxy.yaml": ["kind: [unclosed"],
  "kube-scheduler": ['KUBE_SCHEDULER_OPTS="--logtostderr=true --master=127.0.0.1:8080'],
};
const folder = "/opt/kubernetes/cfg";

const each = (work: (name: string, text: readonly string[]) => string[]): string[] =>
  Object.entries(texts).flatMap(([name, text]) => work(name, text));

test("what is wrong with a file is found however it is written", async () => {
  const make = run("all", `mkdir -p ${folder}`);
  const blocks = each((name, text) =>
    [
      `\`\`\`${name.endsWith("yaml") ? "yaml" : "text"} file id=${name.replace(".", "-")} on=t71 path=${folder}/${name}`,
    ].concat(text, "```", ""),
  );
  const documents = each((name, text) => [`cat > ${folder}/${name} <<EOF`].concat(text, "EOF"));
  const piped = each((name, text) => [`cat <<-'EOF' | sudo tee ${folder}/${name}`].concat(text, "EOF"));
  const [asBlocks, asDocuments, asPiped] = await Promise.all([
    found(...make, ...blocks),
    found(...make, ...run("t71", ...documents)),
    found(...make, ...run("t71", ...piped)),
  ]);
  const said = (findings: typeof asBlocks) => findings.map(({ rule, message }) => `${rule} ${message}`);
  expect(asBlocks.map(({ level }) => level).toSorted()).toEqual([
    "error",
    "error",
    "warning",
    "warning",
    "warning",
  ]);
  expect(said(asDocuments)).toEqual(said(asBlocks));
  expect(said(asPiped)).toEqual(said(asBlocks));
  // What is wrong at the end of a text is wrong with its last line.
  const [unclosed, inDocument] = [asBlocks, asDocuments].map((findings) =>
    findings.find(({ rule }) => rule === "files/yaml"),
  );
  const [line] = texts["kube-proxy.yaml"];
  const lines = [blocks, run("t71", ...documents)].map((all) => 5 + [...make, ...all].indexOf(line ?? ""));
  expect([unclosed, inDocument].map((finding) => finding?.location.line)).toEqual(lines);
});

test("lists of all machines are lists; an address by itself is not", async () => {
  const hosts = [
    "cat >> /etc/hosts <<EOF",
    "192.168.4.71 master",
    "192.168.4.72 node1",
    "192.168.4.76 node2",
    "EOF",
  ];
  const cluster =
    'ETCD_INITIAL_CLUSTER="a=https://192.168.4.71:2380,b=https://192.168.4.72:2380,c=https://192.168.4.76:2380"';
  const file = "```bash file id=b on=all path=/etc/etcd.conf";
  expect(await found(...run("all", ...hosts), file, cluster, "```")).toEqual([]);
  const [own, ...more] = await found(
    file,
    'ETCD_LISTEN_PEER_URLS="https://192.168.4.71:2380"',
    cluster,
    "```",
  );
  expect(own).toMatchObject({ rule: "machines/address", location: { line: 6 } });
  expect(more).toEqual([]);
});

test.each([
  ["vim /opt/etcd/cfg/etcd", "write the file in a file block"],
  ["kubectl edit cm a", "write the file in a file block"],
  ["systemctl edit kubelet", "write the file in a file block"],
  ["passwd root", 'feed it: `echo "$PASSWORD" | passwd --stdin USER`; or write `tty` after the keys'],
  ["ssh-keygen", "give it `-N ''` and `-f FILE`; or write `tty` after the keys"],
  ["kubectl exec -ti pod -- sh", "give `kubectl exec` the command after `--`, without `-i`"],
  ["tail -f /var/log/messages", "leave `-f` out"],
  ["sudo -k ls", "let sudo run the command, as a user who may do so without a password"],
  ["read -p 'sure? ' a", "set the variable, or feed it: `<<< VALUE`; or write `tty` after the keys"],
  ["yum install docker-ce", "give it `-y`; or write `tty` after the keys"],
  ["docker exec -it a ls", "give the container its command, without `-t`; or write `tty` after the keys"],
  ["less /etc/hosts", "use `cat`"],
])("`%s` waits for a person, with what helps", async (command, hint) => {
  const report = await checkLines(...run("t71", "mkdir -p /opt/etcd/cfg", command));
  // As it is printed.
  const { findings } = new Redactor().value(report);
  const terminal = findings.filter(({ rule }) => rule === "shell/terminal");
  const message = `${command} waits for a person at a terminal`;
  expect(terminal).toMatchObject([{ location: { line: 7, column: 1 }, message }]);
  expect(terminal[0]?.hint.startsWith(hint)).toBe(true);
});

test("a command is shown as it is written, whatever the shell makes of it", async () => {
  const shown = async (...commands: string[]): Promise<string[]> =>
    (await found(...run("t71", "export NAME=$(date)", ...commands)))
      .filter(({ rule }) => rule === "shell/terminal")
      .map(({ message }) => message.replace(/ waits for .*$/, ""));
  for (const command of [
    `read -p "Name of the \\"cluster\\": " a`,
    `read -p "$NAME? " a`,
    `/usr/bin/vi /etc/{hosts,motd}`,
    `vi /etc/yum.repos.d/*.repo`,
  ])
    expect(await shown(command)).toEqual([command]);
  expect(await shown(`sudo -u root vi "/etc/$NAME"`)).toEqual([`vi "/etc/$NAME"`]);
  expect(await shown(`bash -ec "read -p '$NAME' a"`)).toEqual(["read -p '…' a"]);
  const { unfollowed } = await checkLines(...run("t71", `wait-for "it's up" > "/tmp/$(date)"`));
  expect(unfollowed.map(({ command }) => command)).toEqual([`wait-for "it's up"`, `> "/tmp/$(date)"`]);
});

const asking = (commands: readonly string[], ...answers: string[]) => [
  "```bash run id=a on=nodes tty",
  ...commands,
  "```",
  ...(answers.length > 0 ? ["```text answers", ...answers, "```"] : []),
];
const waiting = async (...lines: string[]): Promise<number[]> =>
  (await found(...lines)).flatMap(({ rule, location }) => (rule === "shell/terminal" ? [location.line] : []));

describe("a block that is typed at a terminal", () => {
  test("may ask what it has answers for", async () => {
    const commands = [
      "yum install ntp",
      "ssh-keygen -t rsa",
      "docker run -it busybox sh",
      "tail -f /etc/hosts",
    ];
    expect(await waiting(...asking(commands, "Is this ok [y/d/N]: => y"))).toEqual([]);
    expect(await waiting(...asking(commands))).toEqual([6, 7, 8, 9]);
  });

  test("needs no answers where nobody is asked", async () => {
    expect(await waiting(...asking(["docker run -it busybox ls", "read a <<< b", "top &"]))).toEqual([]);
  });

  test("writes no files", async () => {
    expect(await found(...asking(["vi /etc/hosts"], "x => y"))).toMatchObject([
      { rule: "shell/terminal", location: { line: 6 }, hint: "write the file in a file block" },
    ]);
  });

  test("answers with variables that are set before", async () => {
    const asked = asking(["read -s -p 'Password: ' TOKEN"], "Password: => $TOKEN");
    expect(
      await found(
        ...run("nodes", "export TOKEN=$(date)"),
        ...asked.map((line) => line.replace("id=a", "id=b")),
      ),
    ).toEqual([]);
    expect(await found(...asked)).toMatchObject([
      { rule: "shell/variable", location: { line: 5 }, message: "$TOKEN is not set" },
    ]);
  });
});

test("a Go template is run as it is written", async () => {
  const lines = [
    "```bash run id=a on=t71 literal",
    "hostname {{.Server.Version}} {{machine.name}} && ‸lost".replace("‸", ""),
    "```",
  ];
  expect(await found(...lines)).toMatchObject([{ rule: "shell/command", location: { line: 6, column: 50 } }]);
});

test("a minimal installation's programs are found, whether their effects are known or not; others are not", async () => {
  const lines = [
    "```bash run id=a on=t71",
    "restorecon -R /etc",
    "nmcli con show",
    "semanage port -l",
    "```",
  ];
  expect((await found(...lines)).map(({ message }) => message)).toEqual(["the shell does not find semanage"]);
});

const settings = (...lines: string[]) => [
  "```text file id=c on=t71 path=/etc/a.conf",
  ...lines,
  "```",
  "",
  "```ini file id=u on=t71 path=/etc/systemd/system/a.service",
  "[Service]",
  "EnvironmentFile=/etc/a.conf",
  "ExecStart=/usr/bin/a $A $B",
  "[Install]",
  "WantedBy=multi-user.target",
  "```",
];

describe("what is wrong with a file of a program is what the program makes of it", () => {
  test("a comment that ends in a backslash swallows the next line", async () => {
    const findings = await found(...settings("# all of it: \\", "A=1", "B=2"));
    expect(findings).toMatchObject([{ rule: "files/quote", location: { line: 6, column: 14 } }]);
  });

  test("a comment is a comment between values", async () => {
    expect(await found(...settings("# all of it", "A=1 \\", "  2", "; more", "B=2"))).toEqual([]);
  });
});

test("a guide without a step is not clean", async () => {
  const [first, ...more] = await found("Nothing here.");
  expect(first).toMatchObject({ rule: "guide/empty", level: "error" });
  expect(more).toMatchObject([{ rule: "guide/empty-section" }]);
});

describe("nothing in a guide's text reaches the terminal as it is", () => {
  const nasty = "\u001B]0;title\u0007\u0000\u009B31m\u202Etxet";
  const places: readonly (readonly [string, ...string[]])[] = [
    ["in a command", ...run("t71", `echo ${nasty}`)],
    ["in a heading", `### ${nasty}`, "", ...run("t71", "true")],
    ["in an info string", `\`\`\`bash ${nasty} id=a on=t71`, "true", "```"],
    ["in a value", `\`\`\`bash run id=a on=${nasty}`, "true", "```"],
    ["in text", nasty, "", ...run("t71", "true")],
    ["in a skipped block", "```text skip reason=a", nasty, "```", ...run("t71", "true")],
  ];

  test.each(places)("%s", async (_, ...lines) => {
    const report = await check({ guideFile: await copyOf(["# G", "## 1 A", ...lines].join("\n")) });
    expect(report.findings.some(({ level }) => level === "error")).toBe(true);
    for (const format of ["text", "json", "sarif", "github"] as const) {
      const coloured = printCheck(report, rules, format, 1);
      expect(controlsIn(stripVTControlCharacters(coloured)).map(({ name }) => name)).toEqual([]);
    }
  });

  test("a carriage return within a line is found", async () => {
    expect(await found(...run("t71", "echo a\rrm -rf /b"))).toMatchObject([
      { message: "U+000D carriage return within a line", location: { line: 6 } },
    ]);
  });
});

test("any mutant of the guide is checked, in less than two seconds", async () => {
  // One for each profile that `copyOf` gives: reading that takes as long as a check.
  const files = new Map<string, string>();
  const rewritten = async (text: string): Promise<string> => {
    const facts = [text.includes("id=token-file"), text.includes("`claim:")].join(" ");
    const file = files.get(facts) ?? (await copyOf(text));
    files.set(facts, file);
    await writeFile(file, text);
    return file;
  };
  const property: Property = async (text, timed) => {
    const guideFile = await rewritten(text);
    const { findings, steps, unfollowed } = await timed(() => check({ guideFile }));
    expect(findings.filter(({ hint, message }) => hint === "" || message === "")).toEqual([]);
    expect(steps > 0 || findings.some(({ level }) => level === "error")).toBe(true);
    return { sound: Number(steps > 0), findings: findings.length, unfollowed: unfollowed.length };
  };
  await tryMutants(20, check, property, anyGuide);
}, 7_200_000);
