import type { Assist } from "../../progress.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import type { Observed } from "./observe.ts";

/** Whether an apiserver that was up at a checkpoint answers as one that has started whole; the reason if not. */
export async function apiserverLacks(connection: Connection, { listening }: Observed): Promise<string[]> {
  const address = listening.find((one) => one.endsWith(":6443"));
  if (address === undefined) return [];
  const url = `https://${address.replace(/^\*|^0\.0\.0\.0|^\[::\]/, "127.0.0.1")}/healthz`;
  const { stdout } = await connection.exec(`curl -sk -m 5 -o /dev/null -w '%{http_code}' ${url}`, {
    deadline: 10_000,
  });
  // Whoever may not ask (401, 403) is told so by an apiserver that works.
  return /^(2|4)/.test(stdout) ? [] : [`the apiserver answers ${stdout} to /healthz`];
}

const drop =
  "/k8s/kubernetes/bin/kubectl --request-timeout=10s -n kube-system delete endpoints,leases kube-scheduler kube-controller-manager --ignore-not-found";

/**
 * Drops the leader leases of the boot before: scheduler and controller-manager would wait 15 s for their own earlier
 * selves. An assist; undefined where there was none to drop.
 */
export async function dropLeases(connection: Connection, { units }: Observed): Promise<Assist | undefined> {
  if (!units.some((unit) => /^kube-(scheduler|controller-manager)\./.test(unit))) return undefined;
  const { stdout } = await connection.exec(drop, { deadline: 20_000 });
  if (!stdout.includes("deleted")) return undefined;
  return {
    id: "leader-leases",
    machine: connection.machine,
    reason:
      "After the boot from a checkpoint, the leases of the scheduler and controller-manager of the boot before are dropped, not waited for.",
  };
}
