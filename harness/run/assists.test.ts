import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import type { Connection } from "../machines/ssh/connection.ts";
import { addTo, trustRoot } from "./assists.ts";

const done = { exitCode: 0, stdout: "", stderr: "", timedOut: false, durationMs: 0 };
const unasked = async (): Promise<never> => Promise.reject(new Error("not asked"));
const nobody: Connection = {
  machine: "none",
  exec: unasked,
  shell: unasked,
  writeFile: unasked,
  readFile: unasked,
  forward: unasked,
  with: () => nobody,
  close: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

test.each([
  ["a key\n", "a key\nadded\n"],
  ["a key", "a key\nadded\n"],
  ["", "added\n"],
  [undefined, "added\n"],
])("a line is added after %j and not run into the last one", async (before, after) => {
  const folder = await mkdtemp(join(tmpdir(), "assists-test-"));
  const file = join(folder, "authorized_keys");
  if (before !== undefined) await writeFile(file, before);
  await execa("sh", ["-c", addTo(file)], { input: "added\n" });
  expect(await readFile(file, "utf8")).toBe(after);
  await rm(folder, { recursive: true });
});

test("root of every machine is let in by every other one, which it knows by address and by name", async () => {
  const files = new Map<string, string>();
  const machine = (name: string, address: string) => ({
    name,
    address,
    connection: {
      ...nobody,
      machine: name,
      exec: async (command: string, { stdin }: { stdin?: unknown } = {}) => {
        const file = /cat >> \/root\/\.ssh\/(\w+)/.exec(command)?.[1];
        if (file !== undefined) files.set(`${name} ${file}`, String(stdin));
        return { ...done, stdout: command.includes("ssh_host") ? `host key of ${name}` : `key of ${name}` };
      },
    },
  });
  await trustRoot([
    machine("t71", "192.168.4.71"),
    machine("t72", "192.168.4.72"),
    machine("t76", "192.168.4.76"),
  ]);
  expect(Object.fromEntries(files)).toEqual({
    "t71 authorized_keys": "key of t72\nkey of t76\n",
    "t71 known_hosts": "192.168.4.72,t72 host key of t72\n192.168.4.76,t76 host key of t76\n",
    "t72 authorized_keys": "key of t71\nkey of t76\n",
    "t72 known_hosts": "192.168.4.71,t71 host key of t71\n192.168.4.76,t76 host key of t76\n",
    "t76 authorized_keys": "key of t71\nkey of t72\n",
    "t76 known_hosts": "192.168.4.71,t71 host key of t71\n192.168.4.72,t72 host key of t72\n",
  });
});
