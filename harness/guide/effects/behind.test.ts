import { expect, test } from "vitest";
import { check, found } from "./testing.ts";

/** The faults that were planted behind sudo. */
const planted = (prefix: string): string =>
  `${prefix}mkdir -p /opt/x
${prefix}cp /no/such/file /opt/x
${prefix}systemctl enabel nothing
cat <<EOF | ${prefix}tee /etc/systemd/system/a.service
[Service]
ExecStart=/bin/true
EOF
${prefix}systemctl daemon-reload && ${prefix}systemctl start a`;

test.each([
  "",
  "sudo ",
  "sudo -u root -- ",
  "env A=b ",
  "timeout 60 ",
  "nohup ",
  "nice -n 5 ",
  "stdbuf -oL ",
  "command ",
  "sudo env A=b timeout 60 nice ",
])("faults behind `%s` are found where they stand", async (prefix) => {
  const { length } = prefix;
  expect(await found(planted(prefix))).toEqual([
    `6:${4 + length} files/missing`,
    `7:${11 + length} units/verb`,
    `12:${44 + 2 * length} units/not-enabled`,
  ]);
});

test.each([
  "( % )",
  "{ %; }",
  "true && %",
  "% | cat",
  "bash -c '%'",
  "f() { %; }; f",
  "for a in nothing; do %; done",
  "if true; then %; fi",
  "eval '%'",
])("a verb that systemctl does not have is found in %s", async (form) => {
  const text = form.replace("%", "sudo systemctl enabel nothing");
  expect(await found(text)).toEqual([`5:${text.indexOf("enabel") + 1} units/verb`]);
});

test("what nobody could follow is told, once, with its place", async () => {
  const { findings, unfollowed } = await check(
    "sudo cmake install\nfor a in 1 2; do ./run $a; done\n$(pick) x",
  );
  expect(findings.map(({ rule }) => rule)).toEqual(["shell/command", "files/missing", "shell/command"]);
  expect(unfollowed.map(({ location, command }) => `${location.line}:${location.column} ${command}`)).toEqual(
    ["5:6 cmake install", "6:18 ./run $a", "7:3 pick", "7:1 $(pick) x"],
  );
});

test.each([
  ["curl -sLo a.tgz https://a.example.org/b.tgz\ntar xf a.tgz", []],
  ["mkdir -p /k/l; echo a > /k/l/a; cp -r /k/l /opt/; cat /opt/l/a /opt/l/b", ["5:64 files/missing"]],
  ["mkdir -p /k/l/m; cp -r /k/l /opt/; touch /opt/l/m/a", []],
  ["mkdir -p /k/l; touch /k/l/a /k/l/b; cp -r /k /opt/n; cat /opt/n/l/a /opt/l/a", ["5:69 files/missing"]],
  ["tar czf a.tgz /etc\ncp a.tgz /opt/", []],
  ["touch a\ninstall -m 600 a /opt/b\ncat /opt/b", []],
  ["ssh t72 touch /root/a\nscp root@t72:/root/a .\ncat a", []],
  ["touch a\nscp -r a t72:/opt/\nssh t72 cat /opt/a /opt/b", ["7:20 files/missing"]],
  ["while read name rest; do echo $name; done < /etc/hosts", []],
  ["command -v docker || true", []],
])("%j is followed", async (script, expected) => expect(await found(script)).toEqual(expected));

test("what a base system of CentOS 7 has is found", async () => {
  const programs =
    "flock umount swapon lsblk ss pkill usermod groupadd chattr systemd-run printenv cmp ldconfig firewall-cmd";
  expect(
    await found(
      programs
        .split(" ")
        .map((name) => `${name} --version`)
        .join("\n"),
    ),
  ).toEqual([]);
  expect(await found("killall --version")).toEqual(["5:1 shell/command"]);
});

test.each(["reboot\nls", "sudo shutdown -r now && ls", "poweroff"])(
  "%j is told as what no step outlives, not as a program to install",
  async (script) => {
    const { findings } = await check(script);
    expect(findings.map(({ message }) => message)).toEqual([expect.stringMatching(/takes the machine down/)]);
  },
);

test.each(["reboot", "ls\nsudo shutdown -r now"])("%j ends a block in order", async (script) => {
  expect((await check(script)).findings).toEqual([]);
});
