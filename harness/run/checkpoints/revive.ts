import pRetry from "p-retry";
import type { OpenCluster } from "../open.ts";
import { apiserverLacks } from "./control-plane.ts";
import { observe } from "./observe.ts";

/** By machine: what was up before it was saved, and is not after its boot. */
export type Lost = Readonly<Record<string, string[]>>;

/** A control plane that starts on two cores needs ten seconds; a kubelet whose apiserver is late, more. */
const deadline = 90_000;

/**
 * Waits until everything that was `up` at a checkpoint is up again on the machines that were booted from it.
 * Gives what is not: at the deadline, or as soon as systemd has given a unit up.
 */
export async function lostAfterBoot(
  cluster: OpenCluster,
  up: Lost,
  { patience, signal }: { readonly patience: number; readonly signal: AbortSignal },
): Promise<Lost> {
  const lost = await Promise.all(
    Object.entries(up).map(async ([machine, before]): Promise<[string, string[]]> => {
      const connection = cluster.connection(machine);
      let missing: string[] = [];
      const look = async (): Promise<void> => {
        const now = await observe(connection);
        missing = before.filter((one) => !now.up.includes(one));
        if (missing.length === 0) missing = await apiserverLacks(connection, before);
        // What has failed will not become active.
        if (missing.length > 0 && !missing.some((one) => now.failed.includes(one))) throw new StillMissing();
      };
      const retry = { retries: Infinity, minTimeout: 100, factor: 1, maxRetryTime: deadline * patience };
      await pRetry(look, { ...retry, signal, shouldRetry: isStillMissing }).catch((error: unknown) => {
        if (!(error instanceof StillMissing)) throw error;
      });
      return [machine, missing];
    }),
  );
  return Object.fromEntries(lost.filter(([, missing]) => missing.length > 0));
}

class StillMissing extends Error {}

const isStillMissing = ({ error }: { readonly error: Error }): boolean => error instanceof StillMissing;
