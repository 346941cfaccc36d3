import { join } from "node:path";
import ipaddr from "ipaddr.js";
import { assertId } from "../choices.ts";
import { UsageError } from "../errors.ts";
import { stateRoot } from "../host/paths.ts";
import type { ClusterSpec, MachineSpec } from "./machine.ts";

const prefix = "k8s-guide";

/** Whether a name in /run is that of a cluster's runtime folder, or of a libvirt of ours. */
export const isClusterFolder = (name: string): boolean => name.startsWith(`${prefix}.`);

export const clustersFolder = (): string => join(stateRoot(), "clusters");

/** Where everything of one cluster is, derived from its id alone. */
export function clusterNames(id: string) {
  const state = join(clustersFolder(), id);
  const runtime = `/run/${prefix}.${id}`;
  return {
    id,
    /** Host folder with ledger, keys, consoles. */
    state,
    ledger: join(state, "ledger.jsonl"),
    definition: join(state, "cluster.json"),
    privateKey: join(state, "id_ed25519"),
    anchorLog: join(state, "anchor.log"),
    /** Short host folder (Unix socket paths end at 107 characters): sockets and mount points. */
    runtime,
    /** Mount point of the pool; a mount only inside the cluster's mount namespace. */
    pool: join(runtime, "pool"),
    /** File that the bridge's network namespace is bound to; likewise. */
    bridge: join(runtime, "bridge.net"),
    /** Below each controller of cgroup v1, or the unified hierarchy. */
    cgroup: `${prefix}.${id}`,
  };
}
export type ClusterNames = Readonly<ReturnType<typeof clusterNames>>;

/** Where everything of one machine is, derived from the cluster's id and its name. */
export function machineNames(id: string, machine: string) {
  const cluster = clusterNames(id);
  const sshFolder = join(cluster.runtime, machine);
  // A dot is in no id, so names of different clusters never meet.
  const container = `${prefix}.${id}.${machine}`;
  const subvolume = `machines/${id}.${machine}`;
  return {
    machine,
    container,
    /** Its root file system, a subvolume, by its path in the pool. */
    subvolume,
    root: join(cluster.pool, subvolume),
    network: join(cluster.runtime, `${machine}.net`),
    /** Its end of the cable at the bridge. */
    port: `to-${machine}`,
    sshFolder,
    socket: join(sshFolder, "ssh.sock"),
    console: join(cluster.state, `${machine}.console.log`),
    cgroup: join(cluster.cgroup, machine),
    /** Folder that nspawn makes and leaves when killed. */
    propagate: `/run/systemd/nspawn/propagate/${container}`,
  };
}
export type MachineNames = Readonly<ReturnType<typeof machineNames>>;

/** What a machine starts from, by its path in the pool. */
export const originOf = (machine: string, from?: string): string =>
  from === undefined ? "base" : `checkpoints/${from}/${machine}`;

/** The bridge's address: the first of the machines' /24. UsageError if they are not in one, or an address is taken. */
export function gatewayOf(machines: readonly MachineSpec[]): string {
  const gateways = new Set<string>();
  for (const { name, address } of machines) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(address)) {
      throw new UsageError(`${name}: "${address}" is not an IPv4 address`, { machine: name });
    }
    const [a, b, c, d] = ipaddr.IPv4.parse(address).octets;
    if (d === 0 || d === 1 || d === 255) {
      throw new UsageError(`${name}: ${address} is the network's, the bridge's or the broadcast address`, {
        machine: name,
        hint: "Give the machine an address that ends in 2 to 254.",
      });
    }
    gateways.add(`${a}.${b}.${c}.1`);
  }
  const [gateway, ...others] = gateways;
  if (gateway === undefined || others.length > 0) {
    throw new UsageError(`The machines are in ${gateways.size} networks: ${[...gateways].join(", ")}`, {
      hint: "All machines of a cluster need addresses of one /24.",
    });
  }
  return gateway;
}

// An interface name has 15 characters, and `to-` goes before it.
const machinePattern = /^[a-z0-9][a-z0-9-]{0,11}$/;

/** UsageError unless ids, names and addresses can be used in names of files, cgroups and interfaces. */
export function assertSpec({ id, machines }: ClusterSpec): void {
  assertId(id);
  for (const { name } of machines) {
    if (!machinePattern.test(name)) {
      throw new UsageError(`"${name}" cannot name a machine`, {
        hint: "Use up to 12 small letters, digits and dashes.",
      });
    }
  }
  for (const key of ["name", "address"] as const) {
    const values = machines.map((machine) => machine[key]);
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice !== undefined) throw new UsageError(`Two machines have the ${key} ${twice}`);
  }
  gatewayOf(machines);
}
