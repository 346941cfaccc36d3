import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { connect } from "../../../machines/ssh/connect.ts";
import type { KeptShell } from "../../../machines/ssh/connection.ts";
import { startTestServer, type TestServer } from "../../../machines/ssh/test-server.ts";
import { temporaryFolder, testContext } from "../../../testing.ts";

/*
 * For tests: for each of them a stand-in of sshd, whose machine is this host, a connection to it and its kept shell. No systemd
 * of the host's answers there, but one without services.
 */
let server: TestServer;
export let connection: Awaited<ReturnType<typeof connect>>;
export let shell: KeptShell;

beforeEach(async () => {
  const folder = temporaryFolder();
  await writeFile(join(folder, "systemctl"), "#!/bin/sh\n", { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
  server = await startTestServer();
  connection = await connect(server.endpoint, testContext());
  shell = await connection.shell();
});
afterEach(async () => {
  await shell.close();
  await connection.close();
  await server[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});
