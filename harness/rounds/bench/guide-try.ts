import { loadProfile, ownGuide } from "../../profile/profile.ts";
import type { RunRecord } from "../../record/record.ts";
import { milestonesOf } from "../../run/suites/groups.ts";
import type { Settings } from "../../settings/settings.ts";
import { withEdit } from "../edit.ts";
import { timed } from "./runs.ts";

type Change = { readonly step: string; readonly find: string; readonly replace: string };

/** Changes of one line that leave the guide good, by the figure they are measured for. */
const allChanges: Readonly<Record<string, Change>> = {
  section4: { step: "4.1/register-network", find: '{ "Network"', replace: '{"Network"' },
  section4Start: {
    step: "4.2.5/start-network",
    find: "systemctl daemon-reload",
    replace: "systemctl --no-pager daemon-reload",
  },
  section3: { step: "3.2.6/kubelet-settings", find: "--v=4", replace: "--v=3" },
  section2: { step: "2.4.3/etcd-unit", find: "Description=", replace: "Description=The " },
  firstStep: {
    step: "2.1/fetch-archives",
    find: "wget https://github.com/etcd-io",
    replace: "wget  https://github.com/etcd-io",
  },
};

/**
 * Tries each change of the settings' guide, or those `names`, with `tryIt`, which is given the settings with the change. Seconds, from the command's start to the
 * last word of the network suites for a change in section 4, and to the end of it all for every change.
 */
export async function tryFigures(
  settings: Settings,
  names: readonly string[] | undefined,
  tryIt: (changed: Settings) => Promise<RunRecord>,
): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const [name, change] of Object.entries(allChanges)) {
    if (names && !names.includes(name)) continue;
    const reason = "Measures how long a change is tried.";
    await withEdit(settings, name, { reason, ...change }, async (changed) => {
      const { seconds, value: record } = await timed(() => tryIt(changed));
      figures[`${name}Seconds`] = seconds;
      if (name.startsWith("section4")) figures[`${name}NetworkSeconds`] = seconds - afterNetwork(record);
    });
  }
  return figures;
}

/** Seconds from the end of the last test of the group `network` to the run's. */
function afterNetwork({ durationMs: whole, tests }: RunRecord): number {
  const network = milestonesOf(["network"], loadProfile(ownGuide));
  const own = tests.filter(({ milestone }) => network.includes(milestone));
  return (whole - Math.max(...own.map(({ startMs, durationMs }) => startMs + durationMs))) / 1000;
}
