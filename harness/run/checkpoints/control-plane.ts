import type { Profile } from "../../profile/profile.ts";
import type { Assist } from "../../progress.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { sh } from "../../machines/ssh/sh.ts";

/** Whether an apiserver that was up at a checkpoint answers as one that has started whole; the reason if not. */
export async function apiserverLacks(
  connection: Connection,
  up: readonly string[],
  { ports }: Pick<Profile, "ports">,
): Promise<string[]> {
  const end = `:${ports.apiserver}`;
  const host = up
    .find((one) => one.startsWith("port ") && one.endsWith(end))
    ?.slice("port ".length, -end.length);
  if (host === undefined) return [];
  const url = `https://${host.replace(/^(\*|0\.0\.0\.0|\[::\])$/, "127.0.0.1")}${end}/healthz`;
  const { stdout } = await connection.exec(sh`curl -sk -m 5 -o /dev/null -w '%{http_code}' ${url}`, {
    limit: "question",
  });
  // Whoever may not ask (401, 403) is told so by an apiserver that works.
  return /^(2|4)/.test(stdout) ? [] : [`apiserver: ${stdout} for /healthz`];
}

const drop = (kubectl: string): string =>
  sh`${kubectl} --request-timeout=10s -n kube-system delete endpoints,leases kube-scheduler kube-controller-manager --ignore-not-found`;

/**
 * Drops the leader leases of the boot before: scheduler and controller-manager would wait 15 s for their own earlier
 * selves. An assist; undefined where there was none to drop.
 */
export async function dropLeases(
  connection: Connection,
  up: readonly string[],
  { programs }: Pick<Profile, "programs">,
): Promise<Assist | undefined> {
  if (!up.some((one) => /^unit kube-(scheduler|controller-manager)\./.test(one))) return undefined;
  const { stdout } = await connection.exec(drop(programs.kubectl), { limit: "question" });
  if (!stdout.includes("deleted")) return undefined;
  return {
    id: "leader-leases",
    machine: connection.machine,
    reason:
      "After the boot from a checkpoint, the leases of the scheduler and controller-manager of the boot before are dropped, not waited for.",
  };
}
