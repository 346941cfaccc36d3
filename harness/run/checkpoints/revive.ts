import { saysWhy } from "../../blame/judge.ts";
import { fatalLine } from "../../blame/units/last-words.ts";
import { wordsOf } from "../../blame/units/units.ts";
import type { Context } from "../../context.ts";
import { NotYet, waitFor } from "../../waits/wait.ts";
import { loadProfile } from "../../profile/profile.ts";
import type { OpenCluster } from "../cluster/open.ts";
import { apiserverLacks } from "./control-plane.ts";
import { observe } from "./observe.ts";

/** By machine: what was up before it was saved, and is not after its boot. */
export type LostAfterBoot = Readonly<Record<string, string[]>>;

/** Milliseconds between two looks: each takes 30 ms of processor on each machine, which needs it for its boot. */
const interval = 250;

/** Waits until all that was `up` is up again on booted machines; gives what is not, at the deadline or once systemd gave it up. */
export async function lostAfterBoot(
  cluster: OpenCluster,
  up: LostAfterBoot,
  { signal, deadlines }: Context,
): Promise<LostAfterBoot> {
  const profile = loadProfile(cluster.state.settings.guide);
  const lost = await Promise.all(
    Object.entries(up).map(async ([machine, before]): Promise<[string, string[]]> => {
      const connection = cluster.connection(machine);
      let missing: string[] = [];
      const late = new NotYet();
      await waitFor(
        async () => {
          const now = await observe(connection);
          missing = before.filter((one) => !now.up.includes(one));
          if (missing.length === 0) missing = await apiserverLacks(connection, before, profile);
          // What has failed will not become active.
          const over = missing.length === 0 || missing.some((one) => now.failed.includes(one));
          if (!over) throw new NotYet(missing.join(", "));
        },
        { deadline: deadlines.for("revival"), interval, signal, late: () => late },
      ).catch((error: unknown) => {
        if (error !== late) throw error;
      });
      return [machine, missing];
    }),
  );
  return Object.fromEntries(lost.filter(([, missing]) => missing.length > 0));
}

/** Seconds that the words of a unit which does not come up go back: its boot and the wait for it. */
const lately = 180;

/** Whether one of the units that did not come up again ends each time, and says a reason of its own: no host is to be waited for then. */
export async function refusedIn(
  cluster: Pick<OpenCluster, "connection">,
  lost: LostAfterBoot,
): Promise<boolean> {
  const refused = await Promise.all(
    Object.entries(lost).map(async ([machine, what]) => {
      const connection = cluster.connection(machine);
      const { failing } = await observe(connection);
      const units = what.flatMap((one) =>
        failing.includes(one) ? (/^unit (.+)\.service$/.exec(one)?.[1] ?? []) : [],
      );
      const words = await Promise.all(units.map((unit) => wordsOf(connection, unit, lately)));
      return words.some((lines) => {
        const said = fatalLine(lines.join("\n"));
        return said !== undefined && saysWhy({ said });
      });
    }),
  );
  return refused.includes(true);
}
