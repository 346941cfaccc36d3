import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nspawn } from "../../../machines/nspawn/provider.ts";
import { testSpec } from "../../../machines/nspawn/testing.ts";
import { connect } from "../../../machines/ssh/connect.ts";
import type { Connection, KeptShell, Typist } from "../../../machines/ssh/connection.ts";
import { silent } from "../../../progress.ts";
import { testContext } from "../../../testing.ts";
import { Answers } from "./answers.ts";

/* A terminal of a real sshd, and programs of a real system that ask there. */
const context = testContext();
const id = "test-terminal";
const folder = await mkdtemp(join(tmpdir(), "terminal-test-"));
let connection: Connection;
let shell: KeptShell;

beforeAll(async () => {
  const spec = testSpec(id, folder);
  await nspawn.prepare(silent, context);
  await nspawn.down(id, silent, context);
  const { machines } = await nspawn.up({ ...spec, machines: spec.machines.slice(0, 1) }, silent, context);
  const [machine] = machines;
  if (!machine) throw new Error("no machine");
  connection = await connect(machine.endpoint, context);
  shell = await connection.shell();
});
afterAll(async () => {
  await shell.close();
  await connection.close();
  await nspawn.down(id, silent, context);
  await rm(folder, { recursive: true });
});

const answering = (pairs: Record<string, string>): Typist => {
  const answers = new Answers(Object.entries(pairs).map(([prompt, reply]) => ({ prompt, reply })));
  return (said, finished) => answers.answer(said, finished);
};

test("programs that ask are answered, and the next script goes on where they were left", async () => {
  const script =
    "useradd reader\npasswd -q reader\ncd /usr/lib\nssh-keygen -q -t ed25519\ntty\nstty size\necho $TERM";
  const typist = answering({
    "New password:": "a-secret-4711",
    "Retype new password:": "a-secret-4711",
    "Enter file in which to save the key ({{word}}):": "/root/key",
    "Enter passphrase (empty for no passphrase):": "",
    "Enter same passphrase again:": "",
  });
  const result = await shell.run(script, { typist });
  expect(result.stdout).toBe(
    "New password: \nRetype new password: \nEnter file in which to save the key (/root/.ssh/id_ed25519): /root/key\nEnter passphrase (empty for no passphrase): \nEnter same passphrase again: \n/dev/pts/0\n24 80\nxterm\n",
  );
  expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  const after = await shell.run("pwd; passwd -S reader | cut -d ' ' -f 1,2; ls /root/key.pub; tty || true");
  expect(after.stdout).toBe("/usr/lib\nreader P\n/root/key.pub\nnot a tty\n");
});

test("one that nobody answers ends at its deadline, with all that it started", async () => {
  const waiting = await shell.run("ssh-keygen -q -t ed25519", { typist: () => undefined, deadline: 1000 });
  expect(waiting).toMatchObject({
    timedOut: true,
    exitCode: 124,
    stdout: expect.stringMatching(/id_ed25519\): $/),
  });
  expect((await connection.exec("pgrep ssh-keygen")).stdout).toBe("");
});
