import { execa } from "execa";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { hostPath } from "../../../host/exec.ts";
import { diagnose } from "../command/diagnose.ts";
import { libvirtUri, type VagrantEnvironment } from "../command/settings.ts";

/** Runs virsh against the cluster's libvirt and gives its output. InfrastructureError with the remedy if it fails. */
export async function virsh(
  env: VagrantEnvironment,
  args: readonly string[],
  { signal, deadlines }: Context,
): Promise<string> {
  const result = await execa("virsh", ["--connect", libvirtUri(env), ...args], {
    env: { PATH: hostPath(), LC_ALL: "C" },
    stdin: "ignore",
    reject: false,
    cancelSignal: signal,
    timeout: deadlines.for("host"),
  });
  signal.throwIfAborted();
  if (!result.failed) return result.stdout;
  if (result.code === "ENOENT") {
    throw new InfrastructureError("virsh is not installed", {
      hint: "Install it: `apt-get install libvirt-clients`.",
    });
  }
  throw diagnose({
    command: ["virsh", ...args].join(" "),
    name: "",
    message: result.timedOut ? (result.shortMessage ?? "") : result.stderr.trim(),
    output: result.stderr,
    env,
  });
}

const firstWords = (table: string): string[] =>
  table
    .split("\n")
    .map((line) => line.trim().split(/\s+/)[0] ?? "")
    .filter((name) => name !== "");

/** Domains and networks, active or not; networks and storage pools that are active. */
const lists = {
  domains: ["list", "--all", "--name"],
  networks: ["net-list", "--all", "--name"],
  "active networks": ["net-list", "--name"],
  pools: ["pool-list", "--name"],
} as const;

export const listed = async (
  what: keyof typeof lists,
  env: VagrantEnvironment,
  context: Context,
  prefix = "",
): Promise<string[]> =>
  firstWords(await virsh(env, lists[what], context)).filter((name) => name.startsWith(prefix));

/** Volumes of a pool that are those of domains whose names begin with a prefix. */
export const volumesOf = async (
  env: VagrantEnvironment,
  pool: string,
  prefix: string,
  context: Context,
): Promise<string[]> => volumesIn(await virsh(env, ["vol-list", "--pool", pool], context), prefix);

/**
 * The same, out of the text of `virsh vol-list`. A volume is DOMAIN.img: what has only an ending after the prefix is that of a
 * domain that `vagrant up` by hand has made, which has no cluster in its name.
 */
export const volumesIn = (table: string, prefix: string): string[] =>
  firstWords(table).filter((name) => name.startsWith(prefix) && name.slice(prefix.length).includes("."));

export function macIn(table: string, network: string): string | undefined {
  const columns = table.split("\n").map((line) => line.trim().split(/\s+/));
  return columns.find(([, , source]) => source === network)?.[4];
}

/** Pulls or plugs a domain's cable into a network; a later boot finds it so. */
export async function setLink(
  env: VagrantEnvironment,
  domain: string,
  network: string,
  state: "up" | "down",
  context: Context,
): Promise<void> {
  const mac = macIn(await virsh(env, ["domiflist", domain], context), network);
  if (mac === undefined) {
    throw new InfrastructureError(`${domain} has no interface in the network ${network}`, {
      hint: "Bring the cluster up anew: `pnpm down`, then `pnpm run up`.",
    });
  }
  await virsh(env, ["domif-setlink", domain, mac, state], context);
  await virsh(env, ["domif-setlink", domain, mac, state, "--config"], context);
}
