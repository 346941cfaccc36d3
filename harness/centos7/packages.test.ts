import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { minimalPrograms, packagesIn, partsOf } from "./minimal.ts";
import { isListed, minimalHas, packagesWith } from "./packages.ts";

test("each line of the list is a remark, or a package and what it brings", () => {
  const lines = readFileSync(join(import.meta.dirname, "packages.txt"), "utf8").split("\n");
  const others = lines.filter((line) => line !== "" && !line.startsWith("#"));
  expect(others.length).toBeGreaterThan(150);
  expect(others.filter((line) => !/^\w[\w.+ -]*:(?: [@\w-][\w.@+-]*)*$/.test(line))).toEqual([]);
});

test("a package has one line", () => {
  for (const part of partsOf("packages.txt", "# Not in the minimal installation.")) {
    const names = packagesIn(part).flatMap((one) => one.names);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  }
});

test("the package to propose is the usual one", () => {
  const first = ["docker", "docker.service", "etcdctl", "nc", "wget", "jq", "@mysql", "getty@tty1.service"];
  expect(first.map((word) => packagesWith(word)[0])).toEqual([
    "docker-ce",
    "docker-ce",
    "etcd",
    "nmap-ncat",
    "wget",
    "jq",
    "mariadb-server",
    undefined,
  ]);
});

test("a minimal installation has units, instances of them and users", () => {
  expect(
    ["sshd.service", "getty@tty1.service", "@root", "@chrony"].filter((word) => !minimalHas(word)),
  ).toEqual([]);
  expect(["docker.service", "@etcd", "getty@tty1.socket"].filter(minimalHas)).toEqual([]);
});

test("what it has is known, and programs that it has are no other package's alone", () => {
  expect(["bash", "nfs-utils", "docker-ce", "nosuch"].map(isListed)).toEqual([true, true, true, false]);
  expect(["netstat", "dig", "nc", "socat"].filter((name) => minimalPrograms.has(name))).toEqual([]);
});
