import type { Assist } from "../../progress.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { sh } from "../../machines/ssh/sh.ts";

/** Whether an apiserver that was up at a checkpoint answers as one that has started whole; the reason if not. */
export async function apiserverLacks(connection: Connection, up: readonly string[]): Promise<string[]> {
  const [, host] = /^port (.*):6443$/m.exec(up.join("\n")) ?? [];
  if (host === undefined) return [];
  const url = `https://${host.replace(/^(\*|0\.0\.0\.0|\[::\])$/, "127.0.0.1")}:6443/healthz`;
  const { stdout } = await connection.exec(sh`curl -sk -m 5 -o /dev/null -w '%{http_code}' ${url}`, {
    limit: "question",
  });
  // Whoever may not ask (401, 403) is told so by an apiserver that works.
  return /^(2|4)/.test(stdout) ? [] : [`apiserver: ${stdout} for /healthz`];
}

const drop = sh`/k8s/kubernetes/bin/kubectl --request-timeout=10s -n kube-system delete endpoints,leases kube-scheduler kube-controller-manager --ignore-not-found`;

/**
 * Drops the leader leases of the boot before: scheduler and controller-manager would wait 15 s for their own earlier
 * selves. An assist; undefined where there was none to drop.
 */
export async function dropLeases(connection: Connection, up: readonly string[]): Promise<Assist | undefined> {
  if (!up.some((one) => /^unit kube-(scheduler|controller-manager)\./.test(one))) return undefined;
  const { stdout } = await connection.exec(drop, { limit: "question" });
  if (!stdout.includes("deleted")) return undefined;
  return {
    id: "leader-leases",
    machine: connection.machine,
    reason:
      "After the boot from a checkpoint, the leases of the scheduler and controller-manager of the boot before are dropped, not waited for.",
  };
}
