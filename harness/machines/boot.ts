import type { Context } from "../context.ts";
import type { Limit } from "../deadlines.ts";
import { InfrastructureError } from "../errors.ts";
import { describeWait, NotYet, waitFor } from "../waits/wait.ts";
import type { SshEndpoint } from "./machine.ts";
import { connect } from "./ssh/connect.ts";
import type { Connection } from "./ssh/connection.ts";
import { sh } from "./ssh/sh.ts";
import { ask } from "./ssh/succeed.ts";

/** What shows the id of a machine's present boot; nspawn has its own in the place of the kernel's. */
export const bootIdCommand = sh`cat /proc/sys/kernel/random/boot_id`;

/** Id of a machine's present boot. InfrastructureError if the machine does not let us in, or does not say it. */
export async function bootIdOf(endpoint: SshEndpoint, context: Context): Promise<string> {
  await using connection = await connect(endpoint, context);
  return await askBootId(connection);
}

/** The same, over a connection. One that goes down may end the question: to say nothing is not to have another id. */
export async function askBootId(connection: Connection): Promise<string> {
  const id = (await ask(connection, bootIdCommand)).trim();
  if (id !== "") return id;
  const { machine } = connection;
  throw new InfrastructureError(`${machine} does not say the id of its boot`, {
    machine,
    command: bootIdCommand,
    hint: "See whether it is going down, and whether root may still log in.",
  });
}

/** InfrastructureError if a machine that was to reboot has the boot id of before. */
export function assertRebooted(machine: string, before: string, now: string): void {
  if (now !== before) return;
  throw new InfrastructureError(`${machine} was to reboot, but its boot id is still ${before}`, { machine });
}

/**
 * Waits until a machine that was told to reboot, and starts again by itself, has another boot id than before; gives how it
 * is reached then. InfrastructureError at the deadline.
 */
export async function untilRebooted(
  { machine, before, limit }: { readonly machine: string; readonly before: string; readonly limit: Limit },
  reach: () => Promise<SshEndpoint>,
  context: Context,
): Promise<SshEndpoint> {
  return waitFor(
    async () => {
      const endpoint = await reach();
      if ((await bootIdOf(endpoint, context)) === before) throw new NotYet("it has not gone down yet");
      return endpoint;
    },
    {
      deadline: context.deadlines.for(limit),
      signal: context.signal,
      // A host on its way down or up refuses connections, or ends them.
      observation: (thrown) =>
        thrown instanceof NotYet || thrown instanceof InfrastructureError ? thrown.message : undefined,
      late: (waited) =>
        new InfrastructureError(`${machine} did not come back: ${waited.last} (${describeWait(waited)})`, {
          machine,
          hint: "Look at its console; once it is up, go on, or remove the machines with `pnpm down`.",
        }),
    },
  );
}
