import type { Context } from "../../context.ts";
import type { Plan } from "../../guide/types.ts";
import { apply, type ApplyOptions } from "./apply.ts";
import { loadClusterState, saveClusterState } from "../cluster/state.ts";
import { ImageLoading } from "./images.ts";
import { guideText } from "../request/inputs.ts";
import { lacksOf } from "../request/limits.ts";
import type { Recorder } from "../recorder.ts";
import type { Redactor } from "../../secrets/redact.ts";
import type { RunCluster } from "../cluster/run-cluster.ts";
import type { Settings } from "../../settings/settings.ts";
import { Terminals } from "./terminals.ts";

/** From a step to a section; the blocks after which the machines are saved; who waits for the units that were started last. */
export type Part = Pick<ApplyOptions, "from" | "to" | "beside"> & { readonly save?: ReadonlySet<string> };

export type ApplyGuide = {
  readonly settings: Settings;
  readonly recorder: Recorder;
  readonly redactor: Redactor;
  readonly context: Context;
  readonly machines: RunCluster;
  /** What is applied, and the whole plan that it is a part of. */
  readonly plan: Plan;
  readonly whole: Plan;
  readonly part: Part;
};

/**
 * Applies a plan, or a part of it, on a run's machines: from where they stand, with images loaded beside it, and after
 * each block the cluster's state written down, and the machines saved where that is asked for.
 */
export async function applyGuide(options: ApplyGuide): Promise<void> {
  const { settings, recorder, redactor, context, machines, plan, whole, part } = options;
  const cluster = await machines.open();
  const { guide, errata, edits } = plan;
  const written = { guide: guide.file, errata, edits };
  const text = await guideText({ ...settings, ...written });
  const surroundings = await machines.around();
  const after = machines.resumed?.after;
  let state = (await loadClusterState(cluster.id)) ?? cluster.state;
  const images = new ImageLoading(
    cluster,
    recorder,
    whole.groups.slice(0, groupIndex(whole, state.applied) + 1),
  );
  const terminals = await Terminals.open(cluster, state.places);
  try {
    await recorder.span("apply", async () =>
      apply({
        plan,
        terminals: terminals.all,
        recorder,
        redactor,
        context,
        judged: (failure) => surroundings.judged(failure),
        returned: async (machine, before) => {
          await machines.returned(machine, before);
          return terminals.reopen(machine);
        },
        online: state.settings.online,
        lacks: await lacksOf(settings),
        ...part,
        ...(after !== undefined && { after }),
        beforeGroup: (group) => images.before(group),
        onGroupDone: async (group) => {
          const places = terminals.places();
          const applied = { ...state.settings, ...written };
          state = { ...state, settings: applied, text, applied: group.id, places };
          await saveClusterState(state);
          images.after(group);
          if (!part.save?.has(group.id)) return;
          await images.ended();
          await machines.store?.save(group, cluster, places);
        },
      }),
    );
    await images.ended();
  } finally {
    await images.settled();
    await terminals.close();
  }
}

const groupIndex = ({ groups }: Plan, id: string | undefined): number =>
  groups.findIndex((group) => group.id === id);
