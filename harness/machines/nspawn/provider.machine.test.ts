import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testContext, temporaryFolder } from "../../testing.ts";
import { UsageError } from "../../errors.ts";
import { silent } from "../../progress.ts";
import type { ClusterSpec, RunningCluster, RunningMachine } from "../machine.ts";
import { limitationShown } from "../limitations.ts";
import { shellQuote } from "../ssh/quote.ts";
import { hierarchies, members } from "./host/kernel/cgroups.ts";
import { machineNames } from "../names.ts";
import { nspawn } from "./provider.ts";
import { tools } from "../tools.ts";
import { allowedPrograms } from "./image/rootfs.ts";
import {
  exec,
  fetchArtifacts,
  install,
  leave,
  machineOf,
  nothingLeft,
  output,
  stopFirewall,
  testSpec,
  whatIsLeft,
} from "./testing.ts";

const context = testContext();

const artifacts = temporaryFolder();
let packages: string;
const specOf = (id: string): ClusterSpec => testSpec(id, artifacts, packages);

const tunnel = (own: string, other: string): string =>
  `${stopFirewall} && ip link add vx type vxlan id 1 dstport 8472 remote 192.168.4.${other} dev eth0 && ip addr add 10.9.0.${own}/24 dev vx && ip link set vx up`;

beforeAll(async () => {
  await writeFile(join(artifacts, "tool.tar.gz"), "content");
  ({ packages } = await fetchArtifacts());
  await nspawn.prepare(silent, context);
});

const ping = (address: string): string => `ping -c 5 -i 0.3 -W 1 ${address} > /dev/null`;

/** A machine as a later process finds it. */
const reopened = async (name: string): Promise<RunningMachine> =>
  machineOf(await nspawn.open("test-one", context), name);

describe("a cluster", () => {
  let cluster: RunningCluster;
  let secondsUp: number;
  const machine = (name: string): RunningMachine => machineOf(cluster, name);

  it("has no program on PATH that is neither in CentOS 7's minimal installation nor declared", async () => {
    const found = (
      await output(machine("t72"), "ls /usr/bin /usr/sbin /usr/local/sbin; readlink -f /bin/sh")
    ).split("\n");
    expect(found.filter((line) => /^[^/]/.test(line) && !allowedPrograms.has(line))).toEqual([]);
    expect(found.at(-1)).toBe("/usr/bin/bash");
    const lacking = await output(
      machine("t72"),
      `for program in ${tools.map(({ program }) => program).join(" ")}; do command -v $program >/dev/null || echo $program; done`,
    );
    // The guide installs it.
    expect(lacking).toBe("wget");
  });

  beforeAll(async () => {
    await nspawn.down("test-one", silent, context);
    const start = performance.now();
    cluster = await nspawn.up(specOf("test-one"), silent, context);
    secondsUp = (performance.now() - start) / 1000;
  });
  afterAll(() => nspawn.down("test-one", silent, context));

  it("is up within 5 s", () => {
    expect(secondsUp).toBeLessThan(5);
  });

  it("has machines that answer by name, know each other and reach each other", async () => {
    for (const one of cluster.machines) {
      expect(await output(one, "hostname")).toBe(one.spec.name);
      expect(await output(one, "systemctl is-system-running --wait")).toBe("running");
      for (const { spec } of cluster.machines) {
        expect(await output(one, `getent hosts ${spec.name}`)).toMatch(spec.address);
        await output(one, ping(spec.address));
      }
    }
  });

  it("shows a machine its own network alone, with the default route that flannel looks for", async () => {
    expect(await output(machine("t71"), "ls /sys/class/net")).toBe("eth0\nlo");
    expect(await output(machine("t71"), "ip route show default")).toBe("default via 192.168.4.1 dev eth0");
    expect(await output(machine("t71"), "cat /sys/class/net/eth0/mtu")).toBe("1500");
  });

  it("installs with yum what is not there before, and says which package it does not have", async () => {
    const programs = "type -P wget docker dockerd containerd runc yum-config-manager";
    for (const one of cluster.machines) {
      expect(await exec(one, `bash -lc '${programs}; getent group docker'`)).toMatchObject({ stdout: "" });
    }
    const unknown = await exec(machine("t72"), install.replace("docker-ce -y", "docker-ce-18.09.9 -y"));
    expect(unknown.exitCode).toBe(1);
    expect(limitationShown(unknown.stdout, nspawn.limitations)).toMatchObject({ capability: "packages" });
    expect(unknown.stdout).toContain("No package docker-ce-18.09.9 available.");
    const named = install.replace("docker-ce -y", "docker-ce-20.10.24 docker-ce-cli-20.10.24 -y");
    await Promise.all([output(machine("t71"), named), output(machine("t72"), install)]);
    expect(await output(machine("t71"), "docker --version")).toContain(" 20.10.24");
    expect(await output(machine("t72"), "docker --version")).toContain(" 26.1.");
    expect(await output(machine("t72"), `bash -lc '${programs}'`)).toBe(
      "/usr/local/bin/wget\n/usr/bin/docker\n/usr/bin/dockerd\n/usr/bin/containerd\n/usr/bin/runc\n/usr/bin/yum-config-manager",
    );
    expect(await output(machine("t72"), "rpm --verify docker-ce docker-ce-cli containerd.io wget")).toBe("");
    expect(await output(machine("t72"), "getent group docker | cut -d: -f1")).toBe("docker");
    const state = "systemctl is-enabled docker; systemctl is-active docker";
    expect((await exec(machine("t72"), state)).stdout).toBe("disabled\ninactive\n");
  });

  const url = "https://dl.example.org/v1/tool.tar.gz";
  it.each([
    [`wget -q ${url}`, "tool.tar.gz"],
    [`wget -c ${url}`, "tool.tar.gz"],
    [`head -c 2 /var/cache/guide-artifacts/tool.tar.gz > tool.tar.gz; wget -c ${url}`, "tool.tar.gz"],
    [`wget ${url}?download=1`, "tool.tar.gz?download=1"],
    [`wget --no-check-certificate -O x ${url}`, "x"],
    [`wget -P dir ${url} https://github.com/a/b/tool.tar.gz`, "dir/tool.tar.gz.1"],
    [`wget -qO- ${url} > x`, "x"],
    [`curl -LO https://github.com/a/b/tool.tar.gz`, "tool.tar.gz"],
    [`curl -fsSL ${url} -o x`, "x"],
    [`curl -fsSL ${url} | cat > x`, "x"],
    [`head -c 2 /var/cache/guide-artifacts/tool.tar.gz > x; curl -k -C - -o x ${url}`, "x"],
  ])("answers the real wget and curl from the artifact set: %s", async (command, file) => {
    const script = `cd $(mktemp -d) && { ${command}; } && cat ${file}`;
    expect(await output(machine("t71"), `bash -lc ${shellQuote(script)}`)).toMatch(/content$/);
  });

  it("leaves to the real wget and curl what the artifact set does not have", async () => {
    const other = "https://dl.example.org/v1/other.tar.gz";
    const wget = await exec(machine("t71"), `wget ${other}`);
    expect(wget).toMatchObject({ exitCode: 4 });
    expect(limitationShown(wget.stderr, nspawn.limitations)).toMatchObject({ capability: "internet" });
    const curl = await exec(machine("t71"), `curl -LO ${other}`);
    expect(curl).toMatchObject({ exitCode: 6 });
    expect(limitationShown(curl.stderr, nspawn.limitations)).toMatchObject({ capability: "internet" });
    // As from GitHub itself: without -L there is nothing but the hint to another place.
    const unled = "cd $(mktemp -d) && curl -sO https://github.com/a/b/tool.tar.gz && test ! -s tool.tar.gz";
    await output(machine("t71"), unled);
  });

  it("runs Docker: overlay2, cgroupfs, a container that wants a negative oom score, NAT", async () => {
    const node = machine("t72");
    const libraries = ["libc", "libtinfo"].map((name) => `lib/x86_64-linux-gnu/${name}.so.6`);
    const files = ["bin/sh", "bin/cat", "lib64/ld-linux-x86-64.so.2", ...libraries].join(" ");
    await output(
      node,
      `systemctl -q start docker && tar -chC / ${files} | docker import - proof > /dev/null`,
    );
    expect(await output(node, "docker info -f '{{.Driver}} {{.CgroupDriver}}'")).toBe("overlay2 cgroupfs");
    expect(
      await output(node, "docker run --rm --oom-score-adj=-998 proof /bin/sh -c 'echo $((6 * 7))'"),
    ).toBe("42");
    await output(node, "docker run -di --name long proof /bin/cat > /dev/null");
    expect(await output(node, "docker exec long /bin/sh -c 'echo inside'")).toBe("inside");
    expect(await output(node, "iptables --version")).toContain("legacy");
    expect(await output(node, "iptables -t nat -S POSTROUTING")).toContain("-j MASQUERADE");
  });

  it("has CentOS's firewall from its boot on: SSH and pings come in, nothing else; its stop empties all tables", async () => {
    const other = machine("t76");
    const reach = (port: number) =>
      exec(machine("t71"), `timeout 5 bash -c '</dev/tcp/192.168.4.76/${port}'`);
    await output(
      other,
      `cd /run/systemd/system
      printf '[Socket]\\nListenStream=6443\\nAccept=yes\\n' > listens.socket
      printf '[Service]\\nExecStart=/bin/true\\nStandardInput=socket\\n' > listens@.service
      systemctl start listens.socket`,
    );
    // Waits for the end of its start.
    await output(other, "systemctl start firewalld");
    const asked =
      "systemctl is-enabled firewalld; firewall-cmd --get-default-zone; firewall-cmd --list-services";
    expect(await output(other, asked)).toBe("enabled\npublic\ndhcpv6-client ssh");
    expect(await reach(22)).toMatchObject({ exitCode: 0 });
    expect((await reach(6443)).stderr).toContain("No route to host");
    expect(await output(other, "systemctl stop firewalld; iptables-save | grep -v '^[#*:]' | sort -u")).toBe(
      "COMMIT",
    );
    expect(await reach(6443)).toMatchObject({ exitCode: 0 });
  });

  it("carries a vxlan between machines", async () => {
    await output(machine("t71"), tunnel("71", "72"));
    await output(machine("t72"), tunnel("72", "71"));
    await output(machine("t71"), ping("10.9.0.72"));
    expect(await output(machine("t71"), "cat /sys/class/net/vx/mtu")).toBe("1450");
  });

  it("lives in cgroups of its own, which it may write to", async () => {
    for (const hierarchy of await hierarchies()) {
      expect(await members([hierarchy], machineNames("test-one", "t76").cgroup)).not.toHaveLength(0);
    }
    await output(machine("t76"), "mkdir /sys/fs/cgroup/memory/mine && rmdir /sys/fs/cgroup/memory/mine");
    expect(await output(machine("t76"), "ls -d /sys/fs/cgroup/memory/*/ 2>/dev/null | wc -l")).toBe("0");
  });

  it("cuts and heals a machine's link while SSH goes on", async () => {
    const node = machine("t76");
    await node.cutLink(context);
    expect((await exec(node, ping("192.168.4.71"))).exitCode).toBe(1);
    await node.healLink(context);
    await output(node, ping("192.168.4.71"));
  });

  it("reboots into the same disk, a new boot, and a network and a memory as new", async () => {
    const before = machine("t72");
    const bootId = await output(before, `${leave}; cat /proc/sys/kernel/random/boot_id`);
    const after = await before.reboot(context);
    expect(await output(after, "cat /proc/sys/kernel/random/boot_id")).not.toBe(bootId);
    expect(await output(after, whatIsLeft)).toBe("kept");
    await output(after, ping("192.168.4.71"));
    expect(await readFile(machineNames("test-one", "t72").console, "utf8")).toContain("Welcome to");
    await expect(before.reboot(context)).rejects.toThrow("t72 does not run");
  });

  it("is back from a reboot that it was told from within", async () => {
    const before = await reopened("t72");
    const bootId = await output(before, "cat /proc/sys/kernel/random/boot_id");
    // The connection may go before the answer comes.
    await exec(before, "systemctl reboot").catch(() => undefined);
    const after = await before.returned(bootId, context);
    expect(await output(after, "cat /proc/sys/kernel/random/boot_id")).not.toBe(bootId);
    expect(await output(after, "systemctl is-system-running --wait")).toBe("running");
  });

  it("loses its power without a word, and its memory with it, and keeps its disk and its host key", async () => {
    const before = await reopened("t72");
    const bootId = await output(before, `${leave}; cat /proc/sys/kernel/random/boot_id`);
    const console = machineNames("test-one", "t72").console;
    const { length } = await readFile(console, "utf8");
    const off = await before.cutPower?.(context);
    expect((await readFile(console, "utf8")).slice(length)).not.toMatch(/Stopping|Stopped|Unmounting/);
    expect((await exec(machine("t71"), ping("192.168.4.72"))).exitCode).toBe(1);
    const after = await off?.start(context);
    if (!after) throw new Error("its power cannot be cut");
    expect(after.endpoint).toEqual(before.endpoint);
    expect(await output(after, "cat /proc/sys/kernel/random/boot_id")).not.toBe(bootId);
    expect(await output(after, whatIsLeft)).toBe("kept");
    await output(after, ping("192.168.4.71"));
  });

  it("starts after a power cut, its link as it was left", async () => {
    const node = machine("t76");
    await node.cutLink(context);
    const off = await node.cutPower?.(context);
    expect((await exec(machine("t71"), ping("192.168.4.76"))).exitCode).toBe(1);
    const again = await off?.start(context);
    if (!again) throw new Error("its power cannot be cut");
    expect((await exec(again, ping("192.168.4.71"))).exitCode).toBe(1);
    await again.healLink(context);
    await output(again, ping("192.168.4.71"));
  });

  it("is found by a later process, and is in use as long as one lives", async () => {
    const opened = await nspawn.open("test-one", context);
    expect(opened?.spec).toEqual(specOf("test-one"));
    expect(opened?.assists).toEqual(cluster.assists);
    expect(await output(machineOf(opened, "t72"), "hostname")).toBe("t72");
    expect(await nspawn.list()).toContainEqual({ id: "test-one", running: true, damaged: [] });
    expect(await nspawn.open("never", context)).toBeUndefined();
  });

  it("is not brought up twice", async () => {
    await expect(nspawn.up(specOf("test-one"), silent, context)).rejects.toThrow(UsageError);
    expect(await output(machine("t71"), "hostname")).toBe("t71");
  });

  it("lives beside another with the same addresses, and outlives it", async () => {
    const other = await nspawn.up(specOf("test-two"), silent, context);
    try {
      await output(machineOf(other, "t71"), "touch /root/of-two && ip link set eth0 down");
      expect((await exec(machine("t71"), "test -e /root/of-two")).exitCode).toBe(1);
      await output(machine("t72"), ping("192.168.4.71"));
    } finally {
      await nspawn.down("test-two", silent, context);
    }
    await expect(nothingLeft("test-two")).resolves.toBeUndefined();
    await output(machine("t72"), ping("192.168.4.71"));
  });

  it("goes within 2 s, says what it removed, and leaves nothing", async () => {
    const start = performance.now();
    const removed = await nspawn.down("test-one", silent, context);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(removed.join("\n")).toMatch(/process \d+ \(t71\)[^]*cgroup[^]*mount[^]*subvolume[^]*folder/);
    await expect(nothingLeft("test-one")).resolves.toBeUndefined();
    expect(await nspawn.down("test-one", silent, context)).toEqual([]);
    expect(await nspawn.open("test-one", context)).toBeUndefined();
  });
});
