import { execa } from "execa";
import { z } from "zod";
import { projectRoot } from "../../host/paths.ts";
import { testContext } from "../../testing.ts";
import type { ClusterSpec, RunningMachine } from "../machine.ts";
import { connect } from "../ssh/connect.ts";

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

const made = z.object({ folder: z.string(), packages: z.object({ folder: z.string() }) });

/** Host folders with the artifact set debian and with the packages for yum, as a person gets them. */
export async function fetchArtifacts(): Promise<{ readonly artifacts: string; readonly packages: string }> {
  const fetching = [
    "harness/cli/cli.ts",
    "artifacts",
    "fetch",
    "--artifacts",
    "debian",
    "--optional",
    "--json",
  ];
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

/** What a command of a machine prints to both outputs, and its exit code. */
export async function ask(
  { endpoint }: RunningMachine,
  command: string,
): Promise<{ readonly said: string; readonly exitCode: number }> {
  const context = testContext();
  await using connection = await connect(endpoint, context);
  const { exitCode, stdout, stderr } = await connection.exec(command, {
    deadline: context.deadlines.for("help"),
  });
  return { said: `${stdout}${stderr}`.trim(), exitCode };
}
