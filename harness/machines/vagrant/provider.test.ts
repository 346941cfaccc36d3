import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { testContext } from "../../testing.ts";
import { Deadlines } from "../../deadlines.ts";
import { InfrastructureError, Interrupted, UsageError } from "../../errors.ts";
import { silent } from "../../progress.ts";
import type { RunningMachine } from "../machine.ts";
import { connect } from "../ssh/connect.ts";
import { record, vagrantNames } from "./cluster.ts";
import { vagrant } from "./provider.ts";
import { vagrant as runVagrant } from "./command/vagrant.ts";
import {
  recordedCluster,
  type RecordedHost,
  type RecordedMachine,
  recordedMachine,
  recordedSpec as spec,
} from "./testing.ts";

const context = testContext({ deadlines: new Deadlines(2) });

let host: RecordedHost;
let machine: RecordedMachine;
beforeEach(async () => void ({ host, machine } = await recordedCluster()));

const exitWith = (message: string): string =>
  `1,,error-exit,Vagrant::Errors::BatchMultiError,${message.replaceAll(",", "%!(VAGRANT_COMMA)")}\n`;

describe("bringing machines up", () => {
  it("runs vagrant with the cluster's own settings, and pins the host keys", async () => {
    vi.stubEnv("GUIDE_VM_MEMORY", "3072");
    vi.stubEnv("VAGRANT_CLOUD_TOKEN", "a secret");
    const cluster = await vagrant.up(spec, silent, context);
    expect(await host.calls("vagrant")).toEqual([
      "--machine-readable up --provider libvirt --parallel",
      "ssh-config",
      "ssh t71 --command cat /etc/ssh/ssh_host_ed25519_key.pub -- -T",
    ]);
    const { dotfiles, state } = vagrantNames("vm");
    const env = await host.environment();
    expect(Object.fromEntries(env)).toMatchObject({
      GUIDE_VM_MACHINES: "t71=192.168.77.71",
      GUIDE_VM_PREFIX: "k8s-guide.vm.",
      GUIDE_VM_MEMORY: "3072",
      GUIDE_VM_BOOT_TIMEOUT: "600",
      GUIDE_VM_CONSOLE: state,
      VAGRANT_DOTFILE_PATH: dotfiles,
      LIBVIRT_DEFAULT_URI: "qemu:///system",
    });
    expect(env.get("VAGRANT_CLOUD_TOKEN")).toBe("a secret");
    expect(await readFile(vagrantNames("vm").ledger, "utf8")).not.toContain("a secret");
    expect(cluster.assists.map(({ id }) => id)).toEqual(["tools"]);
    const endpoint = cluster.machines[0]?.endpoint;
    expect(endpoint).toMatchObject({ hostKey: machine.server.endpoint.hostKey, user: "root" });
    if (!endpoint) return;
    await using connection = await connect(endpoint, context);
    expect((await connection.exec("echo in")).stdout).toBe("in\n");
  });

  it("ends before the guide begins where a machine lacks a tool, and leaves nothing", async () => {
    // The recorded machine is this host: its shell says that there is no ping.
    vi.stubEnv("BASH_FUNC_command%%", '() { [ "$2" != ping ] && builtin command "$@"; }');
    await expect(vagrant.up(spec, silent, context)).rejects.toMatchObject({
      verdict: "infrastructure",
      message: "t71 has no ping",
      details: { hint: expect.stringContaining("yum -y install iputils") },
    });
    expect(existsSync(vagrantNames("vm").state)).toBe(false);
  });

  it("lets another process open the cluster, in the libvirt that it was made in", async () => {
    vi.stubEnv("LIBVIRT_DEFAULT_URI", "qemu:///here");
    await vagrant.up(spec, silent, context);
    vi.stubEnv("LIBVIRT_DEFAULT_URI", "qemu:///elsewhere");
    const opened = await vagrant.open("vm", context);
    expect(opened?.spec).toEqual(spec);
    await opened?.machines[0]?.cutPower?.(context);
    expect((await host.environment()).get("LIBVIRT_DEFAULT_URI")).toBe("qemu:///here");
    expect(await vagrant.list()).toEqual([{ id: "vm", running: true, damaged: [] }]);
    expect(await vagrant.open("other", context)).toBeUndefined();
  });

  it.each([
    ["plugin", "The provider 'libvirt' could not be found, but was requested to back the machine 't71'."],
    ["box", "The box 'centos/7' could not be found or could not be accessed in the remote catalog."],
    ["KVM", "Could not access KVM kernel module: No such file or directory"],
    ["memory", "cannot set up guest memory 'pc.ram': Cannot allocate memory"],
    ["address", "dnsmasq: failed to create listening socket for 192.168.121.1: Address already in use"],
    ["network", "internal error: Network is already in use by interface eth1."],
  ])("names what lacks and leaves nothing: %s", async (what, message) => {
    await host.vagrant("up", { stdout: exitWith(message), exitCode: 1 });
    const error = await vagrant.up(spec, silent, context).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(String(error)).toMatch(new RegExp(what, "i"));
    expect(existsSync(vagrantNames("vm").state)).toBe(false);
    expect(await host.calls("vagrant")).toContain("--machine-readable destroy --force --parallel");
  });

  it("names an error of libvirt that the plugin lets through", async () => {
    const stderr =
      "/usr/lib/ruby/vendor_ruby/fog/libvirt/requests/compute/vm_action.rb:7:in `create': Call to virDomainCreateWithFlags failed: The sky is too low (Libvirt::Error)\n\tfrom /usr/lib/x.rb:1:in `y'\n";
    await host.vagrant("up", { stderr, exitCode: 1 });
    await expect(vagrant.up(spec, silent, context)).rejects.toThrow(
      /failed: Call to virDomainCreate.*The sky is too low$/,
    );
  });

  it("does not wait for ever for a vagrant that waits for a machine's last word", async () => {
    await host.vagrant("halt", { hangs: true });
    await expect(
      runVagrant(["halt", "t71"], {}, testContext({ deadlines: new Deadlines(1, { vagrant: 300 }) })),
    ).rejects.toMatchObject({
      message: "vagrant halt t71 did not end within 0.3 s",
      verdict: "infrastructure",
      details: { hint: expect.stringContaining("virsh list") },
    });
  });

  it("counts an interrupted vagrant as an interruption", async () => {
    await host.vagrant("up", {
      stdout: "1,,error-exit,Vagrant::Errors::VagrantInterrupt,Vagrant exited.\n",
      exitCode: 1,
    });
    await expect(vagrant.up(spec, silent, context)).rejects.toThrow(Interrupted);
    await host.vagrant("up", { killedBy: "TERM" });
    await expect(vagrant.up(spec, silent, context)).rejects.toThrow(Interrupted);
  });

  it.each(["KILL", "ABRT"] as const)("blames the host for a vagrant that SIG%s ends", async (killedBy) => {
    await host.vagrant("up", { killedBy });
    await expect(vagrant.up(spec, silent, context)).rejects.toMatchObject({
      verdict: "infrastructure",
      message: `vagrant up --provider libvirt --parallel was ended by SIG${killedBy}`,
      details: { hint: expect.stringContaining("dmesg") },
    });
  });

  it.each(["vagrant", "virsh"] as const)("says what to install without %s", async (program) => {
    await host.without(program);
    const error = await vagrant.up(spec, silent, context).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: `${program} is not installed` });
    expect(error).toHaveProperty("details.hint", expect.stringContaining("apt-get install"));
  });

  it("refuses names that libvirt has already, and touches them not", async () => {
    await host.libvirt({ domains: ["k8s-guide.vm.t71"] });
    await expect(vagrant.up(spec, silent, context)).rejects.toThrow(UsageError);
    expect(await host.left("domains")).toEqual(["k8s-guide.vm.t71"]);
    expect(await host.calls("vagrant")).toEqual([]);
  });

  it("wants the box that GUIDE_BOX_URL names before there are machines", async () => {
    vi.stubEnv("GUIDE_BOX_URL", `${host.folder}/none.box`);
    await expect(vagrant.prepare(silent, context)).rejects.toThrow(/There is no box at \S+none\.box/);
  });

  it("refuses an id that is in use", async () => {
    await mkdir(vagrantNames("vm").state, { recursive: true });
    await expect(vagrant.up(spec, silent, context)).rejects.toThrow(/cluster vm exists already/);
  });
});

async function started(): Promise<RunningMachine> {
  const [only] = (await vagrant.up(spec, silent, context)).machines;
  if (!only) throw new Error("no machine");
  return only;
}

describe("a machine", () => {
  it("has not rebooted if its boot id is the one it had", async () => {
    // The stand-in for its sshd shows this host's boot id, which vagrant does not change.
    const running = await started();
    await expect(running.reboot(context)).rejects.toThrow(/boot id is still [0-9a-f-]{36}/);
    expect(await host.calls("vagrant")).toContain("--machine-readable reload t71 --no-provision");
  });

  it("loses its power as qemu ends, and is started again, held to its host key", async () => {
    const running = await started();
    const off = await running.cutPower?.(context);
    const virsh = (await host.calls("virsh")).filter((call) => call.includes("destroy"));
    expect(virsh).toEqual(["--connect qemu:///system destroy k8s-guide.vm.t71"]);
    const again = await off?.start(context);
    expect((await host.calls("vagrant")).filter((call) => /halt|destroy|up t71/.test(call))).toEqual([
      "--machine-readable up t71 --no-provision",
    ]);
    expect(again?.endpoint.hostKey).toBe(machine.server.endpoint.hostKey);
    const other = await recordedMachine("t71");
    await host.vagrant("ssh-config", { stdout: other.sshConfig });
    const moved = await off?.start(context);
    if (!moved) throw new Error("its power cannot be cut");
    await expect(connect(moved.endpoint, context)).rejects.toThrow(/host key/);
  });

  it("is back from a reboot of its own once it has another boot id", async () => {
    const running = await started();
    await using there = await connect(running.endpoint, context);
    const { stdout } = await there.exec("cat /proc/sys/kernel/random/boot_id");
    const again = await running.returned("another", context);
    expect(again.endpoint).toEqual(running.endpoint);
    const soon = testContext({ deadlines: new Deadlines(1, { vmReload: 300 }) });
    await expect(running.returned(stdout.trim(), soon)).rejects.toThrow(
      /t71 did not come back: it has not gone down/,
    );
  });

  it("loses its cable in the cluster's network and no other", async () => {
    await appendFile(
      `${host.folder}/domiflist`,
      ` Interface   Type      Source                 Model    MAC
-------------------------------------------------------------------------
 vnet0       network   vagrant-libvirt        virtio   52:54:00:d2:04:80
 vnet1       network   k8s-guide.vm.cluster   virtio   52:54:00:f5:c4:88
`,
    );
    const running = await started();
    await running.cutLink(context);
    await running.healLink(context);
    expect((await host.calls("virsh")).filter((call) => call.includes("setlink"))).toEqual([
      "--connect qemu:///system domif-setlink k8s-guide.vm.t71 52:54:00:f5:c4:88 down",
      "--connect qemu:///system domif-setlink k8s-guide.vm.t71 52:54:00:f5:c4:88 down --config",
      "--connect qemu:///system domif-setlink k8s-guide.vm.t71 52:54:00:f5:c4:88 up",
      "--connect qemu:///system domif-setlink k8s-guide.vm.t71 52:54:00:f5:c4:88 up --config",
    ]);
  });
});

const crashed = (uri = "qemu:///system"): Promise<void> =>
  record("vm", [
    { kind: "owner", pid: 4_000_000, start: 1, boot: "another" },
    { kind: "vagrant", env: { LIBVIRT_DEFAULT_URI: uri } },
  ]);

describe("an abort", () => {
  const reason = new Interrupted("Interrupted by SIGTERM");

  it.each(["up", "ssh-config", "ssh"])(
    "while vagrant %s goes on ends it, and removes what was made",
    async (verb) => {
      await host.vagrant(verb, { hangs: true });
      const controller = new AbortController();
      const attempt = vagrant.up(spec, silent, testContext({ signal: controller.signal }));
      const asked = async (): Promise<string> => (await host.calls("vagrant")).at(-1) ?? "";
      await vi.waitFor(async () => expect(await asked()).toMatch(new RegExp(`(^| )${verb}( |$)`)), 5000);
      controller.abort(reason);
      await expect(attempt).rejects.toBe(reason);
      expect(await host.calls("vagrant")).toContain("--machine-readable destroy --force --parallel");
      expect(await vagrant.list()).toEqual([]);
    },
  );

  it("ends a virsh that does not answer, and nothing is begun after it", async () => {
    const running = await started();
    const controller = new AbortController();
    controller.abort(reason);
    const aborted = testContext({ signal: controller.signal });
    await expect(running.cutLink(aborted)).rejects.toBe(reason);
    await expect(running.reboot(aborted)).rejects.toBe(reason);
    await expect(running.cutPower?.(aborted)).rejects.toBe(reason);
  });
});

describe("what a crashed run left", () => {
  it("is found by the ledger, and goes by the prefix even if vagrant knows nothing of it", async () => {
    await crashed();
    const others = ["k8s-guide.vm2.t71", "somebodys", "xk8s-guide.vm.t71"];
    await host.libvirt({
      domains: [...others, "k8s-guide.vm.t71"],
      networks: ["default", "vagrant-libvirt", "k8s-guide.vm.cluster"],
      volumes: ["k8s-guide.vm.t71.img", "k8s-guide.vm2.t71.img"],
    });
    await host.vagrant("destroy", { stderr: "no idea", exitCode: 1 });
    expect(await vagrant.list()).toEqual([{ id: "vm", running: false, damaged: [] }]);
    expect(await vagrant.down("vm", silent, context)).toEqual([
      "machine k8s-guide.vm.t71",
      "network k8s-guide.vm.cluster",
    ]);
    expect(await host.left("domains")).toEqual(others);
    expect(await host.left("networks")).toEqual(["default", "vagrant-libvirt"]);
    expect(await host.left("volumes")).toEqual(["k8s-guide.vm2.t71.img"]);
    expect(await vagrant.list()).toEqual([]);
    expect(await vagrant.down("vm", silent, context)).toEqual([]);
  });

  it("stays in the ledger while libvirt does not answer", async () => {
    await crashed();
    await appendFile(`${host.folder}/virsh.stderr`, "error: Failed to connect socket to '/x': No such file");
    await expect(vagrant.down("vm", silent, context)).rejects.toThrow(/libvirt does not answer/);
    expect(await vagrant.list()).toEqual([{ id: "vm", running: false, damaged: [] }]);
  });

  it("went with the libvirt that was made for it", async () => {
    await crashed("qemu:///system?socket=/run/k8s-guide.libvirt.0/libvirt-sock");
    expect(await vagrant.down("vm", silent, context)).toEqual([]);
    expect(await host.calls("virsh")).toEqual([]);
    expect(await vagrant.list()).toEqual([]);
  });
});
