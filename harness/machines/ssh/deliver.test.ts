import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testContext } from "../../testing.ts";
import { InfrastructureError } from "../../errors.ts";
import { connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { deliver } from "./deliver.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const context = testContext();

let server: TestServer;
let real: Connection;
let source: string;

/** The test server is this host: the machine's folder becomes one of the test's. */
const inside = (): Connection => ({
  ...real,
  machine: real.machine,
  exec: (command, options) => real.exec(command.replaceAll("/var/cache", `${server.folder}/cache`), options),
});

beforeAll(async () => {
  server = await startTestServer();
  real = await connect(server.endpoint, context);
  source = await mkdtemp(join(tmpdir(), "deliver-test-"));
  await writeFile(join(source, "tool.tar.gz"), Buffer.alloc(3_000_000, 7));
  await writeFile(join(source, "it's"), "small");
});

afterAll(async () => {
  await real.close();
  await server[Symbol.asyncDispose]();
  await rm(source, { recursive: true });
});

const found = async (command: string): Promise<string> =>
  (await real.exec(`cd ${server.folder}/cache/guide-artifacts && ${command}`)).stdout.trim();

test("sends what the machine lacks or has otherwise, and nothing else", async () => {
  expect(await deliver(inside(), source, ["tool.tar.gz", "it's"])).toEqual(["tool.tar.gz", "it's"]);
  expect(await found("wc -c <tool.tar.gz; cat it*; ls -A")).toBe("3000000\nsmallit's\ntool.tar.gz");
  expect(await deliver(inside(), source, ["tool.tar.gz", "it's"])).toEqual([]);
  await found("echo other >it\\'s");
  expect(await deliver(inside(), source, ["tool.tar.gz", "it's"])).toEqual(["it's"]);
});

test("what cannot be written is the machine's failure, and leaves nothing", async () => {
  await mkdir(join(server.folder, "cache/guide-artifacts/taken"), { recursive: true });
  await writeFile(join(source, "taken"), "x");
  await expect(deliver(inside(), source, ["taken"])).rejects.toThrow(InfrastructureError);
  expect(await found("ls -A | grep part || true")).toBe("");
});
