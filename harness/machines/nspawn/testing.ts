import { execa } from "execa";
import { z } from "zod";
import { projectRoot } from "../../host/paths.ts";
import { testContext } from "../../testing.ts";
import { describeWait, NotYet, often, waitFor } from "../../waits/wait.ts";
import { leftOf } from "./host/faults.ts";
import type { ClusterSpec, RunningCluster, RunningMachine } from "../machine.ts";
import { connect } from "../ssh/connect.ts";
import type { ExecResult } from "../ssh/connection.ts";

/** The guide's machines, for tests with real ones. `artifacts` and `packages` are host folders. */
export const testSpec = (id: string, artifacts: string, packages?: string): ClusterSpec => ({
  id,
  kubernetes: "1.20.2",
  artifacts,
  ...(packages !== undefined && { packages }),
  needs: {},
  online: false,
  machines: [
    { name: "t71", address: "192.168.4.71", role: "master" },
    { name: "t72", address: "192.168.4.72", role: "node" },
    { name: "t76", address: "192.168.4.76", role: "node" },
  ],
});

/**
 * Throws unless the host has nothing more of a cluster of the guide's machines, looked for by its names and not by its
 * ledger. The kernel ends namespaces and loop devices a moment after the last process.
 */
export function nothingLeft(id: string): Promise<void> {
  const context = testContext();
  return waitFor(
    async () => {
      const left = await leftOf(id, ["t71", "t72", "t76"], context);
      if (left.length > 0) throw new NotYet(left.join("\n"));
    },
    {
      deadline: context.deadlines.for("kernel"),
      interval: often,
      signal: context.signal,
      late: (waited) =>
        new Error(`The host still has of cluster ${id} (${describeWait(waited)}):\n${waited.last}`),
    },
  );
}

const made = z.object({ folder: z.string(), packages: z.object({ folder: z.string() }) });

/** Host folders with the artifact set debian and with the packages for yum, as a person gets them. */
export async function fetchArtifacts(): Promise<{ readonly artifacts: string; readonly packages: string }> {
  const fetching = "harness/cli/cli.ts artifacts fetch --artifacts debian --optional --json".split(" ");
  const { stdout } = await execa(process.execPath, fetching, { cwd: projectRoot });
  const { folder, packages } = made.parse(JSON.parse(stdout));
  return { artifacts: folder, packages: packages.folder };
}

/** Sections 1 and 3.1 of the guide, up to where Docker starts. */
export const install = `set -e
sed -i -e 's/^mirrorlist=/#mirrorlist=/' -e 's|^#*baseurl=http://mirror.centos.org|baseurl=http://vault.centos.org|' /etc/yum.repos.d/CentOS-*.repo
yum install -y wget yum-utils
yum-config-manager --add-repo https://download.docker.com/linux/centos/docker-ce.repo
yum list docker-ce --showduplicates | sort -r
yum install docker-ce -y`;

/** Shell text: takes the firewall away, once it is up; one that is stopped while it starts leaves half of its rules. */
export const stopFirewall =
  "systemctl start firewalld && firewall-cmd --quiet --state && systemctl stop firewalld";

/** Shell text: leaves a word on the disk, and what is in memory alone: an interface, a rule, a setting, a file under /run. */
export const leave = `echo kept > /root/kept; sync; echo kept > /run/kept; ip link add kept type bridge; iptables -N KEPT;
  sysctl -qw net.ipv4.ip_default_ttl=61`;

export const whatIsLeft = `cat /root/kept; ls /run/kept 2>/dev/null; ls /sys/class/net | grep -v -x -e eth0 -e lo; iptables-save | grep KEPT;
  sysctl -n net.ipv4.ip_default_ttl | grep 61; true`;

export function machineOf(cluster: RunningCluster | undefined, name: string): RunningMachine {
  const found = cluster?.machines.find(({ spec }) => spec.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

export async function exec({ endpoint }: RunningMachine, command: string): Promise<ExecResult> {
  await using connection = await connect(endpoint, testContext());
  return await connection.exec(command);
}

export async function output(machine: RunningMachine, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await exec(machine, command);
  if (exitCode !== 0) throw new Error(`${machine.spec.name}: ${command}: ${exitCode} ${stderr}`);
  return stdout.trim();
}

export async function ask(
  machine: RunningMachine,
  command: string,
): Promise<{ readonly said: string; readonly exitCode: number }> {
  const { exitCode, stdout, stderr } = await exec(machine, command);
  return { said: `${stdout}${stderr}`.trim(), exitCode };
}
