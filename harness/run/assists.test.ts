import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import type { Connection } from "../machines/ssh/connection.ts";
import { addTo, bringToStart, startScript, trustRoot } from "./assists.ts";
import { temporaryFolder } from "../testing.ts";

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
  const folder = temporaryFolder();
  const file = join(folder, "authorized_keys");
  if (before !== undefined) await writeFile(file, before);
  await execa("sh", ["-c", addTo(file)], { input: "added\n" });
  expect(await readFile(file, "utf8")).toBe(after);
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

/** What the script prints and does where `is-enabled` and `getenforce` say this; undefined: there is no such program. */
async function started(enabled: string | undefined, enforce: string | undefined): Promise<[string, string]> {
  const folder = temporaryFolder();
  const program = async (name: string, text: string): Promise<void> => {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder, name), 0o755);
  };
  const log = join(folder, "log");
  await writeFile(log, "");
  const says = enabled === undefined ? "exit 1" : `echo ${enabled}`;
  await program("systemctl", `case $1 in is-enabled) ${says} ;; *) echo "$@" >> ${log} ;; esac`);
  await program("firewall-cmd", `echo running; echo "$@" >> ${log}`);
  if (enforce !== undefined) await program("getenforce", `echo ${enforce}`);
  await program("setenforce", `echo setenforce "$@" >> ${log}`);
  const { stdout } = await execa("/bin/sh", ["-c", startScript], { env: { PATH: folder } });
  const did = await readFile(log, "utf8");
  return [stdout, did];
}

test.each([
  ["enabled", "Enforcing", "", "start firewalld\n--state\n"],
  ["disabled", "Enforcing", "firewalld", "enable firewalld\nstart firewalld\n--state\n"],
  [
    "disabled",
    "Permissive",
    "firewalld\nSELinux",
    "enable firewalld\nstart firewalld\n--state\nsetenforce 1\n",
  ],
  [undefined, "Disabled", "", ""],
  ["masked", undefined, "", ""],
])("firewalld %s and SELinux %s are set right, which is told: %j", async (enabled, enforce, told, did) => {
  expect(await started(enabled, enforce)).toEqual([told, did]);
});

const saying = (stdout: string): Connection => ({
  ...nobody,
  machine: "t72",
  exec: async () => ({ ...done, stdout }),
});

test("what a machine lacked of the state that the guide starts from is an assist", async () => {
  expect(await bringToStart(saying("firewalld\n"))).toMatchObject({
    id: "starting-state",
    machine: "t72",
    reason: expect.stringContaining("this machine's were not: firewalld."),
  });
  expect(await bringToStart(saying(""))).toBeUndefined();
});
