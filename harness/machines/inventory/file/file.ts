import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { UsageError } from "../../../errors.ts";
import { type Finding, InvalidFileError } from "../../../input/findings.ts";
import { machineSpecSchema, type Profile } from "../../../profile/schema.ts";
import { checkShape, parseYaml, type YamlFile } from "../../../input/yaml-file.ts";
import type { MachineSpec, RunningCluster, SshEndpoint } from "../../machine.ts";
import { faultsOf } from "./faults.ts";
import { keyFromKnownHosts } from "./known-hosts.ts";

/** What runs on the hosts, and with it what carries the guide there. */
export type HostOs = "debian12" | "centos7";

/** A host that someone already has: the guide's machine, and how to reach it. */
export type Host = { readonly spec: MachineSpec; readonly endpoint: SshEndpoint };

/** An inventory file, complete: defaults are filled in, paths are absolute, keys are there. */
export type Inventory = {
  readonly file: string;
  readonly os: HostOs;
  readonly hosts: readonly Host[];
};

export const fileHint = "docs/inventory.md describes the inventory file";

const text = z.string().regex(/\S/, "is empty");
const port = z.int().min(1).max(65_535);
const sshShape = {
  user: text.exactOptional(),
  key: text.exactOptional(),
  port: port.exactOptional(),
};
const defaultsSchema = z.strictObject(sshShape);
const sshSchema = z.strictObject({
  ...sshShape,
  host: text.exactOptional(),
  socket: text.exactOptional(),
  sudo: z.boolean().exactOptional(),
});
const hostSchema = z.strictObject({
  name: machineSpecSchema.shape.name.refine(
    (name) => !["all", "master", "nodes", "etcd"].includes(name),
    "is a word of the guide for several hosts",
  ),
  role: machineSpecSchema.shape.role,
  address: z.string(),
  host_key: text.exactOptional(),
  ssh: z.unknown().optional(),
});
const fileSchema = z.strictObject({
  os: z.enum(["debian12", "centos7"]),
  known_hosts: text.exactOptional(),
  ssh: z.unknown().optional(),
  hosts: z.array(z.unknown()).min(1, "is empty"),
});

export type SshSettings = z.infer<typeof sshSchema>;
export type HostEntry = Omit<z.infer<typeof hostSchema>, "ssh"> & { readonly ssh: SshSettings };

/** Reads an inventory file and looks at the files it names. InvalidFileError with every fault, each with its place. */
export function loadInventory(file: string, guide: Pick<Profile, "networks">): Inventory {
  return inventoryFrom(read(file), resolve(file), guide);
}

/** What `loadInventory` does, for a text; `file` is where it stands. */
export function inventoryFrom(
  source: string,
  file: string,
  { networks }: Pick<Profile, "networks">,
): Inventory {
  const yaml = parseYaml(source, file);
  if ("findings" in yaml) throw new InvalidFileError(yaml.findings, fileHint);
  const whole = checkShape(fileSchema, yaml.value, yaml, [], fileHint);
  if ("findings" in whole) throw new InvalidFileError(whole.findings, fileHint);
  const { os, known_hosts: knownHosts } = whole.data;
  const defaults = checkShape(defaultsSchema, whole.data.ssh ?? {}, yaml, ["ssh"], fileHint);
  const entries = whole.data.hosts.map((host, index) => readHost(host, index, yaml));
  const misshapen = [defaults, ...entries].flatMap((part) => ("findings" in part ? part.findings : []));
  if ("findings" in defaults || misshapen.length > 0) throw new InvalidFileError(misshapen, fileHint);

  const folder = dirname(file);
  const known = knownHosts === undefined ? "" : read(pathFrom(folder, knownHosts));
  const hosts = entries.flatMap((entry) => ("data" in entry ? [entry.data] : []));
  const complete = hosts.map((host) => completed(host, defaults.data, folder, known));
  const faults = faultsOf(complete, yaml, networks);
  if (faults.length > 0) throw new InvalidFileError(faults, fileHint);
  return {
    file,
    os,
    hosts: complete.map(({ name, address, role, ssh, host_key }) => ({
      spec: { name, address, role },
      endpoint: {
        machine: name,
        transport:
          ssh.socket === undefined
            ? { kind: "tcp", host: ssh.host ?? address, port: ssh.port ?? 22 }
            : { kind: "unix", path: ssh.socket },
        user: ssh.user ?? "root",
        ...(ssh.sudo === true && { sudo: true }),
        privateKeyFile: ssh.key ?? "",
        hostKey: host_key ?? "",
      },
    })),
  };
}

/** An inventory file that names the machines of a running cluster as hosts. */
export function inventoryOf({ machines, spec }: RunningCluster, os: HostOs): string {
  const hosts = machines.map(({ spec: machine, endpoint }) => ({
    name: machine.name,
    role: machine.role,
    address: machine.address,
    host_key: endpoint.hostKey,
    ssh: {
      ...(endpoint.transport.kind === "unix"
        ? { socket: endpoint.transport.path }
        : { host: endpoint.transport.host, port: endpoint.transport.port }),
      user: endpoint.user,
      ...(endpoint.sudo && { sudo: true }),
      key: endpoint.privateKeyFile,
    },
  }));
  return `# The machines of the cluster ${spec.id}\n${stringify({ os, hosts }, { lineWidth: 0 })}`;
}

type Read<T> = { readonly data: T } | { readonly findings: readonly Finding[] };

function readHost(value: unknown, index: number, yaml: YamlFile): Read<HostEntry> {
  const path = ["hosts", index];
  const host = checkShape(hostSchema, value, yaml, path, fileHint);
  if ("findings" in host) return host;
  const ssh = checkShape(sshSchema, host.data.ssh ?? {}, yaml, [...path, "ssh"], fileHint);
  return "findings" in ssh ? ssh : { data: { ...host.data, ssh: ssh.data } };
}

/** An entry with the file's defaults, absolute paths, and its key from known_hosts if it names none itself. */
function completed(
  entry: HostEntry,
  defaults: z.infer<typeof defaultsSchema>,
  folder: string,
  known: string,
): HostEntry {
  const ssh = { ...defaults, ...entry.ssh };
  const hostKey =
    entry.host_key ?? keyFromKnownHosts(known, ssh.host ?? entry.address, ssh.socket ? 22 : (ssh.port ?? 22));
  return {
    ...entry,
    ...(hostKey !== undefined && { host_key: hostKey }),
    ssh: {
      ...ssh,
      ...(ssh.key !== undefined && { key: pathFrom(folder, ssh.key) }),
      ...(ssh.socket !== undefined && { socket: pathFrom(folder, ssh.socket) }),
    },
  };
}

/** A path of the file: `~` is the home folder, anything else starts where the file is. */
const pathFrom = (folder: string, path: string): string =>
  path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(folder, path);

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UsageError(`cannot read ${file}`, { cause, hint: "Give the path of a file that exists." });
  }
}
