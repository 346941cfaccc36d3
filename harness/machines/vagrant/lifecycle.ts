import { readFile } from "node:fs/promises";
import { HarnessDefect, InfrastructureError } from "../../errors.ts";
import type { ClusterSpec, MachineSpec, RunningMachine, SshEndpoint, StoppedMachine } from "../machine.ts";
import { connect } from "../ssh/connect.ts";
import { parseHostKey } from "../ssh/host-key.ts";
import { isErrno } from "../nspawn/errno.ts";
import { until } from "../nspawn/host.ts";
import { type Definition, readDefinition, writeDefinition } from "./cluster.ts";
import { consoleOf, domainOf, vagrantNames } from "./names.ts";
import { bootDeadline, haltDeadline, type VagrantEnvironment } from "./settings.ts";
import { parseSshConfig, type SshAccess } from "./ssh-config.ts";
import { vagrant, vagrantText } from "./vagrant.ts";
import { setLink } from "./virsh.ts";

/** An endpoint of a machine that vagrant made. */
export type VagrantEndpoint = Definition["endpoints"][number];

/** A cluster that is up. */
export type Cluster = {
  readonly spec: ClusterSpec;
  readonly env: VagrantEnvironment;
};

const connectMilliseconds = 30_000;

/** Connects to a machine, with the time that the cluster's machines need. */
export const connectTo = (endpoint: SshEndpoint, patience: number) =>
  connect(endpoint, { deadline: connectMilliseconds * patience, keepalive: 5000 * patience });

/** Waits until a machine lets us in. InfrastructureError with the last reason if it does not. */
export const reached = (endpoint: SshEndpoint, patience: number): Promise<void> =>
  until(
    async () => {
      try {
        await (await connectTo(endpoint, patience)).close();
        return true;
      } catch (error) {
        if (error instanceof InfrastructureError) return error.message;
        throw error;
      }
    },
    {
      deadline: connectMilliseconds * 2 * patience,
      late: (last) => new InfrastructureError(last, { machine: endpoint.machine }),
    },
  );

/** How each machine is reached, with its host key: taken at first contact over vagrant's own channel, then held to. */
export async function firstContact({ spec, env }: Cluster): Promise<VagrantEndpoint[]> {
  const accesses = parseSshConfig(await vagrantText(["ssh-config"], env));
  return Promise.all(
    spec.machines.map(async ({ name }) => {
      const access = accesses.find(({ machine }) => machine === name);
      if (!access) throw new InfrastructureError(`vagrant knows no machine ${name}`, { machine: name });
      return endpointOf(access, await hostKeyOf(name, env));
    }),
  );
}

const hostKeyFile = "/etc/ssh/ssh_host_ed25519_key.pub";

async function hostKeyOf(machine: string, env: VagrantEnvironment): Promise<string> {
  const text = await vagrantText(["ssh", machine, "--command", `cat ${hostKeyFile}`, "--", "-T"], env);
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

const endpointOf = (access: SshAccess, hostKey: string): VagrantEndpoint => ({
  machine: access.machine,
  transport: { kind: "tcp", host: access.host, port: access.port },
  user: access.user,
  ...(access.user !== "root" && { sudo: true as const }),
  privateKeyFile: access.privateKeyFile,
  hostKey,
});

/** A machine that answers SSH. */
export function runningMachine(
  cluster: Cluster,
  spec: MachineSpec,
  endpoint: VagrantEndpoint,
): RunningMachine {
  const { id } = cluster.spec;
  const link = (state: "up" | "down"): Promise<void> =>
    setLink(cluster.env, domainOf(id, spec.name), vagrantNames(id).network, state);
  return {
    spec,
    endpoint,
    stop: () => stop(cluster, spec, endpoint),
    reboot: () => reboot(cluster, spec, endpoint),
    cutLink: () => link("down"),
    healLink: () => link("up"),
    console: () => readConsole(id, spec.name),
  };
}

/** The machine's console output since its last boot; empty before the first. */
export async function readConsole(id: string, machine: string): Promise<string> {
  try {
    return (await readFile(consoleOf(id, machine), "utf8")).replaceAll("\r", "");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  }
}

async function stop(cluster: Cluster, spec: MachineSpec, endpoint: VagrantEndpoint): Promise<StoppedMachine> {
  await vagrant(["halt", spec.name], cluster.env, { deadline: haltDeadline(cluster.env) });
  return {
    spec,
    start: async () => {
      await vagrant(["up", spec.name, "--no-provision"], cluster.env);
      return runningMachine(cluster, spec, await reachedAgain(cluster, endpoint));
    },
  };
}

async function reboot(
  cluster: Cluster,
  spec: MachineSpec,
  endpoint: VagrantEndpoint,
): Promise<RunningMachine> {
  const { patience } = cluster.spec;
  const before = await bootId(endpoint, patience);
  const deadline = haltDeadline(cluster.env) + bootDeadline(cluster.env);
  await vagrant(["reload", spec.name, "--no-provision"], cluster.env, { deadline });
  const next = await reachedAgain(cluster, endpoint);
  if ((await bootId(next, patience)) === before) {
    throw new InfrastructureError(`${spec.name} was to reboot, but its boot id is still ${before}`, {
      machine: spec.name,
    });
  }
  return runningMachine(cluster, spec, next);
}

/** A machine may have another address after a boot; its host key must be the one it had. */
async function reachedAgain(cluster: Cluster, endpoint: VagrantEndpoint): Promise<VagrantEndpoint> {
  const [access] = parseSshConfig(await vagrantText(["ssh-config", endpoint.machine], cluster.env));
  if (!access) throw new InfrastructureError(`vagrant knows no machine ${endpoint.machine}`);
  const next = endpointOf(access, endpoint.hostKey);
  const definition = await readDefinition(cluster.spec.id);
  if (!definition) throw new HarnessDefect(`Cluster ${cluster.spec.id} has no definition`);
  const endpoints = definition.endpoints.map((one) => (one.machine === next.machine ? next : one));
  await writeDefinition({ ...definition, endpoints });
  return next;
}

async function bootId(endpoint: VagrantEndpoint, patience: number): Promise<string> {
  await using connection = await connectTo(endpoint, patience);
  return (await connection.exec("cat /proc/sys/kernel/random/boot_id")).stdout.trim();
}
