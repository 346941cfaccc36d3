import type { Context } from "../../context.ts";
import { GuideFailure, InfrastructureError } from "../../errors.ts";
import type { TestRecord } from "../../record/record.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { sh } from "../../machines/ssh/sh.ts";
import { describeWait, NotYet, waitFor } from "../../waits/wait.ts";

/** What a console shows of a boot that ended short of where anybody can log in: systemd's targets for repair, sulogin, which they start, a kernel's end. */
const endedShort =
  /you are in (?:emergency|rescue) mode|reached target .*(?:emergency|rescue)|^cannot open access to console|^give root password for maintenance|kernel panic - not syncing/i;

/** What a boot comes to; errors as those of {@link bootFailure} where they are the guide's. */
export async function backFrom<T>(machine: string, boot: Promise<T>): Promise<T> {
  try {
    return await boot;
  } catch (thrown) {
    throw bootFailure(machine, thrown) ?? thrown;
  }
}

/** The machines that tests have not seen come back from a boot that the guide broke. */
export const awayIn = (tests: readonly TestRecord[]): string[] =>
  tests.flatMap(({ failure }) => (failure?.isAway && failure.machine !== undefined ? [failure.machine] : []));

/** GuideFailure for a machine whose console says that it booted short; undefined for whatever else keeps it away. */
export function bootFailure(machine: string, thrown: unknown): GuideFailure | undefined {
  if (!(thrown instanceof InfrastructureError)) return undefined;
  const { outputTail = "" } = thrown.details;
  const line = outputTail.split("\n").findLast((one) => endedShort.test(one));
  if (line === undefined) return undefined;
  const message = `${machine} does not come back from its reboot: its console says "${line.trim()}"`;
  return new GuideFailure(message, {
    machine,
    outputTail,
    isAway: true,
    hint: "A step before has changed what a boot needs, such as the default target, /etc/fstab, or a unit that others wait for.",
    cause: thrown,
  });
}

/** Waits until systemd says that the boot is over, whatever came of it (systemctl(1), `is-system-running`). */
export async function booted(connection: Connection, { signal, deadlines }: Context): Promise<void> {
  const { machine } = connection;
  await waitFor(
    async () => {
      const { stdout } = await connection.exec(sh`systemctl is-system-running`, { limit: "question" });
      if (!/^(running|degraded)$/.test(stdout.trim())) throw new NotYet(stdout.trim());
    },
    {
      deadline: deadlines.for("revival"),
      signal,
      late: (waited) => {
        const message = `${machine} does not end its boot: ${waited.last} (${describeWait(waited)})`;
        const hint = "`systemctl list-jobs` on it names what it waits for.";
        return new InfrastructureError(message, { machine, hint });
      },
    },
  );
}
