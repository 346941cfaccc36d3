import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { isAlive, type ProcessIdentity } from "../../../host/processes/identity.ts";
import { isErrno } from "../../../host/errno.ts";
import { anchorName } from "./namespace-anchor.ts";
import { host } from "../../../host/exec.ts";
import { processOf, readLedger } from "../ledger.ts";
import { MachineNetwork } from "../machine/network.ts";
import { firstChild, signal } from "../../../host/processes/processes.ts";

/** What can happen to a machine from outside. */
export type Blow = "machine killed" | "link cut" | "sshd stopped";

/**
 * Does something to a machine behind the back of the run that owns its cluster, by the ledger alone: nothing is written to
 * it, so the cluster stays that run's. InfrastructureError if the machine is not there.
 */
export async function strike(id: string, machine: string, blow: Blow, context: Context): Promise<void> {
  const entries = (await readLedger(id))?.items ?? [];
  const living = async (of: string): Promise<ProcessIdentity> => {
    const process = processOf(entries, of);
    if (process && (await isAlive(process))) return process;
    throw new InfrastructureError(`${machine} of cluster ${id} does not run`, { machine });
  };
  const nspawn = await living(machine);
  const init = await firstChild(nspawn.pid);
  if (init === undefined) throw new InfrastructureError(`${machine} has no init yet`, { machine });
  try {
    if (blow === "machine killed") signal(init, "SIGKILL");
    else if (blow === "link cut")
      await new MachineNetwork(id, machine, await living(anchorName)).setLink("down", context);
    else await host("nsenter", [`--target=${init}`, "--all", "--", "sh", "-c", stopSshd], context);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}

const stopSshd = "systemctl stop guide-ssh.socket; systemctl kill --signal=KILL 'guide-ssh@*'";
