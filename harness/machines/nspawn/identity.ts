import { randomUUID } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MachineSpec } from "../machine.ts";
import type { KeyPair } from "../ssh/key-pair.ts";

/** What tells one copy of the base from another. */
export type MachineIdentity = {
  readonly spec: MachineSpec;
  readonly machines: readonly MachineSpec[];
  readonly hostKey: KeyPair;
  /** Public key that may log in as root. */
  readonly authorizedKey: string;
  readonly dockerConfiguration: Readonly<Record<string, unknown>>;
};

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
    ["etc/ssh/ssh_host_ed25519_key", hostKey.privateKey, 0o600],
    ["etc/ssh/ssh_host_ed25519_key.pub", `${hostKey.publicKey}\n`, 0o644],
    ["root/.ssh/authorized_keys", `${authorizedKey}\n`, 0o600],
    ["etc/docker/daemon.json", `${JSON.stringify(dockerConfiguration, null, 2)}\n`, 0o644],
  ];
  await Promise.all(
    files.map(async ([path, content, mode]) => {
      await writeFile(join(root, path), content, { mode });
      await chmod(join(root, path), mode);
    }),
  );
}
