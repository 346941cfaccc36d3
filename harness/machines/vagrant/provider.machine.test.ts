import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { temporaryFolder, testContext } from "../../testing.ts";
import { Deadlines } from "../../deadlines.ts";
import { silent } from "../../progress.ts";
import type { ClusterSpec, RunningMachine } from "../machine.ts";
import { connect } from "../ssh/connect.ts";
import { vagrantNames } from "./cluster.ts";
import { vagrant } from "./provider.ts";
import { environmentOf } from "./command/settings.ts";
import { listed } from "./libvirt/virsh.ts";

const context = testContext({ deadlines: new Deadlines(10) });

const spec: ClusterSpec = {
  id: "machine-test",
  machines: [{ name: "t71", address: "192.168.4.71", role: "master" }],
  artifacts: temporaryFolder(),
  needs: { t71: ["tool.tar.gz"] },
  online: false,
  kubernetes: "1.20.2",
};

let machine: RunningMachine;

beforeAll(async () => {
  await writeFile(join(spec.artifacts, "tool.tar.gz"), "content");
  await vagrant.prepare(silent, context);
  const [only] = (await vagrant.up(spec, silent, context)).machines;
  if (!only) throw new Error("no machine");
  machine = only;
});
afterAll(() => vagrant.down(spec.id, silent, context));

async function output(command: string): Promise<string> {
  await using connection = await connect(machine.endpoint, context);
  const { exitCode, stdout, stderr } = await connection.exec(command);
  if (exitCode !== 0) throw new Error(`${command}: ${exitCode} ${stderr}`);
  return stdout.trim();
}

it("is root's, has its name and address, and finds the artifacts where wget would fetch them", async () => {
  expect(await output("whoami; hostname; ip -brief address show to 192.168.4.71 | wc -l")).toBe(
    "root\nt71\n1",
  );
  expect(await output("cd /tmp && wget -q https://example.org/tool.tar.gz && cat tool.tar.gz")).toBe(
    "content",
  );
  expect(
    await readFile(join(vagrantNames(spec.id).state, `${machine.spec.name}.console.log`), "utf8"),
  ).toMatch(/\S/);
});

it("starts as the guide's reader does: SELinux enforcing on people and services, firewalld running and enabled", async () => {
  expect(await output("getenforce; systemctl is-active firewalld; systemctl is-enabled firewalld")).toBe(
    "Enforcing\nactive\nenabled",
  );
  expect(await output("id -Z; ps -o label= -C firewalld")).toMatch(/:unconfined_t:.*\n.*:firewalld_t:/);
});

it("loses and regains its cable, and SSH keeps working", async () => {
  const carrier = `cat /sys/class/net/${await output("ip -o address show to 192.168.4.71 | awk '{ print $2 }'")}/carrier`;
  expect(await output(carrier)).toBe("1");
  await machine.cutLink(context);
  expect(await output(carrier)).toBe("0");
  await machine.healLink(context);
  expect(await output(carrier)).toBe("1");
});

it("returns to what was saved", async () => {
  await output("echo before > /root/state");
  await vagrant.snapshots?.save(spec.id, "early", "note", context);
  await output("echo after > /root/state");
  expect(await vagrant.snapshots?.restore(spec.id, "early", context)).toBe("note");
  expect(await output("cat /root/state")).toBe("before");
});

it("reboots, loses its power and starts, and keeps its host key and its files", async () => {
  const { hostKey } = machine.endpoint;
  machine = await machine.reboot(context);
  const started = await (await machine.cutPower?.(context))?.start(context);
  if (!started) throw new Error("its power cannot be cut");
  machine = started;
  expect(machine.endpoint.hostKey).toBe(hostKey);
  expect(await output("cat /root/state; hostname")).toBe("before\nt71");
  const opened = await vagrant.open(spec.id, context);
  expect(opened?.machines[0]?.endpoint).toEqual(machine.endpoint);
});

it("is removed, and nothing of it is left, though vagrant has lost its records", async () => {
  const env = await environmentOf(spec);
  const { dotfiles, prefix } = vagrantNames(spec.id);
  await rm(dotfiles, { recursive: true });
  await execa("virsh", ["--connect", env["LIBVIRT_DEFAULT_URI"] ?? "", "dominfo", `${prefix}t71`]);
  const removed = await vagrant.down(spec.id, silent, context);
  expect(removed).toEqual([`machine ${prefix}t71`, `network ${prefix}cluster`]);
  expect([
    ...(await listed("domains", env, context, prefix)),
    ...(await listed("networks", env, context, prefix)),
  ]).toEqual([]);
  expect(await vagrant.list()).not.toContainEqual(expect.objectContaining({ id: spec.id }));
});
