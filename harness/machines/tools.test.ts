import { expect, it } from "vitest";
import { minimalPrograms, programsIn } from "../centos7/minimal.ts";
import { beyondMinimal, remedyFor, toolPackages, tools, toolsAssist, toolsFor } from "./tools.ts";

it("only what CentOS 7's minimal installation lacks is put on machines, and told", () => {
  expect(beyondMinimal.map(({ program }) => program)).toEqual(["tcpdump"]);
  expect(toolsAssist("it was there")).toEqual({
    id: "tools",
    reason: "CentOS 7's minimal installation has no tcpdump (the suite ping captures packets): it was there",
  });
});

const programs = (...asked: Parameters<typeof toolsFor>): string[] =>
  toolsFor(...asked).map(({ program }) => program);

it("what the guide installs itself is not asked for before it begins", () => {
  expect(programs("master", "centos7")).not.toContain("wget");
  expect(programs("master", "debian12")).toContain("wget");
  expect(toolPackages("debian12")).not.toContain("wget");
});

it("what nodes alone need is not asked for on the master", () => {
  expect(programs("master", "centos7")).not.toContain("tcpdump");
  expect(programs("node", "centos7")).toContain("tcpdump");
});

it("a remedy is a command to type, each package once", () => {
  expect(remedyFor(["ss", "tcpdump", "ip"], "centos7")).toBe("yum -y install tcpdump iproute");
  expect(remedyFor(["ping", "scp"], "debian12")).toBe("apt-get install -y iputils-ping openssh-client");
});

it("each program is declared once", () => {
  expect(new Set(tools.map(({ program }) => program)).size).toBe(tools.length);
  expect(toolPackages("debian12")).toContain("tcpdump");
});

it("the list of CentOS's programs is read without its remarks", () => {
  expect(programsIn("# all: of them\na: b [\n\nc:\n")).toEqual(["b", "["]);
  expect(minimalPrograms.has("systemctl")).toBe(true);
  for (const absent of [
    "tcpdump",
    "socat",
    "conntrack",
    "killall",
    "wget",
    "perl",
    "netstat",
    "lsof",
    "nano",
  ])
    expect([...minimalPrograms]).not.toContain(absent);
});
