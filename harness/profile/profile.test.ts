import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { InvalidFileError } from "../input/findings.ts";
import { machinesWith } from "./machines.ts";
import { loadProfile, ownGuide } from "./profile.ts";
import { lookedAtIn } from "./suites.ts";
import { giveProfile, guideMachines, profile } from "./testing.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
  await copyFile(ownGuide, join(folder, "guide.md"));
  await giveProfile(folder);
});

const guide = (): string => join(folder, "guide.md");
const file = (): string => join(folder, "profile.yaml");

/** The profile with a text in it replaced, and the line of it that is thought to be wrong. */
async function replaced(find: string, replace: string): Promise<number> {
  const text = await readFile(join(dirname(ownGuide), "profile.yaml"), "utf8");
  expect(text, "what is replaced").toContain(find);
  await writeFile(file(), text.replace(find, replace));
  return text.slice(0, text.indexOf(find)).split("\n").length;
}

test.each([
  ["name: t71", "name: T71", "must be small letters"],
  ["address: 192.168.4.72", "address: node-2", "must be an IPv4 address"],
  ["pods: 10.254.0.0/16", "pods: 10.254.0.0", "must be a network such as 10.0.0.0/16"],
  ["kubectl: /k8s", "kubectl: k8s", "must be an absolute path"],
  ["apiserver: 6443", "apiserver: 66443", "ports.apiserver"],
  ['health: ["2.4.5"]', "health: [2.4]", "must be a section's number in quotes"],
  ['health: ["2.4.5"]', 'health: ["two"]', "is no section"],
  ["registry:", "registrar:", 'unknown key "registrar"'],
  ["name: t76", "name: t72", "an earlier machine is t72, too"],
  ["address: 192.168.4.76", "address: 192.168.4.72", "an earlier machine has 192.168.4.72, too"],
  ["name: t72", "name: nodes", "is the name of a group"],
  ["nodePorts: [30000, 50000]", "nodePorts: [50000, 30000]", "has its higher port first"],
  ["  ping:", "  pings:", 'no suite proves it: did you mean "ping"?'],
  ["      routes:", "      rutes:", 'its suite looks at nothing of this name: did you mean "routes"?'],
  ["validHours: 87600", "validHours: ten years", "kubernetes.validHours"],
])("%s as %s is refused with its line", async (find, replace, message) => {
  const line = await replaced(find, replace);
  expect(() => loadProfile(guide())).toThrow(InvalidFileError);
  expect(() => loadProfile(guide())).toThrow(`profile.yaml:${line}:`);
  expect(() => loadProfile(guide())).toThrow(message);
});

test.each([
  ["role: master, etcd: true", "role: node, etcd: true", "needs one master"],
  ["role: master, etcd: true", "role: master", "needs a member of etcd"],
])("machines with %s as %s are refused", async (find, replace, message) => {
  await replaced(find, replace);
  expect(() => loadProfile(guide())).toThrow(message);
});

test("a profile without a milestone is refused: a run would have nothing to prove", async () => {
  const text = await readFile(join(dirname(ownGuide), "profile.yaml"), "utf8");
  await writeFile(file(), `${text.slice(0, text.indexOf("milestones:"))}milestones: {}\n`);
  expect(() => loadProfile(guide())).toThrow("needs a milestone");
});

test("what a suite looks at has its sections, or a reason", async () => {
  const line = await replaced('      health: ["2.4.5"]\n', "");
  expect(() => loadProfile(guide())).toThrow(
    `profile.yaml:${line - 1}:5: milestones.etcd.guards: lacks health`,
  );
});

test("a hint that all faults have is said once, at the end", async () => {
  await replaced("  pods: 10.254.0.0/16\n  services: 10.254.0.0/16\n", "");
  const thrown = (() => {
    try {
      return loadProfile(guide());
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toMatchObject({ details: { hint: expect.stringContaining("docs/profile.md") } });
  expect(String(thrown)).toContain("networks.services");
  expect(String(thrown)).not.toContain("docs/profile.md");
});

test.each([
  ["in a comment", '/* test("a", { meta: guards("etcd", "b") }, run); */\n// guards("etcd", "b")'],
  ["that is skipped", 'test.skip("a (b", { meta: guards("etcd", "b") }, () => run(")"));'],
  ["that is to be written", 'test.todo("a", { meta: guards("etcd", "b") });'],
  [
    "of a group that is skipped",
    'describe.skip("c", () => { test("a", { meta: guards("etcd", "b") }, run); });',
  ],
  ["that is skipped by an option", 'test("a", { timeout, skip: true, meta: guards("etcd", "b") }, run);'],
])("what a test %s looks at does not count, and the next one does", (_, text) => {
  expect(lookedAtIn(`${text}\ntest("https://c", { meta: guards("etcd", "d") }, run);`, "e.test.ts")).toEqual([
    { milestone: "etcd", what: "d", place: `e.test.ts:${text.split("\n").length + 1}` },
  ]);
});

test("a limit for what no suite looks at is refused", async () => {
  const line = await replaced("    title: node Ready", "    title: node Ready\n    limits: { redy: none }");
  expect(() => loadProfile(guide())).toThrow(
    `profile.yaml:${line + 1}:15: milestones.nodes.limits.redy: its suite`,
  );
});

test("an empty profile, and a folder in its place, are told as that", async () => {
  await writeFile(file(), "");
  expect(() => loadProfile(guide())).toThrow("profile.yaml:1:1: nothing is written here");
  await rm(file());
  await mkdir(file());
  expect(() => loadProfile(guide())).toThrow(`cannot read ${file()}: it is a folder`);
});

test("what is no YAML, and what is not there, is told with its file", async () => {
  await writeFile(file(), "machines: [");
  expect(() => loadProfile(guide())).toThrow(/profile\.yaml:1:\d+: /);
  await rm(file());
  expect(() => loadProfile(guide())).toThrow(`${guide()} has no profile beside it: cannot read ${file()}`);
});

test("further machines are named and addressed after the last node", () => {
  expect(machinesWith(profile, 4).slice(3)).toEqual([
    { name: "t77", address: "192.168.4.77", role: "node" },
    { name: "t78", address: "192.168.4.78", role: "node" },
  ]);
  expect(machinesWith(profile, 1)).toEqual(guideMachines.slice(0, 2));
});

test("machines without a number in their name get one; where there is no room, that is said", () => {
  const machine = { etcd: false, values: {} };
  const machines = [
    { name: "m", address: "10.0.0.251", role: "master" as const, ...machine },
    { name: "worker", address: "10.0.0.252", role: "node" as const, ...machine },
  ];
  expect(machinesWith({ machines }, 3).map(({ name, address }) => `${name} ${address}`)).toEqual([
    "m 10.0.0.251",
    "worker 10.0.0.252",
    "worker-2 10.0.0.253",
    "worker-3 10.0.0.254",
  ]);
  expect(() => machinesWith({ machines }, 4)).toThrow("There is no room for 4 nodes after 10.0.0.252");
});
