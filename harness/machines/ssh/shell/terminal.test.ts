import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Interrupted } from "../../../errors.ts";
import { findProgram } from "../../../host/packages/packages.ts";
import type { KeptShell, OutputChunk, Typist } from "../connection.ts";
import { connection, server } from "../channel/testing.ts";

let shell: KeptShell;

beforeEach(async () => {
  shell = await connection.shell();
});

afterEach(() => shell.close());

/** Types each reply where its prompt is a line's end, in order. */
function answering(...pairs: readonly (readonly [string, string])[]): Typist {
  const left = [...pairs];
  return (said) => {
    const [prompt, reply] = left[0] ?? [];
    if (prompt === undefined || !said.trimEnd().endsWith(prompt)) return undefined;
    left.shift();
    return { text: `${reply}\r` };
  };
}
/** Absent from a stock Debian. */
const keygen = await findProgram("ssh-keygen");
const nobody: Typist = () => undefined;
const atGo: Typist = (said) => (said.endsWith("go") ? { text: "\u0003" } : undefined);

describe("at a terminal", () => {
  test("prompts are answered, and what it shows is standard output", async () => {
    const script = String.raw`read -p 'name? ' name
read -s -p 'Password: ' password; echo
printf '\033[31m%s has %s characters\033[0m\n' "$name" "${"${#password}"}"
echo oops >&2`;
    const chunks: OutputChunk[] = [];
    const result = await shell.run(script, {
      typist: answering(["name?", "bob"], ["Password:", "hunter2"]),
      onOutput: (chunk) => chunks.push(chunk),
    });
    const stdout = "name? bob\nPassword: \nbob has 7 characters\noops\n";
    expect(result).toMatchObject({ exitCode: 0, stdout, stderr: "", timedOut: false });
    expect(chunks.map(({ text }) => text).join("")).toBe(stdout);
    expect(chunks.every(({ stream }) => stream === "stdout")).toBe(true);
  });

  test("all three streams are a terminal of 80 by 24 characters, which /dev/tty is, too", async () => {
    const script = `test -t 0 && test -t 1 && test -t 2 && stty size && echo $TERM
read answer </dev/tty; echo "got $answer"; stty -a | grep -o ' echo '`;
    const typist = answering(["xterm", "yes"]);
    expect((await shell.run(script, { typist })).stdout).toBe("24 80\nxterm\nyes\ngot yes\n echo \n");
  });

  test.skipIf(!keygen)("prompts of a program that throws away what was typed before it asks", async () => {
    const script = `echo begin; ssh-keygen -q -t ed25519 -f "$HOME/key"; ssh-keygen -y -P 'a secret' -f "$HOME/key" | cut -c 1-11; rm "$HOME"/key*`;
    const typist = answering(
      ["Enter passphrase (empty for no passphrase):", "a secret"],
      ["Enter same passphrase again:", "a secret"],
    );
    expect(await shell.run(script, { typist })).toMatchObject({
      exitCode: 0,
      stdout:
        "begin\nEnter passphrase (empty for no passphrase): \nEnter same passphrase again: \nssh-ed25519\n",
    });
  });

  test("keys are pressed as they are given", async () => {
    expect(await shell.run("printf go; sleep 300", { typist: atGo })).toMatchObject({ exitCode: 130 });
  });
});

describe("the kept shell", () => {
  test("lends a script at a terminal its folder, variables, functions and mask", async () => {
    await shell.run(`cd /usr; export A="it's"; b='x\ny'; c=(1 "2 3"); f() { echo "f $1"; }; umask 027`);
    const script = 'printf "%s|" "$PWD" "$A" "$b" "${c[1]}"; f 1; umask; shopt login_shell';
    expect((await shell.run(script, { typist: nobody })).stdout).toMatch(
      /^\/usr\|it's\|x\ny\|2 3\|f 1\n0027\nlogin_shell\s+on\n$/,
    );
  });

  test("takes over what became of them, and has no terminal for that", async () => {
    await shell.run("b=1; g() { echo before; }; TERM=dumb");
    await shell.run("cd /usr/lib; read -p '? ' b; export A='2'; g() { echo after; }; umask 077", {
      typist: answering(["?", "é \"$x\" 'y'"]),
    });
    const { stdout, cwd } = await shell.run(
      'echo "$PWD $A $b"; g; umask; tty || true; echo "${TERM-} ${SSH_TTY-none} ${BASH_EXECUTION_STRING-none}"; set -o | grep -c "pipefail.*on"',
    );
    expect(stdout).toBe(`/usr/lib 2 é "$x" 'y'\nafter\n0077\nnot a tty\ndumb none none\n1\n`);
    expect([cwd, shell.state()?.cwd]).toEqual(["/usr/lib", "/usr/lib"]);
    expect(shell.state()?.environment).toContain('declare -x A="2"');
    expect(shell.state()?.environment).not.toContain("__harness");
  });

  test.each([
    ["fails", "cd /usr; b=2; sh -c 'exit 7'; echo no", 7, ""],
    ["fails in a pipe", "false | true; echo no", 1, ""],
    ["is killed", "kill -9 $$", 137, ""],
    ["has an error of syntax", "if true\nfi", 2, expect.stringContaining("syntax error")],
  ])("stays as it was where the script %s", async (_name, script, exitCode, stdout) => {
    await shell.run("b=1");
    expect(await shell.run(script, { typist: nobody })).toMatchObject({ exitCode, stdout, timedOut: false });
    expect((await shell.run('echo "$b $PWD"')).stdout).toBe(`1 ${server.folder}\n`);
  });

  test.each([
    ["exits well", "cd /usr; b=2; exit 0", ""],
    ["becomes another program", "exec echo hello", "hello\n"],
  ])("is logged in again where the script %s", async (_name, script, stdout) => {
    await shell.run("cd /usr/lib; b=1");
    expect(await shell.run(script, { typist: nobody })).toMatchObject({ exitCode: 0, stdout });
    expect(await shell.run('pwd; echo "b=$b"')).toMatchObject({ stdout: `${server.folder}\nb=\n` });
  });

  test("is as it was told to be where the script turns set -e off and ends badly", async () => {
    expect(await shell.run("set +e; b=3; false", { typist: nobody })).toMatchObject({ exitCode: 1 });
    expect((await shell.run('echo "$b"; set -o | grep errexit')).stdout).toMatch(/^3\nerrexit\s+on\n$/);
  });
});

test("a profile's greeting is no output, and what a script leaves in the background holds nothing up", async () => {
  await connection.writeFile(`${server.folder}/.bash_profile`, "test -t 1 && echo Welcome\n");
  const script = "sleep 300 & echo started";
  expect((await shell.run(script, { typist: nobody })).stdout).toBe("started\n");
  await connection.exec(`rm ${server.folder}/.bash_profile`);
});

describe("a script at a terminal that must end", () => {
  test("ends at its deadline with everything it started", async () => {
    const stuck = await shell.run("trap '' TERM; ps -o sid= -p $$; sleep 300 & read -p 'sure? ' x", {
      typist: nobody,
      deadline: 300,
    });
    expect(stuck).toMatchObject({ timedOut: true, exitCode: 124, stdout: expect.stringMatching(/sure\? $/) });
    const left = await connection.exec(`ps -o stat= -s ${stuck.stdout.split("\n")[0]?.trim()} | grep -v Z`);
    expect(left.stdout).toBe("");
    expect((await shell.run("echo on")).stdout).toBe("on\n");
  });

  test("is interrupted by an abort", async () => {
    const controller = new AbortController();
    const typist: Typist = (said) => {
      if (said === "go") controller.abort(new Interrupted("Interrupted by SIGTERM"));
      return undefined;
    };
    await expect(shell.run("echo go; sleep 300", { signal: controller.signal, typist })).rejects.toThrow(
      Interrupted,
    );
    expect((await shell.run("echo again")).stdout).toBe("again\n");
  });
});
