import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testContext, temporaryFolder } from "../../testing.ts";
import { InfrastructureError } from "../../errors.ts";
import { connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { deliver, deliverPackages } from "./deliver.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const context = testContext();

let server: TestServer;
let real: Connection;
const source = temporaryFolder();

/** The test server is this host: the machine's folder becomes one of the test's. */
const inside = (): Connection => ({
  ...real,
  machine: real.machine,
  exec: (command, options) => real.exec(command.replaceAll("/var/cache", `${server.folder}/cache`), options),
  writeFile: (path, content, options) =>
    real.writeFile(`${server.folder}/written-${basename(path)}`, content, options),
});

beforeAll(async () => {
  server = await startTestServer();
  real = await connect(server.endpoint, context);
  await writeFile(join(source, "tool.tar.gz"), Buffer.alloc(3_000_000, 7));
  await writeFile(join(source, "it's"), "small");
});

afterAll(async () => {
  await real.close();
  await server[Symbol.asyncDispose]();
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

test("packages keep their places, and come with what leads yum to them", async () => {
  const folder = join(source, "packages");
  const files = [
    "a.example.org/os/Packages/a+b-1.rpm",
    "a.example.org/os/repodata/repomd.xml",
    "b.example.org/b c.repo",
  ];
  for (const path of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
  // What the cache has beside them is no package.
  await writeFile(join(folder, "manifest.json"), "{}");
  expect(await deliverPackages(inside(), folder)).toEqual(files);
  expect(await found("cd ../guide-packages && find . -type f | sort && cat */*.repo")).toBe(
    `${files.map((path) => `./${path}`).join("\n")}\n${files[2]}`,
  );
  expect(await deliverPackages(inside(), folder)).toEqual([]);
  for (const name of ["yum", "yum-config-manager"]) {
    expect(await readFile(join(server.folder, `written-${name}`), "utf8")).toContain(
      `exec /usr/bin/${name} `,
    );
  }
});
