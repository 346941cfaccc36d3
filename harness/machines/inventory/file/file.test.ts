import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { InvalidFileError } from "../../../input/findings.ts";
import { profile } from "../../../profile/testing.ts";
import { makeKeyPair } from "../../ssh/keys/key-pair.ts";
import { inventoryFrom, loadInventory } from "./file.ts";
import { temporaryFolder } from "../../../testing.ts";

const folder = temporaryFolder();
const hostKey = makeKeyPair().publicKey;

beforeAll(() => {
  writeFileSync(join(folder, "key"), makeKeyPair().privateKey, { mode: 0o600 });
  writeFileSync(join(folder, "open"), makeKeyPair().privateKey, { mode: 0o644 });
  chmodSync(join(folder, "open"), 0o644);
  writeFileSync(join(folder, "nonsense"), "nonsense", { mode: 0o600 });
  writeFileSync(join(folder, "known"), `10.0.0.6 ${hostKey}\n[gate]:2222 ${hostKey}\n`);
});

const good = (): string => `os: debian12
ssh: { key: key }
hosts:
  - name: a
    role: master
    address: 10.0.0.5
    host_key: ${hostKey}
  - name: b
    role: node
    address: 10.0.0.6
    host_key: ${hostKey}
`;

const read = (text: string) => inventoryFrom(text, join(folder, "inventory.yaml"), profile);

test("an inventory has defaults filled in and paths made absolute", () => {
  const file = join(folder, "whole.yaml");
  writeFileSync(
    file,
    `os: centos7
known_hosts: known
ssh: { user: admin, key: ${folder}/key }
hosts:
  - { name: a, role: master, address: 10.0.0.5, ssh: { host: gate, port: 2222, key: key, sudo: true } }
  - { name: b, role: node, address: 10.0.0.6, ssh: { user: root } }
  - { name: c, role: node, address: 10.0.0.7, host_key: ${hostKey}, ssh: { socket: c.sock, user: root } }
`,
  );
  const { os, hosts } = loadInventory(file, profile);
  expect(os).toBe("centos7");
  expect(hosts.map(({ spec }) => spec)).toEqual([
    { name: "a", role: "master", address: "10.0.0.5" },
    { name: "b", role: "node", address: "10.0.0.6" },
    { name: "c", role: "node", address: "10.0.0.7" },
  ]);
  expect(hosts.map(({ endpoint }) => endpoint)).toEqual([
    {
      machine: "a",
      transport: { kind: "tcp", host: "gate", port: 2222 },
      user: "admin",
      sudo: true,
      privateKeyFile: join(folder, "key"),
      hostKey,
    },
    {
      machine: "b",
      transport: { kind: "tcp", host: "10.0.0.6", port: 22 },
      user: "root",
      privateKeyFile: join(folder, "key"),
      hostKey,
    },
    {
      machine: "c",
      transport: { kind: "unix", path: join(folder, "c.sock") },
      user: "root",
      privateKeyFile: join(folder, "key"),
      hostKey,
    },
  ]);
});

/** Each fault: what is replaced in a good file by what, the place, and a part of what is said. */
const faults: readonly [string, string, string, string][] = [
  ["os: debian12", "os: windows", "1:1", "os: Invalid option"],
  ["os: debian12", "oss: debian12", "1:1", 'unknown key "oss"'],
  ["name: a", "name: A", "4:5", "name: must be small letters"],
  ["name: a", "name: nodes", "4:5", "is a word of the guide"],
  ["name: a", "name: a\n    colour: red", "5:5", 'unknown key "colour"'],
  ["{ key: key }", "{ key: key, usr: me }", "2:18", 'unknown key "usr"'],
  ["role: master", "role: node", "3:1", "there are 0 masters"],
  ["role: node", "role: master", "3:1", "there are 2 masters"],
  ["role: node", "role: master", "3:1", "there is no node"],
  ["name: b", "name: a", "8:5", "another host has the name a"],
  ["10.0.0.6", "10.0.0.5", "10:5", "another host has the address 10.0.0.5"],
  ["10.0.0.6", "10.0.0.256", "10:5", "is not an IPv4 address"],
  ["10.0.0.6", "10.254.3.4", "10:5", "10.254.3.4 is inside 10.254.0.0/16"],
  ["{ key: key }", "{ key: open }", "4:5", "open: its mode is 0644"],
  ["{ key: key }", "{ key: nowhere }", "4:5", "the private key cannot be read"],
  ["{ key: key }", "{ key: nonsense }", "4:5", "nonsense cannot be used"],
  ["ssh: { key: key }", "", "4:5", "no private key is named"],
  ["{ key: key }", "{ key: key, port: 0 }", "2:18", "port: "],
  ["    host_key", "    ssh: { sudo: true }\n    host_key", "7:12", "root needs no sudo"],
  ["    host_key", "    ssh: { socket: s, host: h }\n    host_key", "7:12", "both a socket and a host"],
  ["    host_key", "    ssh: { proxy: h }\n    host_key", "7:12", 'unknown key "proxy"'],
  ["    host_key: ssh-ed25519", "    host_key: ssh-rsa", "7:5", "not an OpenSSH public key"],
  ["os: debian12", "os: debian12\nknown_hosts: nowhere", "", "cannot read"],
  ["os: debian12", "os: [", "", ""],
  ["os: debian12", "os: *alias", "1:5", "an alias"],
];

test.each(faults)("%j in the place of %j is told at %s: %s", (find, replace, place, said) => {
  const text = good().replace(find, replace);
  expect(text).not.toBe(good());
  const failure = (() => {
    try {
      return read(text);
    } catch (error) {
      return error;
    }
  })();
  expect(failure).toMatchObject({ verdict: "usage" });
  const { message } = failure instanceof Error ? failure : { message: "" };
  expect(message).toContain(said);
  expect(message).toContain(place === "" ? "" : `inventory.yaml:${place}: `);
});

test("a host whose key nobody knows is not trusted on first use", () => {
  const text = good().replace(`    host_key: ${hostKey}\n`, "");
  expect(() => read(text)).toThrow("a: its host key is not known");
  expect(() => read(`known_hosts: known\n${text}`)).toThrow("a: its host key is not known");
});

test("all faults of a file are told at once, in the order of their places", () => {
  const text = good()
    .replace("name: b", "name: a")
    .replace("10.0.0.5", "10.0.0")
    .replace("role: node", "role: master");
  const linesOf = (): number[] => {
    try {
      read(text);
      return [];
    } catch (error) {
      if (!(error instanceof InvalidFileError)) throw error;
      return error.findings.map(({ location }) => location.line);
    }
  };
  expect(linesOf()).toEqual([3, 3, 6, 8]);
});
