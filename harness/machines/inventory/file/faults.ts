import { readFileSync, statSync } from "node:fs";
import ipaddr from "ipaddr.js";
import ssh2 from "ssh2";
import { toHarnessError } from "../../../errors.ts";
import type { Finding } from "../../../input/findings.ts";
import type { Profile } from "../../../profile/profile.ts";
import type { YamlFile } from "../../../input/yaml-file.ts";
import { parseHostKey } from "../../ssh/keys/host-key.ts";
import type { HostEntry } from "./file.ts";

/** The guide's networks for pods and services: no host's address may lie in them. */
type Networks = Pick<Profile["networks"], "pods" | "services">;

type Fault = readonly [key: readonly PropertyKey[], message: string, hint: string];

export function faultsOf(hosts: readonly HostEntry[], yaml: YamlFile, networks: Networks): Finding[] {
  const faults = [
    ...roleFaults(hosts),
    ...hosts.flatMap((host, index) =>
      [
        ...twice(hosts, host, index),
        ...addressFaults(host, networks),
        ...keyFaults(host),
        ...sshFaults(host),
      ].map(([key, message, hint]): Fault => [["hosts", index, ...key], `${host.name}: ${message}`, hint]),
    ),
  ];
  return faults.map(([path, message, hint]) => ({ location: yaml.locate(path), message, hint }));
}

function roleFaults(hosts: readonly HostEntry[]): Fault[] {
  const masters = hosts.filter(({ role }) => role === "master").length;
  const faults: (Fault | false)[] = [
    masters !== 1 && [["hosts"], `there are ${masters} masters`, "give the role master to exactly one host"],
    masters === hosts.length && [["hosts"], "there is no node", "give the role node to at least one host"],
  ];
  return faults.filter((fault) => fault !== false);
}

const twice = (hosts: readonly HostEntry[], host: HostEntry, index: number): Fault[] =>
  (["name", "address"] as const)
    .filter((key) => hosts.slice(0, index).some((earlier) => earlier[key] === host[key]))
    .map((key) => [[key], `another host has the ${key} ${host[key]}`, "each host needs its own"]);

function addressFaults({ address }: HostEntry, { pods, services }: Networks): Fault[] {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) {
    return [[["address"], `"${address}" is not an IPv4 address`, "write it as 10.0.0.5"]];
  }
  const range = [pods, services].find((one) => ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(one)));
  if (range === undefined) return [];
  const hint = `the guide gives ${range} to pods or services; the host needs another address`;
  return [[["address"], `${address} is inside ${range}`, hint]];
}

function keyFaults({ host_key: hostKey }: HostEntry): Fault[] {
  if (hostKey === undefined) {
    const hint = "give host_key, or known_hosts with a file that has it; nothing is trusted on first use";
    return [[[], "its host key is not known", hint]];
  }
  try {
    parseHostKey(hostKey);
    return [];
  } catch {
    const hint = "take a line of /etc/ssh/ssh_host_ed25519_key.pub on the host, as in `ssh-ed25519 AAAA…`";
    return [[["host_key"], "this is not an OpenSSH public key", hint]];
  }
}

function sshFaults({ ssh }: HostEntry): Fault[] {
  const faults: Fault[] = [];
  if (ssh.sudo === true && (ssh.user ?? "root") === "root") {
    faults.push([["ssh", "sudo"], "root needs no sudo", "name a user who is not root, or leave sudo out"]);
  }
  if (ssh.socket !== undefined && ssh.host !== undefined) {
    faults.push([["ssh", "socket"], "it has both a socket and a host", "leave one of them out"]);
  }
  const fault = privateKeyFault(ssh.key);
  return fault ? [...faults, [["ssh", "key"], ...fault]] : faults;
}

function privateKeyFault(file: string | undefined): [message: string, hint: string] | undefined {
  if (file === undefined) {
    return ["no private key is named", "give ssh.key, for this host or for all at the top of the file"];
  }
  try {
    const { mode } = statSync(file);
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, "0");
      return [`others may use the private key ${file}: its mode is ${shown}`, `chmod 600 ${file}`];
    }
    const key = ssh2.utils.parseKey(readFileSync(file));
    if (!(key instanceof Error)) return undefined;
    return [`${file} cannot be used: ${key.message}`, "name an OpenSSH private key without a passphrase"];
  } catch (error) {
    const { message } = toHarnessError(error);
    return [
      `the private key cannot be read: ${message}`,
      "name a file that exists; ~ and relative paths work",
    ];
  }
}
