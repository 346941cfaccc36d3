import { describe, expect, test } from "vitest";
import { profile } from "../../profile/testing.ts";
import { testContext } from "../../testing.ts";
import { InfrastructureError } from "../../errors.ts";
import type { MachineSpec } from "../machine.ts";
import { connect } from "../ssh/connect.ts";
import { startTestServer } from "../ssh/test-server.ts";
import { adopted, assertFit, factsOf, type HostFacts, parseFacts, systemOf, unfitness } from "./fitness.ts";

const context = testContext();

const master: MachineSpec = { name: "a", role: "master", address: "10.0.0.5" };
const node: MachineSpec = { name: "b", role: "node", address: "10.0.0.6" };

/** What a host prints that is fit in every respect. */
const fine = `user=0
clock=1000.500000000
init=systemd
machine=x86_64
os=debian 12
osName=Debian GNU/Linux 12 (bookworm)
cgroups=1
docker=installed
end=
`;
const factsFrom = (text: string, spec = node): HostFacts => parseFacts(text, spec, 1_000_000);

test("the system of a host is asked of it, whatever carried the guide there", async () => {
  let says = "centos 7";
  await using server = await startTestServer((channel, command) => {
    expect(command).toContain("/etc/os-release");
    channel.write(`${says}\n`);
    channel.exit(0);
    channel.end();
    return { kill: () => undefined };
  });
  await using connection = await connect(server.endpoint, context);
  expect(await systemOf(connection)).toBe("centos7");
  says = "debian 12";
  expect(await systemOf(connection)).toBe("debian12");
  says = "alpine 3.20";
  await expect(systemOf(connection)).rejects.toThrow("t71 runs alpine 3.20, which no inventory can have");
});

test("facts are taken apart, those that come more than once as lists", () => {
  const text = fine.replace(
    "end=",
    `lacks=tar
lacks=scp
notOwn=10.0.0.6
unreachable=10.0.0.5
found=/k8s
found=etcd.service (failed)
dockerCgroups=cgroupfs
end=`,
  );
  expect(factsFrom(text)).toEqual({
    spec: node,
    user: "0",
    init: "systemd",
    machine: "x86_64",
    os: "debian 12",
    osName: "Debian GNU/Linux 12 (bookworm)",
    cgroups: "1",
    lacks: ["tar", "scp"],
    notOwn: ["10.0.0.6"],
    unreachable: ["10.0.0.5"],
    found: ["/k8s", "etcd.service (failed)"],
    dockerInstalled: true,
    dockerOnCgroupfs: true,
    clockAheadMs: 500,
  });
});

test("a host that is fit has nothing against it", () => {
  expect(unfitness(factsFrom(fine), "debian12", "1.14.0")).toEqual([]);
  expect(() => assertFit([factsFrom(fine, master), factsFrom(fine)], "debian12", "1.14.0")).not.toThrow();
});

describe("what makes a host unfit is told with its remedy", () => {
  const cases: readonly [string, string, string, string][] = [
    ["user=0", "user=1000", "commands run as user 1000, not as root", "`sudo: true`"],
    ["init=systemd", "init=runit", "process 1 is runit", "runs systemd"],
    ["machine=x86_64", "machine=aarch64", "it is a aarch64", "for x86_64"],
    ["os=debian 12", "os=debian 11", "it runs Debian GNU/Linux 12 (bookworm)", "says os: debian12"],
    ["os=debian 12\nosName=Debian GNU/Linux 12 (bookworm)", "os=alpine 3", "it runs alpine 3", "correct it"],
    ["end=", "lacks=tar\nlacks=scp\nend=", "it has no tar, scp", "apt-get install -y tar openssh-client"],
    ["end=", "notOwn=10.0.0.6\nend=", "no interface of it has the address 10.0.0.6", "the host's own"],
    ["end=", "unreachable=10.0.0.5\nend=", "it does not reach 10.0.0.5", "routes and firewalls"],
    ["cgroups=1", "cgroups=2\ndockerCgroups=cgroupfs", "it has cgroup v2 only", "unified_cgroup_hierarchy=0"],
    ["docker=installed\n", "", "it has no docker.io", "apt-get install docker.io"],
  ];
  test.each(cases)("%j changed to %j", (find, replace, found, remedy) => {
    const text = fine.replace(find, replace);
    expect(text).not.toBe(fine);
    const unfit = unfitness(factsFrom(text), "debian12", "1.14.0");
    expect(unfit).toEqual([[found, expect.stringContaining(remedy)]]);
    const all = [factsFrom(fine, master), factsFrom(text)];
    expect(() => assertFit(all, "debian12", "1.14.0")).toThrow(
      `The hosts are not fit for the guide:\nb: ${found}; `,
    );
  });
});

test("cgroup v2 is enough from Kubernetes 1.19 on, for a Docker that uses cgroupfs", () => {
  const v2 = fine.replace("cgroups=1", "cgroups=2");
  const driver = 'put `"exec-opts": ["native.cgroupdriver=cgroupfs"]` into /etc/docker/daemon.json';
  expect(unfitness(factsFrom(v2), "debian12", "1.20.2").map(([, remedy]) => remedy)).toEqual([driver]);
  const set = v2.replace("end=", "dockerCgroups=cgroupfs\nend=");
  expect(unfitness(factsFrom(set), "debian12", "1.20.2")).toEqual([]);
  expect(unfitness(factsFrom(set), "debian12", "1.19.0")).toEqual([]);
  expect(unfitness(factsFrom(set), "debian12", "1.18.9")).toHaveLength(1);
});

test("Docker is asked for on Debian's nodes alone: the guide installs it on CentOS", () => {
  const bare = fine.replace("docker=installed\n", "");
  expect(unfitness(factsFrom(bare, master), "debian12", "1.14.0")).toEqual([]);
  const centos = bare.replace("os=debian 12", "os=centos 7");
  expect(unfitness(factsFrom(centos), "centos7", "1.14.0")).toEqual([]);
});

const at = (seconds: number, spec: MachineSpec): HostFacts =>
  factsFrom(fine.replace("clock=1000.500000000", `clock=${seconds}`), spec);

const check = (behind: number): void =>
  assertFit([at(1000, master), at(1000 - behind, node)], "debian12", "1.14.0");

test("clocks may differ by two seconds", () => {
  expect(() => check(2)).not.toThrow();
  expect(() => check(-2)).not.toThrow();
  expect(() => check(2.1)).toThrow("b: its clock is 2.1 s behind a's; set both, with chrony or ntpd");
  expect(() => check(-2.1)).toThrow("a: its clock is 2.1 s behind b's");
  // All of them may differ from this host: nothing of the guide is signed here.
  expect(() => assertFit([at(1, master), at(1, node)], "debian12", "1.14.0")).not.toThrow();
});

test("everything that is wrong on any host is told at once, and that nothing was changed", () => {
  const all = [
    factsFrom(fine.replace("user=0", "user=7"), master),
    factsFrom(fine.replace("systemd", "init")),
  ];
  const failure = failureOf(() => assertFit(all, "debian12", "1.14.0"));
  expect(failure.message.split("\n").map((line) => line.split(";")[0])).toEqual([
    "The hosts are not fit for the guide:",
    "a: commands run as user 7, not as root",
    "b: process 1 is init",
  ]);
  expect(failure.details.hint).toContain("Nothing was changed");
});

describe("hosts that carry the guide", () => {
  const carrying = factsFrom(fine.replace("end=", "found=/k8s\nfound=etcd.service (active)\nend="), master);
  const all = [carrying, factsFrom(fine)];
  test("are refused, with what was found and the two ways on", () => {
    const failure = failureOf(() => adopted(all, false, "hosts.yaml"));
    expect(failure.verdict).toBe("infrastructure");
    expect(failure.message).toBe(
      "Hosts carry the guide, or another Kubernetes, already:\na: /k8s, etcd.service (active)",
    );
    expect(failure.details.hint).toContain("Nothing was changed.");
    expect(failure.details.hint).toContain("`pnpm reset --inventory hosts.yaml`");
    expect(failure.details.hint).toContain("--adopt");
  });
  test("are taken with --adopt, and named", () => {
    expect(adopted(all, true, "hosts.yaml")).toEqual(["a"]);
  });
  test("are none of those that do not", () => {
    expect(adopted([factsFrom(fine)], false, "hosts.yaml")).toEqual([]);
    expect(adopted([factsFrom(fine)], true, "hosts.yaml")).toEqual([]);
  });
});

describe("a host that is asked", () => {
  const asked = { os: "debian12" as const, guide: profile };
  const reachable: MachineSpec = { name: "b", role: "node", address: "127.0.0.1" };
  test("says what it is, and which of the others it does not reach", async () => {
    await using server = await startTestServer();
    await using connection = await connect(server.endpoint, context);
    // The first refuses connections or takes them; to the second the kernel sends nothing.
    const one = { ...master, address: "127.0.0.2" };
    const other = { ...master, address: "255.255.255.255" };
    const facts = await factsOf(connection, reachable, { ...asked, machines: [reachable, one, other] });
    expect(facts).toMatchObject({
      user: String(process.getuid?.()),
      notOwn: [],
      unreachable: ["255.255.255.255"],
      lacks: expect.not.arrayContaining(["bash"]),
    });
    expect(facts.os).toMatch(/^\w+ \d/);
    expect(Math.abs(facts.clockAheadMs)).toBeLessThan(2000);
  });
  test("and is not said to have another time for being slow to answer", async () => {
    await using server = await startTestServer((channel) => {
      // As where sudo waits for a name server: the clock is read once that is over.
      const answer = (): void => {
        channel.write(fine.replace("clock=1000.500000000", `clock=${Date.now() / 1000}`));
        channel.exit(0);
        channel.end();
      };
      const timer = setTimeout(answer, 1500);
      return { kill: () => clearTimeout(timer) };
    });
    await using connection = await connect(server.endpoint, context);
    const { clockAheadMs } = await factsOf(connection, reachable, { ...asked, machines: [reachable] });
    expect(clockAheadMs).toBeLessThan(300);
  });
  test("and knows an address that is not its own", async () => {
    await using server = await startTestServer();
    await using connection = await connect(server.endpoint, context);
    const elsewhere: MachineSpec = { name: "b", role: "node", address: "203.0.113.7" };
    expect((await factsOf(connection, elsewhere, { ...asked, machines: [elsewhere] })).notOwn).toEqual([
      "203.0.113.7",
    ]);
  });
  test("is an infrastructure error if root cannot be had on it", async () => {
    await using server = await startTestServer();
    await using connection = await connect(server.endpoint, context);
    const denied = { ...connection, machine: "b", exec: () => connection.exec("echo denied >&2; exit 1") };
    const failure = await factsOf(denied, reachable, { ...asked, machines: [reachable] }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(InfrastructureError);
    expect(failure).toMatchObject({
      message: expect.stringContaining("b: there is no root access"),
      details: { outputTail: "denied", hint: expect.stringContaining("NOPASSWD") },
    });
  });
});

function failureOf(work: () => unknown): InfrastructureError {
  try {
    work();
  } catch (error) {
    if (error instanceof InfrastructureError) return error;
    throw error;
  }
  throw new Error("nothing failed");
}
