import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { testContext, temporaryFolder } from "../../testing.ts";
import { NotYet, waitFor } from "../../waits/wait.ts";
import { cacheRoot, projectRoot } from "../../host/paths.ts";
import { silent } from "../../progress.ts";
import type { RunningCluster, RunningMachine } from "../machine.ts";
import { nspawn } from "../nspawn/provider.ts";
import { exec, fetchArtifacts, machineOf, output as outputOf, stopFirewall } from "../nspawn/testing.ts";
import { inventoryOf } from "./file/file.ts";
import { inventory } from "./provider.ts";

const context = testContext();

/** Embedded machines that the commands under test know nothing of but what an inventory file says. */
const foreign = "inv-hosts";

const folder = temporaryFolder();
let artifacts: string;
let packages: string;
let file: string;
let hosts: RunningCluster;

beforeAll(async () => {
  file = join(folder, "hosts.yaml");
  // Nobody's `gc` but ours finds these clusters.
  vi.stubEnv("XDG_STATE_HOME", folder);
  ({ artifacts } = await fetchArtifacts());
  packages = await packDebian();
  await nspawn.prepare(silent, context);
});
afterEach(async () => {
  await nspawn.down(foreign, silent, context);
});
afterAll(async () => {
  // As long as something of them is there, so is the ledger that can remove it.
  await nspawn.down(foreign, silent, context);
  vi.unstubAllEnvs();
});

/** Runs a command as a person does. */
const run = (script: string, ...args: string[]) =>
  execa(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
    cwd: projectRoot,
    env: { XDG_STATE_HOME: folder },
    reject: false,
    all: true,
  });

const guide = (...args: string[]) => run("harness/cli/cli.ts", ...args);
const settings = (): string[] => ["--inventory", file, "--artifacts", "debian", "--timeout-factor", "3"];

const installed = ["docker.io", "containerd", "runc", "tini", "wget"];

/** Which of Debian's files the cache's packages for yum were made from; it may have other versions, too. */
const offered = z.object({
  inputs: z.array(z.object({ name: z.string(), files: z.array(z.object({ file: z.string() })) })),
});

/**
 * A folder with what dpkg would put on a host, whose own programs for that the machines have not: the files of Debian's
 * packages in one archive, and their entries in its status.
 */
async function packDebian(): Promise<string> {
  const packed = join(folder, "debian");
  const root = join(folder, "root");
  await Promise.all([mkdir(packed), mkdir(root)]);
  const { inputs } = offered.parse(
    JSON.parse(await readFile(join(cacheRoot(), "artifacts/built/inputs.json"), "utf8")),
  );
  const debs = inputs.filter(({ name }) => installed.includes(name)).flatMap(({ files }) => files);
  expect(debs).toHaveLength(installed.length);
  const entries: string[] = [];
  for (const { file: name } of debs) {
    const deb = join(cacheRoot(), "build/apt/files", name);
    await execa("dpkg-deb", ["--extract", deb, root]);
    const { stdout } = await execa("dpkg-deb", ["--field", deb]);
    entries.push(`${stdout.trim()}\nStatus: install ok installed\n\n`);
  }
  // With a script of System V, systemctl would hand Docker on to update-rc.d, which the machines have not.
  const tree = ["--exclude=etc/init.d", "-C", root, "etc", "lib", "usr"];
  await execa("tar", ["-cf", join(packed, "files.tar"), ...tree]);
  await writeFile(join(packed, "status"), entries.join(""));
  return packed;
}

/** A host has wget, and Docker, which was never started. */
const installDebian = `tar -xf /var/cache/guide-packages/files.tar -C / --keep-directory-symlink
cat /var/cache/guide-packages/status >> /var/lib/dpkg/status
groupadd --system docker
systemctl daemon-reload`;

/** Hosts at 10.0.0.5 and up, the first node's by a user with sudo; their inventory is in `file`. */
async function bringHosts(nodes: number): Promise<void> {
  const machines = ["a", "b", "c", "d", "e"].slice(0, nodes + 1).map((name, index) => ({
    name,
    address: `10.0.0.${5 + index}`,
    role: index === 0 ? ("master" as const) : ("node" as const),
  }));
  const spec = {
    id: foreign,
    machines,
    kubernetes: "1.20.2",
    artifacts,
    packages,
    needs: {},
    online: false,
  };
  hosts = await nspawn.up(spec, silent, context);
  // As Debian is installed.
  await Promise.all(
    hosts.machines.map((machine) => output(machine, `${stopFirewall} && systemctl disable firewalld`)),
  );
  await Promise.all(hosts.machines.map((machine) => output(machine, installDebian)));
  await output(
    host("b"),
    `useradd --create-home --password '*' --shell /bin/bash admin
    install -d -m 700 -o admin /home/admin/.ssh
    install -o admin /root/.ssh/authorized_keys /home/admin/.ssh/
    echo 'admin ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/admin`,
  );
  const withAdmin = hosts.machines.map((machine) =>
    machine.spec.name === "b"
      ? { ...machine, endpoint: { ...machine.endpoint, user: "admin", sudo: true as const } }
      : machine,
  );
  await writeFile(file, inventoryOf({ ...hosts, machines: withAdmin }, "debian12"));
}

const host = (name: string, cluster = hosts): RunningMachine => machineOf(cluster, name);

/** What a command prints. Throws where any line of it fails, not the last alone. */
const output = (machine: RunningMachine, command: string): Promise<string> =>
  outputOf(machine, `set -e\n${command}`);

/** What a person would look for first on a host that was given back, not by way of the code under test. */
const traces =
  "ls -d /k8s /data1 /var/lib/docker /var/lib/kubelet /run/flannel /run/k8s-guide.taken /root/kubernetes* 2>/dev/null; ls /sys/class/net; systemctl list-unit-files | grep -E 'etcd|kube|flannel'; iptables-save | grep -E '^-A|DROP'; grep k8s /etc/profile; cat /proc/sys/net/ipv4/ip_forward; pgrep -l 'kube|etcd|docker|flannel'";

async function look(): Promise<string[]> {
  return Promise.all(hosts.machines.map(async (machine) => (await exec(machine, traces)).stdout));
}

describe.each([1, 2, 4])("with %i nodes at other addresses", (nodes) => {
  it("runs the guide and its milestones, and gives the hosts back as they were", async () => {
    await bringHosts(nodes);
    const before = await look();
    const cluster = `inv-${nodes}`;
    const { exitCode, all } = await run("scripts/e2e.ts", "--cluster", cluster, ...settings());
    expect(all).toMatch(/✓ Passed {2}e2e/);
    expect(exitCode).toBe(0);
    expect(await look()).toEqual(before);
    expect(before.join()).not.toContain("k8s");
    const report = /reports\/[\w-]+/.exec(all)?.[0] ?? "";
    const journal = await readFile(join(projectRoot, report, "journal.jsonl"), "utf8");
    expect(journal).toContain(`10.0.0.${5 + nodes}`);
    expect(journal).not.toContain("192.168.4.");
    expect(existsSync(join(folder, "k8s-guide-conformance/inventory", cluster))).toBe(false);
  });
});

describe("hosts that carry the guide", () => {
  it("are refused, adopted, given back, and compared", async () => {
    await bringHosts(2);
    const before = await look();
    const etcd = ["--cluster", "inv-first", "--suite", "etcd", "--keep"];
    expect(await run("scripts/e2e.ts", ...etcd, ...settings())).toMatchObject({ exitCode: 0 });

    // Refused: named, and nothing of it is written down or done.
    const refused = await run("scripts/up.ts", "--cluster", "inv-second", ...settings());
    expect(refused.exitCode).toBe(4);
    expect(refused.all).toMatch(/a: \/k8s, \/data1\/etcd, .*etcd\.service \(active\)/);
    expect(refused.all).toMatch(/c: \/k8s, .*kubelet\.service \(active\)/);
    expect(refused.all).toContain(`pnpm reset --inventory ${file}`);
    expect(refused.all).toContain("--adopt");
    expect((await guide("status", "--json")).stdout).not.toContain("inv-second");
    expect(await output(host("a"), "systemctl is-active etcd")).toBe("active");

    // Adopted: used, and left as they are.
    const adopting = ["--cluster", "inv-second", "--adopt"];
    expect(await run("scripts/up.ts", ...adopting, ...settings())).toMatchObject({ exitCode: 0 });
    const suite = await run("scripts/suite.ts", "etcd", "--cluster", "inv-second");
    expect(suite.all).toMatch(/✓ Passed/);
    const left = await guide("down", "--cluster", "inv-second");
    expect(left.all).toContain("b: left as it is, because it was adopted");
    expect(await output(host("b"), "ls -d /k8s && systemctl is-active kubelet")).toContain("active");

    // A trace that is on no list is told, and the hosts are not forgotten.
    await output(host("c"), "echo trace > /etc/left-behind");
    const told = await guide("down", "--cluster", "inv-first");
    expect(told.exitCode).toBe(4);
    expect(told.all).toContain("c: file /etc/left-behind: was not there");
    expect(
      told.all.split("\n").filter((line) => /: (was|is) /.test(line) && !line.includes("/etc/left-behind")),
    ).toEqual([]);
    await output(host("c"), "rm /etc/left-behind");
    const reset = await guide("reset", "--cluster", "inv-first");
    for (const name of ["a", "b", "c"]) {
      expect(reset.all).toContain(`${name}: nothing of the guide is left`);
    }
    expect(reset.exitCode).toBe(0);
    expect(await look()).toEqual(before);
  });

  it("are rid of it without a before, as far as it is the guide's for sure", async () => {
    await bringHosts(1);
    const etcd = ["--cluster", "inv-lost", "--suite", "etcd", "--keep"];
    expect(await run("scripts/e2e.ts", ...etcd, ...settings())).toMatchObject({ exitCode: 0 });
    expect(await guide("reset", "--cluster", "inv-lost", "--forget")).toMatchObject({ exitCode: 0 });
    const planned = await guide("reset", "--inventory", file, "--dry-run");
    expect(planned.stdout).toContain("a: would remove /k8s");
    expect(await output(host("a"), "systemctl is-active etcd")).toBe("active");
    const reset = await guide("reset", "--inventory", file);
    expect(reset.all).toContain("the host's earlier state is not known");
    expect(reset.exitCode).toBe(0);
    expect(await output(host("a"), "! ls -d /k8s /data1/etcd 2>&1; ! pgrep etcd")).not.toContain("\n/");
    expect(await output(host("b"), "ls /sys/class/net; ! iptables-save | grep -c KUBE")).not.toContain(
      "flannel",
    );
    // Free again: nothing is in the way of another run.
    expect(await run("scripts/up.ts", "--cluster", "inv-again", ...settings())).toMatchObject({
      exitCode: 0,
    });
    expect(await guide("down", "--cluster", "inv-again")).toMatchObject({ exitCode: 0 });
  });
});

describe("a host", () => {
  it("loses and regains its link while SSH goes on, and reboots", async () => {
    await bringHosts(1);
    expect(await run("scripts/up.ts", "--cluster", "inv-life", ...settings())).toMatchObject({ exitCode: 0 });
    const other = await run("scripts/up.ts", "--cluster", "inv-other", ...settings());
    expect(other.all).toContain("a: by cluster inv-life (");
    expect(other.exitCode).toBe(4);
    const opened = await inventory({}).open("inv-life", context);
    const node = host("b", opened);
    const ping = "ping -c 1 -W 1 10.0.0.5 > /dev/null";
    await node.cutLink(context);
    expect((await exec(node, ping)).exitCode).toBe(1);
    await node.healLink(context);
    await output(node, ping);
    // Whoever cut it is gone, without a word.
    const ended = new AbortController();
    await node.cutLink({ ...context, signal: ended.signal });
    expect((await exec(node, ping)).exitCode).toBe(1);
    ended.abort();
    await output(node, `for try in 1 2 3 4 5; do ${ping} && exit; done; exit 1`);

    // An embedded machine that goes down by itself stays down: somebody has to start it, as a firmware does.
    const firmware = await host("b").cutPower?.(context);
    await firmware?.start(context);
    const bootId = "cat /proc/sys/kernel/random/boot_id";
    const before = await output(node, bootId);
    const rebooted = node.reboot(context);
    await waitFor(
      async () => {
        const up = await output(node, bootId).catch(() => undefined);
        if (up !== undefined) throw new NotYet("it is still up");
      },
      {
        deadline: context.deadlines.for("shutdown"),
        signal: context.signal,
        late: ({ last }) => new Error(last),
      },
    );
    await firmware?.start(context);
    expect(await output(await rebooted, bootId)).not.toBe(before);
    expect(await guide("down", "--cluster", "inv-life")).toMatchObject({ exitCode: 0 });
  });
});
