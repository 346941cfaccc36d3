import pRetry from "p-retry";
import type { OpenCluster } from "../open.ts";
import { apiserverLacks } from "./control-plane.ts";
import type { CheckpointNote } from "./notes.ts";
import { missing, observe } from "./observe.ts";

/** What of a machine was up before it was saved, and is not after its boot. */
export type Lost = { readonly machine: string; readonly what: string[] };

/** A control plane that starts on two cores needs ten seconds; a kubelet whose apiserver is late, more. */
const deadline = 90_000;

/**
 * Waits until everything that was up at a checkpoint is up again on the machines that were booted from it.
 * Gives what is not: at the deadline, or as soon as systemd has given a unit up.
 */
export async function lostAfterBoot(
  cluster: OpenCluster,
  { observed }: CheckpointNote,
  { patience, signal }: { readonly patience: number; readonly signal: AbortSignal },
): Promise<Lost[]> {
  const lost = await Promise.all(
    cluster.machines.map(async ({ name }): Promise<Lost> => {
      const before = observed[name];
      if (!before) return { machine: name, what: [] };
      let last = { what: ["nothing is known of it yet"], final: false };
      const look = async (): Promise<void> => {
        const connection = cluster.connection(name);
        last = missing(before, await observe(connection));
        if (last.what.length === 0) last.what.push(...(await apiserverLacks(connection, before)));
        if (last.what.length > 0 && !last.final) throw new Error(last.what.join(", "));
      };
      const retry = { retries: Infinity, minTimeout: 100, factor: 1, maxRetryTime: deadline * patience };
      await pRetry(look, { ...retry, signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        // A machine that does not answer is not one whose units are missing.
        if (!(error instanceof Error) || error.message !== last.what.join(", ")) throw error;
      });
      return { machine: name, what: last.what };
    }),
  );
  return lost.filter(({ what }) => what.length > 0);
}
