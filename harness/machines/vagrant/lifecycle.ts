import type { Context } from "../../context.ts";
import { HarnessDefect, InfrastructureError } from "../../errors.ts";
import { describeWait, waitFor } from "../../waits/wait.ts";
import type { ClusterSpec, MachineSpec, RunningMachine, SshEndpoint } from "../machine.ts";
import { assertRebooted, bootIdOf, untilRebooted } from "../boot.ts";
import { connect } from "../ssh/connect.ts";
import { parseHostKey } from "../ssh/keys/host-key.ts";
import { domainOf, readDefinition, vagrantNames, writeDefinition } from "./cluster.ts";
import type { VagrantEnvironment } from "./command/settings.ts";
import { parseSshConfig, type SshAccess } from "./command/ssh-config.ts";
import { vagrant, vagrantText } from "./command/vagrant.ts";
import { setLink, virsh } from "./libvirt/virsh.ts";

export type Cluster = {
  readonly spec: ClusterSpec;
  readonly env: VagrantEnvironment;
};

/** Waits until a machine lets us in. InfrastructureError with the last reason if it does not. */
export const reached = (endpoint: SshEndpoint, context: Context): Promise<void> =>
  waitFor(async () => (await connect(endpoint, context)).close(), {
    deadline: context.deadlines.for("return"),
    signal: context.signal,
    observation: (thrown) => (thrown instanceof InfrastructureError ? thrown.message : undefined),
    late: (waited) =>
      new InfrastructureError(`${waited.last} (${describeWait(waited)})`, { machine: endpoint.machine }),
  });

/** How each machine is reached, with its host key: taken at first contact over vagrant's own channel, then held to. */
export async function firstContact({ spec, env }: Cluster, context: Context): Promise<SshEndpoint[]> {
  const accesses = parseSshConfig(await vagrantText(["ssh-config"], env, context));
  return Promise.all(
    spec.machines.map(async ({ name }) => {
      const access = accesses.find(({ machine }) => machine === name);
      if (!access) throw new InfrastructureError(`vagrant knows no machine ${name}`, { machine: name });
      return endpointOf(access, await hostKeyOf(name, env, context));
    }),
  );
}

const hostKeyFile = "/etc/ssh/ssh_host_ed25519_key.pub";

async function hostKeyOf(machine: string, env: VagrantEnvironment, context: Context): Promise<string> {
  const command = ["ssh", machine, "--command", `cat ${hostKeyFile}`, "--", "-T"];
  const text = await vagrantText(command, env, context);
  const line = text.split(/\r?\n/).find((candidate) => candidate.startsWith("ssh-ed25519 "));
  if (line === undefined) {
    throw new InfrastructureError(`${machine} shows no host key`, {
      machine,
      outputTail: text,
      hint: `The box must have ${hostKeyFile}.`,
    });
  }
  parseHostKey(line);
  return line.split(" ").slice(0, 2).join(" ");
}

const endpointOf = (access: SshAccess, hostKey: string): SshEndpoint => ({
  machine: access.machine,
  transport: { kind: "tcp", host: access.host, port: access.port },
  user: access.user,
  ...(access.user !== "root" && { sudo: true as const }),
  privateKeyFile: access.privateKeyFile,
  hostKey,
});

export function runningMachine(cluster: Cluster, spec: MachineSpec, endpoint: SshEndpoint): RunningMachine {
  const { id } = cluster.spec;
  const domain = domainOf(id, spec.name);
  const link = (state: "up" | "down", context: Context): Promise<void> =>
    setLink(cluster.env, domain, vagrantNames(id).network, state, context);
  const at = (next: SshEndpoint): RunningMachine => runningMachine(cluster, spec, next);
  return {
    spec,
    endpoint,
    reboot: async (context) => {
      const before = await bootIdOf(endpoint, context);
      await vagrant(["reload", spec.name, "--no-provision"], cluster.env, context, { limit: "vmReload" });
      const next = await reachedAgain(cluster, endpoint, context);
      assertRebooted(spec.name, before, await bootIdOf(next, context));
      return at(next);
    },
    returned: async (before, context) => {
      const reach = (): Promise<SshEndpoint> => reachedAgain(cluster, endpoint, context);
      return at(await untilRebooted({ machine: spec.name, before, limit: "vmReload" }, reach, context));
    },
    cutPower: async (context) => {
      // Whose process qemu is: the guest's memory goes with it, what it has not written to its disk, too.
      await virsh(cluster.env, ["destroy", domain], context);
      return { spec, start: async (next) => at(await startAgain(cluster, endpoint, next)) };
    },
    cutLink: (context) => link("down", context),
    healLink: (context) => link("up", context),
  };
}

export async function startAgain(
  cluster: Cluster,
  endpoint: SshEndpoint,
  context: Context,
): Promise<SshEndpoint> {
  await vagrant(["up", endpoint.machine, "--no-provision"], cluster.env, context);
  return reachedAgain(cluster, endpoint, context);
}

/** A machine may have another address after a boot; its host key must be the one it had. */
async function reachedAgain(cluster: Cluster, endpoint: SshEndpoint, context: Context): Promise<SshEndpoint> {
  const text = await vagrantText(["ssh-config", endpoint.machine], cluster.env, context);
  const [access] = parseSshConfig(text);
  if (!access) throw new InfrastructureError(`vagrant knows no machine ${endpoint.machine}`);
  const next = endpointOf(access, endpoint.hostKey);
  const definition = await readDefinition(cluster.spec.id);
  if (!definition) throw new HarnessDefect(`Cluster ${cluster.spec.id} has no definition`);
  const endpoints = definition.endpoints.map((one) => (one.machine === next.machine ? next : one));
  await writeDefinition({ ...definition, endpoints });
  return next;
}
