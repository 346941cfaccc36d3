import { expect, test } from "vitest";
import { guideOnMachine } from "../testing.ts";

/* Blocks that are typed at a terminal, which a machine's own sshd gives them. */
const applied = guideOnMachine("test-terminal");

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

test("a prompt that nobody answers is a finding, with its place and what to write", async () => {
  const asking = fence("bash run id=ask on=t71 tty", "ssh-keygen -q -t ed25519 -f /root/key");
  const answers = fence("text answers", "(empty for no passphrase): =>");
  expect(await applied([fence("bash run id=first on=t71", "true"), asking, answers], 1 / 20)).toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(
      /^1\/ask@t71: waits at the prompt "Enter same passphrase again:", and no answer is left \(printed nothing for 3 s\)$/,
    ),
    details: {
      step: "1/ask@t71",
      machine: "t71",
      location: { line: 8 },
      hint: "Write `Enter same passphrase again: => REPLY` at the end of the block's answers.",
    },
  });
});
