import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { GuideFailure, InfrastructureError, UsageError } from "../../errors.ts";
import { cacheRoot, projectRoot, stateRoot } from "../../host/paths.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import { loadSample, temporaryFolder } from "../../testing.ts";
import { LoadWatch } from "./load-watch.ts";
import { kubeletRoom, kubeletScript } from "./kubelet-room.ts";
import { killedScript, Surroundings } from "./surroundings.ts";
import { killer, killUnit } from "../../blame/kill.ts";
import { terminal } from "../testing.ts";

const machines: readonly MachineSpec[] = [
  { name: "t71", address: "192.168.4.71", role: "master" },
  { name: "t72", address: "192.168.4.72", role: "node" },
];
const context = { signal: new AbortController().signal, deadlines: new Deadlines() };
const before = "boot 4f8a\noom_kill 3\ncarrier 1\n";
const fine = "load 2 0.65 1.25 1.05 3/99 13725\ndisk 8388608 /\n";

/** t71 as it answers before and after; an error is a machine that does not answer any more. */
const around = (after: string | Error, load?: LoadWatch): Promise<Surroundings> =>
  aroundAll([before, after], load);

/** t71 as it answers one question after the other. */
async function aroundAll(
  all: readonly (string | Error)[],
  load = new LoadWatch(() => loadSample()),
): Promise<Surroundings> {
  const answers = [...all];
  const { connection } = terminal("t71", {}, () => {
    const answer = answers.shift() ?? "";
    if (answer instanceof Error) throw answer;
    return { stdout: answer };
  });
  return Surroundings.of({ connections: [connection], machines, context, load });
}

const failure = new GuideFailure("1.1/a@t71: no etcd: ended with exit code 1", {
  exitCode: 1,
  step: "1.1/a@t71",
});

test("where nothing has changed and all is reached, a failure stays the guide's", async () => {
  const surroundings = await around(before + fine);
  expect(await surroundings.judged(failure)).toBe(failure);
});

test("what a machine does not say is nothing against it", async () => {
  const late = new GuideFailure("1.1/a@t71: printed nothing for 300 s", { late: 300_000 });
  expect(await (await around(before)).judged(late)).toBe(late);
});

/** A host that has two processes, and 25 more in the last of three seconds. */
function burst(): LoadWatch {
  const samples = [
    loadSample({ at: 0 }),
    loadSample({ at: 2000, waited: { cpu: 600 } }),
    loadSample({ at: 3000, runnable: 27, waited: { cpu: 1590 } }),
  ];
  const watch = new LoadWatch(
    () => samples.shift() ?? loadSample({ at: 3000, runnable: 27, waited: { cpu: 1590 } }),
  );
  watch.between();
  return watch;
}

const lateBy = (milliseconds: number): GuideFailure =>
  new GuideFailure("1.1/a@t71: printed nothing", { late: milliseconds });

test("what was late is judged by the very time in which it was waited for", async () => {
  expect(await (await around(before + fine, burst())).judged(lateBy(900))).toMatchObject({
    verdict: "infrastructure",
    message:
      "1.1/a@t71: printed nothing; this host was starved: load 1, 27 processes ready to run, 2 cores, work waited for a processor 99 % of 1 s",
  });
  const all = lateBy(3000);
  expect(await (await around(before + fine, burst())).judged(all)).toBe(all);
});

test("a machine's own pressure counts, where its kernel tells it", async () => {
  const own = fine.replace("0.65 1.25 1.05 3/99", "25.1 9.25 4.05 24/99");
  const pressure = "pressure cpu some avg10=99.0 avg60=97.12 avg300=9.00 total=12\n";
  const late = lateBy(60_000);
  expect((await (await around(before + own + pressure)).judged(late)).message).toContain(
    "t71 was starved: load 25.1, 24 processes ready to run, 2 cores, work waited for a processor 97 % of 60 s",
  );
  const idle = pressure.replace("97.12", "17.12");
  expect(await (await around(before + own + idle)).judged(late)).toBe(late);
});

test.for([
  [before.replace("4f8a", "77b0") + fine, "t71 rebooted meanwhile"],
  [
    `${before.replace("oom_kill 3", "oom_kill 5")}killed etcd\nkilled docker\n${fine}`,
    "the kernel of t71 killed 2 processes because memory ran out, in etcd, docker",
  ],
  [before.replace("carrier 1", "carrier 3") + fine, "the network link of t71 went down or up 2 times"],
  [`${before}${fine}disk 12 /var/lib/docker\n`, "/var/lib/docker of t71 has 0 MiB left"],
  [`${before}${fine}unreached 192.168.4.72\n`, "t71 does not reach t72"],
] as const)("a machine that says %j explains the failure", async ([answer, reason]) => {
  const judged = await (await around(answer)).judged(failure);
  expect(judged).toMatchObject({
    verdict: "infrastructure",
    message: `${failure.message}; ${reason}`,
    details: { exitCode: 1, step: "1.1/a@t71" },
    cause: failure,
  });
});

test("a link that changed before somebody cut links on purpose is known, and what came after is not counted", async () => {
  const flapped = before.replace("carrier 1", "carrier 3");
  const cut = before.replace("carrier 1", "carrier 7");
  const surroundings = await aroundAll([before, flapped, cut, cut + fine]);
  await surroundings.remember();
  await surroundings.rebase(["t71"]);
  expect((await surroundings.look()).machines[0]?.linkChanges).toBe(2);
});

test("a link that changed before the first of several cuts is known after the last, too", async () => {
  const flapped = before.replace("carrier 1", "carrier 3");
  const cut = before.replace("carrier 1", "carrier 7");
  const surroundings = await aroundAll([before, flapped, cut, cut, cut, cut + fine]);
  await surroundings.remember();
  await surroundings.rebase(["t71"]);
  await surroundings.remember();
  await surroundings.rebase(["t71"]);
  expect((await surroundings.look()).machines[0]?.linkChanges).toBe(2);
});

test("a machine that booted meanwhile tells nothing of its link before", async () => {
  const booted = before.replace("4f8a", "77b0").replace("carrier 1", "carrier 9");
  const surroundings = await aroundAll([before, booted, booted, booted + fine]);
  await surroundings.remember();
  await surroundings.rebase(["t71"]);
  expect((await surroundings.look()).machines[0]?.linkChanges).toBe(0);
});

test("of the host's disks that of the cache is looked at, too, which embedded machines are on", async () => {
  const { host } = await (await around(before + fine)).look();
  const paths = [stateRoot(), cacheRoot(), projectRoot];
  expect(host.disks.map(({ path }) => path)).toEqual(expect.arrayContaining(paths));
});

test.for([
  ["its boot, later", before, before.replace("boot 4f8a\n", "")],
  ["its boot, at first", before.replace("boot 4f8a\n", ""), before],
  ["its link, at first", before.replace("carrier 1", "carrier "), before],
  ["its link, later", before, before.replace("carrier 1", "carrier ")],
  ["what its kernel killed, at first", before.replace("oom_kill 3\n", ""), before],
] as const)("what a machine does not say is no change: %s", async ([, first, then]) => {
  const killed = new GuideFailure("1.1/a@t71: ended with exit code 137", { exitCode: 137 });
  expect(await (await aroundAll([first, then + fine])).judged(killed)).toBe(killed);
});

test("what is not said once does not hide what comes later", async () => {
  const silent = before.replace("carrier 1", "carrier ").replace("boot 4f8a\n", "");
  const surroundings = await aroundAll([before, silent, before.replace("4f8a", "77b0") + fine]);
  await surroundings.remember();
  expect(await surroundings.look()).toMatchObject({ machines: [{ rebooted: true }] });
});

test("a machine that does not answer explains it, too", async () => {
  const judged = await (await around(new InfrastructureError("t71: connection lost"))).judged(failure);
  expect(judged.message).toContain("t71 does not answer: t71: connection lost");
});

test("what is not the guide's fault is not looked into", async () => {
  const other = new UsageError("no such step");
  expect(await (await around(new Error("asked"))).judged(other)).toBe(other);
});

test.for([
  ["a unit without a limit, in words of systemd 219", "MemoryLimit=18446744073709551615", ["killed etcd"]],
  ["a unit without a limit", "MemoryMax=infinity\nMemoryLimit=infinity", ["killed etcd"]],
  ["a unit with a limit, in words of systemd 219", "MemoryLimit=16777216", ["killed etcd", "limited etcd"]],
  ["a unit with a limit", "MemoryMax=16777216\nMemoryLimit=infinity", ["killed etcd", "limited etcd"]],
] as const)("whether what was killed had a limit of its own is asked: %s", async ([, limits, told]) => {
  const said =
    "etcd.service: Main process exited, code=killed, status=9/KILL\netcd.service: A process of this unit has been killed by the OOM killer.";
  const stubs = `journalctl() { echo "${said}"; }\nsystemctl() { printf '${limits}\\n'; }\n`;
  const { stdout } = await execa("bash", ["-c", stubs + killedScript(1000)]);
  expect(stdout.split("\n")).toEqual(told);
});

const exited = (unit: string): string => `${unit}.service: Main process exited, code=killed, status=9/KILL`;
const byKernel = "etcd.service: A process of this unit has been killed by the OOM killer.";
test.for([
  ["a suite", ["etcd"], [exited("etcd")], []],
  ["a suite and the kernel", ["etcd"], [exited("etcd"), byKernel, exited("etcd")], ["killed etcd"]],
  ["a suite and somebody else", ["etcd"], [exited("etcd"), exited("etcd")], ["killed etcd"]],
  ["a suite, another unit by somebody", ["docker"], [exited("docker"), exited("etcd")], ["killed etcd"]],
] as const)("a unit that was killed by %s", async ([, own, said, told]) => {
  // Both are really asked: the mark by its name, systemd by its process.
  const marks = own.map((unit) => /echo '(kills \w+)'/.exec(killUnit(unit))?.[1]).join("\n");
  const stubs = `journalctl() { case "$*" in *"-t ${killer}") echo "${marks}" ;; *_PID=1) echo "${said.join("\n")}" ;; esac; }
systemctl() { :; }
`;
  const { stdout } = await execa("bash", ["-c", stubs + killedScript(1000)]);
  expect(stdout.split("\n").filter(Boolean)).toEqual(told);
});

test("a unit that was killed at a limit of its own is the guide's", async () => {
  const killed = `${before.replace("oom_kill 3", "oom_kill 4")}killed etcd\nlimited etcd\n${fine}`;
  const died = new GuideFailure("2.4.4/start-etcd@t71: etcd did not stay up: failed, result oom-kill");
  expect(await (await around(killed)).judged(died)).toBe(died);
  const unlimited = await around(killed.replace("limited etcd\n", ""));
  expect((await unlimited.judged(died)).verdict).toBe("infrastructure");
});

const pressure = new GuideFailure("node 192.168.4.72 has DiskPressure True, not False");

test("a node under pressure is the guide's where its machine has room, or the guide sets the limits", async () => {
  const full = `${before}${fine}memory 1e9\nleft imagefs 9.5 /\n`;
  expect(await (await around(full)).judged(pressure)).toMatchObject({
    verdict: "infrastructure",
    message: `${pressure.message}; t71 has 9.5 % of / left, so its kubelet evicts pods`,
  });
  const roomy = full.replace("9.5", "59.5");
  expect(await (await around(roomy)).judged(pressure)).toBe(pressure);
  expect(await (await around(before + fine)).judged(pressure)).toBe(pressure);
});

test.for([
  ["--config=FILE", "failSwapOn: false", true],
  ["--config FILE", "failSwapOn: false", true],
  ["--config=FILE", "evictionSoft: { memory.available: 1000Gi }", false],
  ["--config FILE", "evictionHard:\n  nodefs.available: 50%", false],
  ["--config=FILE --eviction-hard=imagefs.available<99%", "failSwapOn: false", false],
  ["--config=/no/such", "", true],
] as const)(
  "whether a kubelet has the limits that Kubernetes gives it: %s, %s",
  async ([options, text, is]) => {
    const config = join(temporaryFolder(), "kubelet.config");
    await writeFile(config, text);
    // A process whose command line is a kubelet's, and a machine with little room.
    const stubs = `pgrep() { echo $$; }
journalctl() { echo 'W1128 eviction_manager.go:329] eviction manager: attempting to reclaim ephemeral-storage'; }
df() { printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 1000 900 %s 90%% /var\n' $((\${#1} * 25)); }
`;
    const words = options.replace("FILE", config).split(" ");
    const { stdout } = await execa("bash", ["-s", "--", ...words], { input: stubs + kubeletScript(1000) });
    const kubelet = {
      memory: expect.any(Number),
      disks: ["nodefs", "inodes", "imagefs"].map((of) => ({ of, path: "/var", percent: 7.5 })),
      reclaimed: ["ephemeral-storage"],
    };
    expect(kubeletRoom(stdout)).toEqual(is ? { kubelet } : {});
  },
);

test("where no kubelet runs there is none to ask", async () => {
  const { stdout } = await execa("bash", ["-c", `pgrep() { false; }\n${kubeletScript(1000)}`]);
  expect(stdout).toBe("");
});
