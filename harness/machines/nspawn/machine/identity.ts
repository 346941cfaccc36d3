import { randomUUID } from "node:crypto";
import { chmod, lstat, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InfrastructureError } from "../../../errors.ts";
import type { MachineSpec } from "../../machine.ts";
import type { KeyPair } from "../../ssh/keys/key-pair.ts";

export type MachineIdentity = {
  readonly spec: MachineSpec;
  readonly machines: readonly MachineSpec[];
  readonly hostKey: KeyPair;
  readonly authorizedKey: string;
  readonly dockerConfiguration: Readonly<Record<string, unknown>>;
};

const hostKeyFile = "etc/ssh/ssh_host_ed25519_key";
const keysFile = "root/.ssh/authorized_keys";

/** The harness's line among the keys that may log in; others are the guide's. */
const lineOf = (key: string): string => `${key} harness\n`;

/**
 * A file of a machine's, by its path from this host. InfrastructureError if a link is on the way: it leads to where this host has
 * such a file, not the machine.
 */
async function within(root: string, path: string): Promise<string> {
  const names = path.split("/");
  for (const [index] of names.entries()) {
    const part = join(root, ...names.slice(0, index + 1));
    if (!(await lstat(part)).isSymbolicLink()) continue;
    throw new InfrastructureError(`/${names.slice(0, index + 1).join("/")} of the saved machine is a link`, {
      hint: "Its target cannot be reached from this host: start anew with --fresh.",
    });
  }
  return join(root, path);
}

/** The key by which a machine that was saved is known to the others. InfrastructureError as of `renewAccess`. */
export async function hostKeyIn(root: string): Promise<KeyPair> {
  const read = async (path: string): Promise<string> => readFile(await within(root, path), "utf8");
  const [privateKey, publicKey] = await Promise.all([read(hostKeyFile), read(`${hostKeyFile}.pub`)]);
  return { privateKey, publicKey: publicKey.trim() };
}

/**
 * Lets this run's key, in the place of the key of the run that saved the machine, log in as root. InfrastructureError if the
 * machine's file of keys is a link.
 */
export async function renewAccess(root: string, authorizedKey: string): Promise<void> {
  const file = await within(root, keysFile);
  const others = (await readFile(file, "utf8")).split("\n").filter((line) => !/(^$| harness$)/.test(line));
  await writeFile(file, [...others.map((line) => `${line}\n`), lineOf(authorizedKey)].join(""));
}

/** Writes a machine's identity into its root file system, before its first boot. */
export async function writeIdentity(
  root: string,
  { spec, machines, hostKey, authorizedKey, dockerConfiguration }: MachineIdentity,
): Promise<void> {
  const hosts = ["127.0.0.1 localhost", ...machines.map(({ name, address }) => `${address} ${name}`), ""];
  const files: [path: string, content: string, mode: number][] = [
    ["etc/hostname", `${spec.name}\n`, 0o644],
    ["etc/hosts", hosts.join("\n"), 0o644],
    ["etc/machine-id", `${randomUUID().replaceAll("-", "")}\n`, 0o444],
    [hostKeyFile, hostKey.privateKey, 0o600],
    [`${hostKeyFile}.pub`, `${hostKey.publicKey}\n`, 0o644],
    [keysFile, lineOf(authorizedKey), 0o600],
    ["etc/docker/daemon.json", `${JSON.stringify(dockerConfiguration, null, 2)}\n`, 0o644],
  ];
  await Promise.all(
    files.map(async ([path, content, mode]) => {
      await writeFile(join(root, path), content, { mode });
      await chmod(join(root, path), mode);
    }),
  );
}
