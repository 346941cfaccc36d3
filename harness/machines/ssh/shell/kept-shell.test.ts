import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HarnessDefect, InfrastructureError, Interrupted } from "../../../errors.ts";
import type { KeptShell, OutputChunk } from "../connection.ts";
import { connection, server } from "../channel/testing.ts";

let shell: KeptShell;

beforeEach(async () => {
  shell = await connection.shell();
});

afterEach(() => shell.close());

test("is a login shell that starts in the home folder, or where it is told", async () => {
  expect(await shell.run("shopt login_shell")).toMatchObject({ exitCode: 0, cwd: server.folder });
  const elsewhere = await connection.shell({ cwd: "/usr/lib" });
  expect(await elsewhere.run("pwd")).toMatchObject({ stdout: "/usr/lib\n", cwd: "/usr/lib" });
  await elsewhere.close();
  // A reader's shell goes on in a folder that is gone; another one cannot begin there.
  const homeless = await connection.shell({ cwd: "/no/such" });
  expect(await homeless.run("pwd")).toMatchObject({ cwd: server.folder });
  await homeless.close();
});

test("folder, environment, variables and functions last", async () => {
  await shell.run("cd /usr; export A='x\ny'; b=2; f() { echo f; }");
  expect(await shell.run('echo "$A $b"; f; pwd')).toMatchObject({
    exitCode: 0,
    stdout: "x\ny 2\nf\n/usr\n",
    cwd: "/usr",
  });
});

test("a command that fails ends the shell; the next run has folder, variables and functions from before it", async () => {
  await shell.run('cd /usr; export A="it\'s"; b=2; f() { echo f; }');
  const failed = await shell.run("export A=no; echo one; sh -c 'exit 7'; echo two");
  expect(failed).toMatchObject({ exitCode: 7, stdout: "one\n", cwd: "/usr", timedOut: false });
  expect(await shell.run('echo "$A$b $PWD"; f; sh -c \'echo "$A$b"\'')).toMatchObject({
    exitCode: 0,
    stdout: "it's2 /usr\nf\nit's\n",
    cwd: "/usr",
  });
});

test("a command that fails leaves a surviving shell as it is, and the next that fails ends it", async () => {
  await shell.run("cd /usr; b=2");
  expect(await shell.run("sh -c 'echo no; exit 7'", { surviving: true })).toMatchObject({
    exitCode: 7,
    stdout: "no\n",
    cwd: "/usr",
  });
  expect(await shell.run('echo "$b"')).toMatchObject({ stdout: "2\n" });
  expect(await shell.run('false | true; echo "$b"')).toMatchObject({ exitCode: 1, stdout: "" });
});

test.each([
  ["true\ncat /no/such | cat\ntrue", 2, "cat"],
  ["for i in 1 2; do\n  test $i = 1\ndone", 2, "test $i = 1"],
  ["if false; then :; fi\nfalse || true\nx=$(false)\necho on", 3, "x=$(false)"],
  ["cat <<E >/dev/null\ntext\nE\nset -x\n(exit 3)", 5, "( exit 3 )"],
  ["set -u\ntrue 2>&1\nexport A=b\n./no-such --option\n", 4, "./no-such --option"],
])("which command of %j failed is known", async (script, line, command) => {
  const { exitCode, failed } = await shell.run(script);
  expect(exitCode).not.toBe(0);
  expect(failed).toEqual({ line, command });
});

test.each([
  ["echo one; exit 0; echo two", true],
  ["echo one; exec true; echo two", true],
  ["echo one; false || true", undefined],
])("whether the script %j ended its shell is known", async (script, endedShell) => {
  const { exitCode, stdout, endedShell: told } = await shell.run(script);
  expect({ exitCode, stdout, endedShell: told }).toEqual({ exitCode: 0, stdout: "one\n", endedShell });
});

test("who has ended the shell logs in again, and has nothing of what was set in it", async () => {
  await shell.run("cd /usr; FOO=bar");
  expect(await shell.run("BAZ=1; exit")).toMatchObject({ exitCode: 0, endedShell: true });
  expect(shell.state()).toBeUndefined();
  expect(await shell.run('pwd; echo "FOO=$FOO BAZ=$BAZ"')).toMatchObject({
    stdout: `${server.folder}\nFOO= BAZ=\n`,
  });
  expect(shell.state()).toMatchObject({ cwd: server.folder });
});

test("what did not fail names no command, and a trap of the script's own stays", async () => {
  expect(await shell.run("true\nfalse || true")).not.toHaveProperty("failed");
  expect(await shell.run("set +e; false; true")).not.toHaveProperty("failed");
  // What failed before did not end it.
  expect(await shell.run("set +e; false\nset -e\n[ -e /no/such ] || exit 4")).not.toHaveProperty("failed");
  // A function has no trap of its shell's.
  expect(await shell.run("f() {\n  false\n  echo on\n}\nf")).not.toHaveProperty("failed");
  await shell.run("trap 'echo mine' ERR");
  expect((await shell.run("trap -p ERR")).stdout).toBe("trap -- 'echo mine' ERR\n");
  expect(await shell.run("true\nfalse")).toMatchObject({ exitCode: 1, stdout: "mine\n" });
  await shell.run("true");
  expect(await shell.run("trap")).toMatchObject({ stdout: "" });
});

describe("the script", () => {
  test.each([
    ["fails in a pipe", "false | true", 1, "", ""],
    ["exits", "echo a; exit 3; echo b", 3, "a\n", ""],
    ["exits well", "exit 0", 0, "", ""],
    ["is killed", "kill -9 $$", 137, "", ""],
    ["kills its group", "kill -9 0", 137, "", ""],
    ["becomes another program", "exec echo hello", 0, "hello\n", ""],
    ["turns set -e off", "set +e; false; echo on", 0, "on\n", ""],
    ["turns set -e off and ends badly", "set +e; false", 1, "", ""],
    ["is empty", "", 0, "", ""],
    ["is a comment", "# nothing", 0, "", ""],
    ["ends in a comment", "echo a # b", 0, "a\n", ""],
    ["ends in a backslash", "echo a \\", 0, "a \\\n", ""],
    ["begins with a dash", "-x 2>/dev/null", 127, "", ""],
    ["reads its input", "cat; read -r x || echo end", 0, "end\n", ""],
    ["has a here-document", "cat <<X\na $((1 + 1))\nX\ncat <<'Y'\n$b\nY", 0, "a 2\n$b\n", ""],
    ["has quotes of all kinds", `echo "a'b" 'c"d' $'e\\'f'`, 0, `a'b c"d e'f\n`, ""],
    ["traces itself", "set -x; echo a", 0, "a\n", "++ echo a\n"],
    ["shows what it reads", "set -v\necho a", 0, "a\n", "echo a\n"],
    ["sends its errors with its output", "exec 2>&1; echo a >&2", 0, "a\n", ""],
    ["keeps its trap", "trap 'echo bye' EXIT; false", 1, "bye\n", ""],
    ["leaves without a final newline", "printf a; printf b >&2", 0, "a", "b"],
  ])("%s", async (_name, script, exitCode, stdout, stderr) => {
    expect(await shell.run(script)).toMatchObject({ exitCode, stdout, stderr, timedOut: false });
    expect(
      await shell.run("set -o | grep -E 'errexit|pipefail|xtrace|verbose' | tr -s ' \\t\\n' ' '"),
    ).toMatchObject({
      stdout: expect.stringMatching(/errexit on pipefail on verbose off xtrace off $/u),
    });
  });

  test.each([
    ["a syntax error", "echo a\nif true\nfi", /syntax error/u],
    ["an unclosed quote", "echo 'a", /unexpected EOF|matching/u],
    ["an unclosed bracket", "echo $(date", /unexpected EOF|syntax error/u],
    ["a stray end", "echo a; }", /syntax error/u],
  ])("with %s fails and harms no other", async (_name, script, message) => {
    const failed = await shell.run(script);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toMatch(message);
    expect(await shell.run("echo fine")).toMatchObject({ exitCode: 0, stdout: "fine\n", stderr: "" });
  });

  test("may leave a process behind that keeps its output open", async () => {
    const started = await shell.run("sleep 300 & echo started");
    expect(started).toMatchObject({ exitCode: 0, stdout: "started\n", left: ["sleep 300 &"] });
    expect(await shell.run("false")).toMatchObject({ exitCode: 1 });
    expect(await shell.run("true")).toMatchObject({ exitCode: 0 });
  });

  test("says what it has left in the background, and nothing of what ran there before or is over", async () => {
    const both = await shell.run("sleep 300 &\n(while true; do sleep 1; done) &\ntrue &\nwait $!");
    expect(both.left).toEqual([
      "sleep 300 &",
      expect.stringMatching(/^\(\s*while true; do\s+sleep 1;\s+done\s*\) &$/),
    ]);
    const later = await shell.run("true");
    expect([later.left, later.beside]).toEqual([undefined, both.left]);
    expect((await shell.run("LC_ALL=C sleep 301 >/dev/null 2>&1 &")).left).toEqual([
      "LC_ALL=C sleep 301 > /dev/null 2>&1 &",
    ]);
  });

  test("may redirect its shell for good", async () => {
    await shell.run("exec >/dev/null 2>&1");
    expect(await shell.run("echo unseen")).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  });
});

describe("output", () => {
  test("is handed on as it comes, without what ends it, whole characters at a time", async () => {
    const chunks: OutputChunk[] = [];
    const script = String.raw`printf 'a\303'; sleep 0.1; printf '\244b'; sleep 0.1; printf 'c\n' >&2`;
    await shell.run(script, { onOutput: (chunk) => chunks.push(chunk) });
    const texts = (stream: string): string[] =>
      chunks.filter((chunk) => chunk.stream === stream).map(({ text }) => text);
    expect(chunks[0]).toEqual({ stream: "stdout", text: "a" });
    expect([texts("stdout").join(""), texts("stderr").join("")]).toEqual(["aäb", "c\n"]);
  });

  test("of 10 MB on either stream is heard complete, and kept in part", async () => {
    const heard = { stdout: 0, stderr: 0 };
    const result = await shell.run(
      "head -c 10000000 /dev/zero | tr '\\0' x; head -c 10000000 /dev/zero | tr '\\0' y >&2",
      { onOutput: ({ stream, text }) => void (heard[stream] += text.length) },
    );
    expect([heard.stdout, heard.stderr, result.exitCode]).toEqual([10_000_000, 10_000_000, 0]);
    expect(result.stdout).toMatch(/^x{1000000}x*\n… \d+ bytes are left out …\nx{1000000}x*$/);
    expect(result.stdout.length + result.stderr.length).toBeLessThan(4_400_000);
  });

  test("between runs belongs to no run", async () => {
    await shell.run("{ sleep 0.1; echo late; } & true");
    await connection.exec("sleep 0.3");
    expect(await shell.run("echo now")).toMatchObject({ stdout: "now\n" });
  });
});

describe("a run that must end", () => {
  test("ends at its deadline with everything it started, even if SIGTERM is ignored", async () => {
    await shell.run("cd /usr; export A=1");
    const stuck = await shell.run("trap '' TERM; ps -o sid= -p $$; sleep 300 & sleep 300", { deadline: 200 });
    expect(stuck).toMatchObject({ timedOut: true, exitCode: 124, cwd: "/usr" });
    const left = await connection.exec(`ps -o stat= -s ${stuck.stdout.trim()} | grep -v Z`);
    expect(left.stdout).toBe("");
    expect(await shell.run("echo $A $PWD")).toMatchObject({ stdout: "1 /usr\n", timedOut: false });
  });

  test("is interrupted by an abort", async () => {
    const controller = new AbortController();
    const running = shell.run("echo go; sleep 300", {
      signal: controller.signal,
      onOutput: () => controller.abort(new Interrupted("Interrupted by SIGTERM")),
    });
    await expect(running).rejects.toThrow(Interrupted);
    await expect(shell.run("true", { signal: controller.signal })).rejects.toThrow(Interrupted);
    expect(await shell.run("echo again")).toMatchObject({ stdout: "again\n" });
  });

  test("does not share its shell with another", async () => {
    const running = shell.run("sleep 0.1; echo a");
    await expect(shell.run("echo b")).rejects.toThrow(HarnessDefect);
    expect((await running).stdout).toBe("a\n");
  });
});

test("a shell that is killed while it waits is replaced", async () => {
  const { stdout } = await shell.run("cd /usr; ps -o sid= -p $$");
  await connection.exec(
    `kill -KILL -- -${stdout.trim()}; while pgrep -s ${stdout.trim()} -r S,R; do :; done`,
  );
  expect(await shell.run("pwd")).toMatchObject({ exitCode: 0, stdout: "/usr\n" });
});

test("a shell that is closed starts no other", async () => {
  await shell.close();
  await expect(shell.run("true")).rejects.toThrow(HarnessDefect);
});

test("a login shell that cannot start is an infrastructure failure", async () => {
  await connection.writeFile(`${server.folder}/.bash_profile`, "echo broken >&2; exit 5\n");
  await expect(connection.shell()).rejects.toThrow(InfrastructureError);
  await expect(connection.shell()).rejects.toThrow(/broken/u);
  await connection.exec(`rm ${server.folder}/.bash_profile`);
});

test("a later shell stands where an earlier one stood, with what it exported", async () => {
  await shell.run("cd /usr/lib; export API=2");
  const later = await connection.shell(shell.state());
  expect((await later.run('echo "$PWD $API"')).stdout).toBe("/usr/lib 2\n");
});
