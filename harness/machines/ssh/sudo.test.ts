import { chmod, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { testContext, temporaryFolder } from "../../testing.ts";
import { connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const context = testContext();

const folder = temporaryFolder();
let server: TestServer;
let connection: Connection;

/** As sudo(8) with -n -H: another HOME, and a child in place of itself, which therefore leads no process group. */
const standIn = `#!/bin/bash
[ "$1 $2 $3" = "-n -H --" ] || exit 9
shift 3
HOME=${homedir()} AS_ROOT=yes PATH=/sbin:/bin:/usr/sbin:/usr/bin "$@"
exit $?
`;

beforeAll(async () => {
  await writeFile(join(folder, "sudo"), standIn);
  await chmod(join(folder, "sudo"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
  server = await startTestServer();
  connection = await connect({ ...server.endpoint, user: "someone", sudo: true }, context);
});

afterAll(async () => {
  await connection.close();
  await server[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

test("every command goes through sudo, from root's home folder", async () => {
  expect(await connection.exec("echo $AS_ROOT; pwd; cat; exit 3", { stdin: "in" })).toMatchObject({
    stdout: `yes\n${homedir()}\nin`,
    exitCode: 3,
  });
});

test("finds programs where a login of root does, though sudo's path does not lead there", async () => {
  const { stdout } = await connection.exec("echo $PATH");
  expect(
    stdout
      .trim()
      .split(":")
      .filter((path) => path === "/usr/local/bin"),
  ).toHaveLength(1);
});

test("a kept shell is root's, and files are written as root", async () => {
  await using shell = { made: await connection.shell(), [Symbol.asyncDispose]: () => shell.made.close() };
  expect((await shell.made.run("echo it\\'s $AS_ROOT")).stdout).toBe("it's yes\n");
  await connection.writeFile(join(folder, "file"), "written");
  expect((await connection.readFile(join(folder, "file"))).toString()).toBe("written");
});

test("a script at a terminal is root's, too", async () => {
  await using shell = { made: await connection.shell(), [Symbol.asyncDispose]: () => shell.made.close() };
  const { stdout } = await shell.made.run("test -t 0; echo it\\'s $AS_ROOT", { typist: () => undefined });
  expect(stdout).toBe("it's yes\n");
});

test("a deadline ends the command, though sudo leads its group", async () => {
  const { timedOut, stdout } = await connection.exec("trap '' TERM; echo $$; sleep 300", { deadline: 300 });
  expect(timedOut).toBe(true);
  const left = await connection.exec(`ps -o stat= -p ${stdout.trim()} | grep -v Z`);
  expect(left.stdout).toBe("");
});
