import { dirname, join } from "node:path";
import type { HarnessError } from "../../errors.ts";
import { type Erratum, loadErrata } from "../../guide/edit/errata.ts";
import { findInStep } from "../../guide/edit/symptom.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import { apply, type ApplyOptions, type Turn } from "./apply.ts";
import { blocksOn, withBegun, withDone } from "./applied-guide.ts";
import { type ClusterState, loadClusterState, saveClusterState } from "../cluster/state.ts";
import { ImageLoading } from "./images.ts";
import { guideText } from "../request/inputs.ts";
import { limitationsFor, limitationsOf } from "../request/limits.ts";
import type { Run } from "../run.ts";
import { judgedAfter } from "../walk/failures.ts";
import { openTerminals } from "./terminals.ts";

/** How the machines stand between two blocks: where their shells are, once all help that went on beside is over. */
export type ReadShellPlaces = () => Promise<ClusterState["places"]>;

/** From a step to a section; the blocks after which the machines are saved; who waits for the units that were started last. */
export type Part = Pick<ApplyOptions, "from" | "to" | "beside"> & {
  readonly save?: ReadonlySet<string>;
  /** As of `apply`, with how the machines stand. */
  readonly turn?: (group: StepGroup, standing: ReadShellPlaces) => Promise<Turn>;
  /** A failure for which nothing around the guide is to blame, as what it is. */
  readonly judged?: (failure: HarnessError) => HarnessError;
  readonly done?: (group: StepGroup) => void;
};

type Target = Pick<Run, "settings" | "recorder" | "context" | "machines">;

/** Applies a plan, which is a part of the `whole` one, or a part of it, from where the machines of a run stand. */
export async function applyGuide(run: Target, plan: Plan, whole: Plan, part: Part): Promise<void> {
  const { settings, recorder, context, machines } = run;
  const cluster = await machines.open();
  const { guide, errata, edits } = plan;
  const written = { guide: guide.file, errata, edits };
  const text = await guideText({ ...settings, ...written });
  // What a known defect shows is its doing, however busy the host.
  const defects = await defectsIn(plan, settings.guide);
  const isKnown = ({ message, details }: HarnessError): boolean =>
    defects.some(({ symptom }) => "step" in symptom && findInStep(symptom, { ...details, message }));
  const surroundings = await machines.around();
  const after = machines.resumed?.after;
  let state = (await loadClusterState(cluster.id)) ?? cluster.state;
  const last = whole.groups.findIndex(({ id }) => id === state.applied);
  const images = new ImageLoading(cluster, recorder, whole.groups.slice(0, last + 1));
  const terminals = await openTerminals(cluster, state.places);
  const change = async (changed: (now: ClusterState) => Partial<ClusterState>): Promise<void> => {
    const now = (await loadClusterState(cluster.id)) ?? state;
    state = { ...now, ...changed(now) };
    await saveClusterState(state);
  };
  const { save, turn, judged = (failure) => failure, done, ...selected } = part;
  const standing = async (): Promise<ClusterState["places"]> => {
    await images.ended();
    return terminals.places();
  };
  try {
    await recorder.span("apply", async () =>
      apply({
        plan,
        terminals: terminals.all,
        recorder,
        context,
        judged: async (failure, refused) =>
          judgedAfter(
            await machines.detours(),
            judged(await surroundings.judged(failure, refused === true || isKnown(failure))),
          ),
        returned: async (machine, before) => {
          await machines.returned(machine, before);
          return terminals.reopen(machine);
        },
        hosts: cluster.machines.flatMap(({ name, address }) => [name, address]),
        online: state.settings.online,
        limitations: limitationsFor(whole, await limitationsOf(settings)),
        ...selected,
        ...(after !== undefined && { after }),
        ...(turn && { turn: (group) => turn(group, standing) }),
        beforeGroup: async (group) => {
          await images.before(group);
          await change((now) => ({ blocks: withBegun(blocksOn(now, whole), group) }));
        },
        onGroupDone: async (group) => {
          const places = terminals.places();
          const { assists } = recorder;
          await change((now) => ({
            settings: { ...now.settings, ...written },
            text,
            applied: group.id,
            blocks: withDone(blocksOn(now, whole), group),
            places,
            assists,
          }));
          done?.(group);
          images.after(group);
          if (!save?.has(group.id)) return;
          await images.ended();
          await machines.store?.save(group, cluster, places);
        },
      }),
    );
    await images.rest();
    await images.ended();
    await change(() => ({ assists: recorder.assists }));
  } finally {
    await images.settled();
    await terminals.close();
  }
}

/** The errata that are in a plan's text. */
export const defectsIn = ({ errata }: Pick<Plan, "errata">, guide: string): Promise<Erratum[]> =>
  loadErrata(join(dirname(guide), "errata"), errata);
