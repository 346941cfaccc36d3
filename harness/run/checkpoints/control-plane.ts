import type { Profile } from "../../profile/profile.ts";
import type { Assist } from "../../progress.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { shellQuote } from "../../machines/ssh/quote.ts";
import { sh } from "../../machines/ssh/sh.ts";

/** The address on which a port was listened on at a checkpoint; the machine's own for all addresses, undefined if none. */
function listened(up: readonly string[], port: number): string | undefined {
  const end = `:${port}`;
  const hosts = up
    .filter((one) => one.startsWith("port ") && one.endsWith(end))
    .map((one) => one.slice("port ".length, -end.length).replace(/^(\*|0\.0\.0\.0|\[::\])$/, "127.0.0.1"));
  return hosts.find((host) => !host.startsWith("127.")) ?? hosts[0];
}

/** Whether an apiserver that was up at a checkpoint answers as one that has started whole; the reason if not. */
export async function apiserverLacks(
  connection: Connection,
  up: readonly string[],
  { ports }: Pick<Profile, "ports">,
): Promise<string[]> {
  const host = listened(up, ports.apiserver);
  if (host === undefined) return [];
  const { stdout } = await connection.exec(
    sh`curl -sk -m 5 -o /dev/null -w '%{http_code}' ${`https://${host}:${ports.apiserver}/healthz`}`,
    { limit: "question" },
  );
  // Whoever may not ask (401, 403) is told so by an apiserver that works.
  return /^(2|4)/.test(stdout) ? [] : [`apiserver: ${stdout} for /healthz`];
}

/** Where the apiserver stores who leads (`--leader-elect-resource-lock`): as endpoints in 1.14, as leases from 1.20. */
const locks = ["services/endpoints", "leases"].flatMap((kind) =>
  ["kube-scheduler", "kube-controller-manager"].map((name) => `/registry/${kind}/kube-system/${name}`),
);

/** A transaction as etcdctl reads it: no conditions, what is done then, nothing else; each ends with an empty line. */
const transaction = `\n${locks.map((key) => `del ${key}\n`).join("")}\n`;

/**
 * Drops the leader leases of the boot before from etcd, as soon as that answers: scheduler and controller-manager would wait
 * 15 s for their own earlier selves, and their next try is 2 to 4 s after one that comes too early. An assist; undefined where
 * there was none to drop, or etcd does not answer: then the leases are waited for.
 */
export async function dropLeases(
  connection: Connection,
  up: readonly string[],
  { etcd, ports, programs }: Pick<Profile, "etcd" | "ports" | "programs">,
): Promise<Assist | undefined> {
  const host = listened(up, ports.etcd);
  if (host === undefined) return undefined;
  const endpoint = `https://${host}:${ports.etcd}`;
  const etcdctl = sh`ETCDCTL_API=3 ${programs.etcdctl} --cacert=${etcd.ca} --cert=${etcd.certificate} --key=${etcd.key} --endpoints=${endpoint} --dial-timeout=15s --command-timeout=15s txn`;
  const { stdout } = await connection.exec(sh`echo ${shellQuote(transaction)} | ${etcdctl}`, {
    limit: "question",
  });
  // The outcome, then how many keys each of them deleted.
  const [outcome, ...deleted] = stdout.split("\n").filter(Boolean);
  if (outcome !== "SUCCESS" || deleted.every((count) => count === "0")) return undefined;
  return {
    id: "leader-leases",
    machine: connection.machine,
    reason:
      "After the boot from a checkpoint, the leases of the scheduler and controller-manager of the boot before are dropped, not waited for.",
  };
}
