import type { Context } from "../context.ts";
import { InfrastructureError } from "../errors.ts";
import type { SshEndpoint } from "./machine.ts";
import { connect } from "./ssh/connect.ts";
import { sh } from "./ssh/sh.ts";

/** Id of a machine's present boot. InfrastructureError if the machine does not let us in. */
export async function bootIdOf(endpoint: SshEndpoint, context: Context): Promise<string> {
  await using connection = await connect(endpoint, context);
  const { stdout } = await connection.exec(sh`cat /proc/sys/kernel/random/boot_id`, { limit: "question" });
  return stdout.trim();
}

/** InfrastructureError if a machine that was to reboot has the boot id of before. */
export function assertRebooted(machine: string, before: string, now: string): void {
  if (now !== before) return;
  throw new InfrastructureError(`${machine} was to reboot, but its boot id is still ${before}`, { machine });
}
