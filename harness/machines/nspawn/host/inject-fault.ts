import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { isAlive, type ProcessIdentity } from "../../../host/processes/identity.ts";
import { isErrno } from "../../../host/errno.ts";
import { anchorName } from "./namespace-anchor.ts";
import { host } from "../../../host/exec.ts";
import { processOf, readLedger } from "../ledger.ts";
import type { MachineFault } from "../../machine.ts";
import { MachineNetwork } from "../machine/network.ts";
import { firstChild, signal } from "../../../host/processes/processes.ts";

/** `FaultInjection.inject`. */
export async function injectFault(
  id: string,
  machine: string,
  fault: MachineFault,
  context: Context,
): Promise<void> {
  const { items } = await readLedger(id);
  const living = async (of: string): Promise<ProcessIdentity> => {
    const process = processOf(items, of);
    if (process && (await isAlive(process))) return process;
    throw new InfrastructureError(`${machine} of cluster ${id} does not run`, { machine });
  };
  const nspawn = await living(machine);
  const init = await firstChild(nspawn.pid);
  if (init === undefined) throw new InfrastructureError(`${machine} has no init yet`, { machine });
  try {
    if (fault === "machine killed") signal(init, "SIGKILL");
    else if (fault === "link cut")
      await new MachineNetwork(id, machine, await living(anchorName)).setLink("down", context);
    else await host("nsenter", [`--target=${init}`, "--all", "--", "sh", "-c", stopSshd], context);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}

const stopSshd = "systemctl stop guide-ssh.socket; systemctl kill --signal=KILL 'guide-ssh@*'";
