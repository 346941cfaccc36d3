import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test, vi } from "vitest";
import { Interrupted } from "../../../errors.ts";
import { testContext } from "../../../testing.ts";
import { interactiveShell } from "./interactive.ts";
import { startTestServer } from "../test-server.ts";

const streams = (): Record<"stdin" | "stdout" | "stderr", PassThrough> => ({
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
});

test("is a login shell in the folder, with the person's input and output, and its exit code", async () => {
  await using server = await startTestServer();
  const { stdin, stdout, stderr } = streams();
  stdin.end("pwd; shopt login_shell; echo oops >&2; exit 7\n");
  expect(await interactiveShell(server.endpoint, "/usr/lib", testContext(), { stdin, stdout, stderr })).toBe(
    7,
  );
  stdout.end();
  stderr.end();
  expect(await text(stdout)).toMatch(/^\/usr\/lib\nlogin_shell\s+on\n$/u);
  expect(await text(stderr)).toBe("oops\n");
});

test("ends with the connection", async () => {
  await using server = await startTestServer();
  const { stdin, stdout, stderr } = streams();
  stdout.once("data", () => server.cut());
  stdin.write("echo there\n");
  await expect(
    interactiveShell(server.endpoint, "/", testContext(), { stdin, stdout, stderr }),
  ).rejects.toThrow(/t71: connection lost during: an interactive shell/u);
});

test("ends at an abort, whatever the person is doing, and so does its connection", async () => {
  await using server = await startTestServer();
  const { stdin, stdout, stderr } = streams();
  const controller = new AbortController();
  const reason = new Interrupted("Interrupted by SIGHUP");
  stdout.once("data", () => controller.abort(reason));
  stdin.write("echo there\n");
  const context = testContext({ signal: controller.signal });
  await expect(interactiveShell(server.endpoint, "/", context, { stdin, stdout, stderr })).rejects.toBe(
    reason,
  );
  await vi.waitFor(() => expect(server.connections()).toBe(0));
});

test("a channel that is closed without an exit status is no success", async () => {
  await using server = await startTestServer((channel) => {
    channel.close();
    return { kill: () => undefined };
  });
  const shell = interactiveShell(server.endpoint, "/", testContext(), streams());
  await expect(shell).rejects.toThrow("t71: the shell's channel was closed without an exit status");
});
