import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silent } from "../../../progress.ts";
import { testContext, temporaryFolder } from "../../../testing.ts";
import { copyProgram } from "../../copy-tools.ts";
import type { RunningMachine } from "../../machine.ts";
import { connect } from "../../ssh/connect.ts";
import { host } from "../../../host/exec.ts";
import { clockOffset, kernelTimezone } from "./host-state.ts";
import { nspawn } from "../provider.ts";
import { ask, testSpec } from "../testing.ts";

const context = testContext();
const artifacts = temporaryFolder();
let machine: RunningMachine;
let neighbour: RunningMachine;

beforeAll(async () => {
  await nspawn.prepare(silent, context);
  await nspawn.down("test-shut", silent, context);
  const { machines } = await nspawn.up(testSpec("test-shut", artifacts), silent, context);
  const [first, second] = machines;
  if (!first || !second) throw new Error("no machines");
  [machine, neighbour] = [first, second];
  await using connection = await connect(machine.endpoint, context);
  // What makes system calls; a machine has none of its own.
  await copyProgram(connection, "perl", context);
});
afterAll(async () => {
  await nspawn.down("test-shut", silent, context);
});

const said = async (command: string): Promise<string> => (await ask(machine, command)).said;
const ofHost = async (setting: string): Promise<string> =>
  (await readFile(`/proc/sys/${setting}`, "utf8")).trim();

// capabilities(7), linux/capability.h
const withheld = {
  CAP_SYS_MODULE: 16n,
  CAP_SYS_RAWIO: 17n,
  CAP_SYS_TIME: 25n,
  CAP_MAC_OVERRIDE: 32n,
  CAP_MAC_ADMIN: 33n,
  CAP_SYSLOG: 34n,
  CAP_WAKE_ALARM: 35n,
  CAP_BLOCK_SUSPEND: 36n,
};

async function held(): Promise<string[]> {
  const mask = BigInt(`0x${await said("sed -n 's/^CapBnd:\\t//p' /proc/1/status")}`);
  return Object.entries(withheld).flatMap(([name, bit]) => ((mask >> bit) & 1n ? [name] : []));
}

describe("a machine", () => {
  it("has none of the capabilities that are for the whole host", async () => {
    expect(await held()).toEqual([]);
  });

  // Numbers of x86_64; the arguments do no harm where a call is let through.
  it.runIf(process.arch === "x64").each([
    ["settimeofday", "164, 0, 0"],
    ["clock_settime", "227, 99, 0"],
    ["clock_adjtime", "305, 99, 0"],
    ["adjtimex", "159, 0"],
    ["init_module", '175, 0, 0, ""'],
    ["finit_module", '313, -1, "", 0'],
    ["delete_module", '176, "none", 0'],
    ["swapon", '167, "/none", 0'],
    ["swapoff", '168, "/none"'],
    ["kexec_load", "246, 0, 0, 0, 255"],
    ["iopl", "172, 9"],
    ["syslog", "103, 10, 0, 0"],
  ])("may not call %s", async (_, call) => {
    const perl = `my ($number, @given) = (${call}); syscall($number, @given); print $!`;
    expect(await said(`perl -e '${perl}'`)).toBe("Operation not permitted");
  });

  it("cannot move the host's clock, and is told so", async () => {
    if ((await held()).includes("CAP_SYS_TIME")) throw new Error("it could; nothing is tried");
    const before = clockOffset();
    const zone = await kernelTimezone(context);
    expect(await ask(machine, "date --set='+1 hour' 2>&1 >/dev/null")).toEqual({
      said: "date: cannot set date: Operation not permitted",
      exitCode: 1,
    });
    await ask(machine, "timedatectl set-time '2020-01-01 00:00:00'");
    expect(await ask(machine, "timedatectl set-timezone Asia/Shanghai")).toEqual({ said: "", exitCode: 0 });
    expect(await said("date +%Z")).toBe("CST");
    expect(Math.abs(clockOffset() - before)).toBeLessThan(1);
    expect(await kernelTimezone(context)).toEqual(zone);
  });

  it("cannot set what is the host's, and is told so", async () => {
    const before = await ofHost("vm/swappiness");
    const { said: error, exitCode } = await ask(machine, "sysctl -w vm.swappiness=61");
    expect(await ofHost("vm/swappiness")).toBe(before);
    expect(error).toContain('permission denied on key "vm.swappiness"');
    expect(exitCode).not.toBe(0);
    expect((await ask(machine, "echo 'vm.swappiness = 61' > /etc/sysctl.conf; sysctl -p")).exitCode).not.toBe(
      0,
    );
  });

  it("may write to what is its own alone", async () => {
    const own = [
      "kernel/(host|domain)name",
      "kernel/(sem|shm|msg)[a-z_]*",
      "fs/mqueue/[a-z_]*",
      "net/.*",
      "vm/(overcommit_memory|panic_on_oom)",
      "kernel/(panic|panic_on_oops)",
      "kernel/keys/root_max(keys|bytes)",
    ];
    const writable = await said(
      `find /proc/sys /proc/sysrq-trigger /proc/irq /proc/bus /sys -path /sys/fs/cgroup -prune -o -type f -writable -print 2>/dev/null |
       grep -vE '^/proc/sys/(${own.join("|")})$|^/sys/devices/virtual/net/'`,
    );
    expect(writable).toBe("");
  });

  it("has settings of its own where the kubelet and kube-proxy must set some", async () => {
    const settings = {
      "vm.overcommit_memory": "2",
      "vm.panic_on_oom": "2",
      "kernel.panic": "77",
      "kernel.panic_on_oops": "0",
      "kernel.keys.root_maxkeys": "777",
      "kernel.keys.root_maxbytes": "77777",
      "net.netfilter.nf_conntrack_max": "77777",
    };
    const names = Object.keys(settings);
    const values = async (one: RunningMachine): Promise<string> =>
      (await ask(one, `sysctl -n ${names.join(" ")}`)).said;
    const before = await Promise.all(names.map((name) => ofHost(name.replaceAll(".", "/"))));
    expect(await values(machine)).toBe(before.join("\n"));
    const wanted = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    expect((await ask(machine, `sysctl -w ${wanted.join(" ")}`)).exitCode).toBe(0);
    expect(await values(machine)).toBe(Object.values(settings).join("\n"));
    expect(await values(neighbour)).toBe(before.join("\n"));
    expect(await Promise.all(names.map((name) => ofHost(name.replaceAll(".", "/"))))).toEqual(before);
  });

  it("sets up its network, queues and name as it likes", async () => {
    const set =
      "sysctl -qw net.ipv4.ip_forward=1 net.core.somaxconn=1234 net.bridge.bridge-nf-call-iptables=1 kernel.msgmax=9999 kernel.shmmni=99 kernel.hostname=other";
    const device = "ip link add own type bridge && echo 1 > /sys/class/net/own/bridge/stp_state";
    expect(await ask(machine, `${set} && ${device} && hostname t71`)).toEqual({ said: "", exitCode: 0 });
  });

  it("has a log of the kernel that the kubelet can watch, and that is not the host's", async () => {
    const marker = `marker-${process.pid}`;
    expect(await ask(machine, "timeout 1 head -c 1 /dev/kmsg")).toEqual({ said: "", exitCode: 124 });
    await ask(machine, `echo ${marker} > /dev/kmsg`);
    expect(await host("dmesg", [], context)).not.toContain(marker);
  });

  it("goes down and comes up by itself as before", async () => {
    machine = await machine.reboot(context);
    expect(await said("systemctl is-system-running --wait")).toBe("running");
  });
});
