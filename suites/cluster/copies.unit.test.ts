import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../harness/testing.ts";
import { nodesWith } from "./copies.ts";
import { machineOf } from "./testing.ts";

const folder = temporaryFolder();
const key = join(folder, "tls/etcd/ca-key.pem");

/** A machine whose files are this host's. */
const master = machineOf(() => undefined);

test("a copy of a key under another path is found, and a file of the same name that is another is not", async () => {
  await mkdir(join(folder, "tls/etcd"), { recursive: true });
  await writeFile(key, "the CA's");
  for (const [node, text] of [
    ["copied", "the CA's"],
    ["other", "another CA's"],
  ] as const) {
    await mkdir(join(folder, node, "ssl"), { recursive: true });
    await writeFile(join(folder, node, "ssl/ca-key.pem"), text);
  }
  const among = (node: string) => ({
    master,
    nodes: [machineOf((command) => (command.startsWith("ls") ? { stdout: "" } : undefined))],
    folders: [join(folder, node), join(folder, "none")],
  });
  expect(await nodesWith(key, among("copied"))).toEqual([`node as ${join(folder, "copied/ssl/ca-key.pem")}`]);
  expect(await nodesWith(key, among("other"))).toEqual([]);
});

test("where the master has the key no more, its path is looked at", async () => {
  const nodes = [machineOf((command) => (command.startsWith("ls") ? { stdout: `${key}\n` } : undefined))];
  const among = { master, nodes, folders: [join(folder, "none")] };
  expect(await nodesWith(join(folder, "gone.pem"), among)).toEqual(["node"]);
});
