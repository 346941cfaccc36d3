import { beforeAll, expect, test } from "vitest";
import { fetchArtifacts, install } from "../../../machines/nspawn/testing.ts";
import { guideOnMachine } from "../testing.ts";

/* Blocks that are typed at a terminal, which a machine's own sshd gives them. */
let packages: string;
beforeAll(async () => {
  ({ packages } = await fetchArtifacts());
});
const applied = guideOnMachine("test-terminal", () => packages);

const fence = (info: string, ...lines: string[]): string => [`\`\`\`${info}`, ...lines, "```"].join("\n");

test("what programs ask at a terminal is answered, and what comes of it is there for the next block", async () => {
  const asking = fence(
    "bash run id=ask on=t71 tty",
    "tty; stty size",
    "ssh-keygen -q -t ed25519 -f /root/key",
    "passwd root",
    "read -p 'Name: ' NAME",
  );
  const answers = fence(
    "text answers",
    "(empty for no passphrase): =>",
    "same passphrase again: =>",
    "New password: => correct horse",
    "Retype new password: => correct horse",
    "Name: => etcd",
  );
  const after = fence("bash run id=after on=t71", 'echo "$NAME"; ls /root/key.pub; passwd -S root');
  expect(await applied([asking, answers, after])).toEqual([
    expect.stringMatching(/^\/dev\/pts\/\d+\n24 80\n[^]*\nName: etcd$/),
    expect.stringMatching(/^etcd\n\/root\/key\.pub\nroot P/),
  ]);
});

// On a busy host somebody else may be to blame.
test("a prompt that nobody answers is a finding, with its place", async () => {
  const asking = fence("bash run id=ask on=t71 tty", "ssh-keygen -q -t ed25519 -f /root/key");
  const answers = fence("text answers", "(empty for no passphrase): =>");
  expect(await applied([fence("bash run id=first on=t71", "true"), asking, answers], 1 / 20)).toMatchObject({
    message: expect.stringMatching(
      /^1\/ask@t71: waits at the prompt "Enter same passphrase again:", and no answer is left \(printed nothing for 3 s\)/,
    ),
    details: {
      step: "1/ask@t71",
      machine: "t71",
      location: { line: 8 },
    },
  });
});

test("yum asks before it installs, in the words of CentOS 7's", async () => {
  const repositories = install.split("\n").find((line) => line.startsWith("sed")) ?? "";
  const asking = fence("bash run id=install on=t71 tty", "yum install wget");
  const answers = fence("text answers", "Is this ok [y/d/N]: => y");
  const set = fence("bash run id=set on=t71", repositories);
  const after = fence("bash run id=after on=t71", "command -v wget");
  expect(await applied([set, asking, answers, after])).toEqual([
    "",
    expect.stringMatching(/Is this ok \[y\/d\/N\]: y\n[^]*Complete!$/),
    "/usr/local/bin/wget",
  ]);
});
