import { covers } from "../../blame/rank.ts";
import type { Context } from "../../context.ts";
import { gravest, type HarnessError, toHarnessError, UsageError } from "../../errors.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import { suggestFrom } from "../../input/suggest.ts";
import type { Limitation } from "../../machines/machine.ts";
import type { Connection, KeptShell } from "../../machines/ssh/connection.ts";
import type { Recorder } from "../recorder.ts";
import { runStep } from "./step.ts";
import { lookMeanwhile, watchUnitsDuring } from "./units/watch-during.ts";
import { UnitWatch } from "./units/unit-watch.ts";

/** A machine as the guide's reader has it: one connection, one shell that stays open. */
export type Terminal = { readonly connection: Connection; readonly shell: KeptShell };

/** What becomes of a block: it is run, passed over, the blocks end before it, or the machines are left as they are before it. */
export type Turn = "run" | "skip" | "end" | "leave";

export type ApplyOptions = {
  readonly plan: Plan;
  readonly terminals: ReadonlyMap<string, Terminal>;
  readonly recorder: Recorder;
  readonly context: Context;
  /** Whether downloads are real; otherwise the artifact set answers, which is an assist. */
  readonly online: boolean;
  readonly hosts?: readonly string[];
  readonly limitations: readonly Limitation[];
  /** A failure as what it is once all but the guide was looked at: the guide is blamed last. `refused` is as of `judge`. */
  readonly judged: (failure: HarnessError, refused?: boolean) => Promise<HarnessError>;
  /** First block: a step's id or key, or a section. */
  readonly from?: string;
  /** In its place: id of the last block that is done already. */
  readonly after?: string;
  /** Last section, such as `2.4`, its subsections included. */
  readonly to?: string;
  /** For a step that told its machine to reboot: resolves, with a new login shell, once it is back after the boot of that id. */
  readonly returned: (machine: string, before: string) => Promise<Terminal>;
  /** Called when a block is done on all its machines; background help starts and ends here. */
  readonly onGroupDone?: (group: StepGroup) => Promise<void>;
  /** Given what goes on after the last block, until the units that were started last are known to stay up; without it, it is waited for. */
  readonly beside?: (staying: Promise<void>) => void;
  /** Asked before each block, for as long as a person thinks; all are run without it. */
  readonly turn?: (group: StepGroup) => Promise<Turn>;
  /** Called before a block starts; waits for help that must be over by then. */
  readonly beforeGroup?: (group: StepGroup) => Promise<void>;
};

/** The error for a step that the plan does not have. */
export const noStep = (id: string, { groups }: Plan): UsageError => {
  const ids = groups.map((group) => group.id);
  const hint = suggestFrom(id, ids, "`pnpm plan` lists the steps.");
  return new UsageError(`There is no step ${id} in the plan`, { hint });
};

/** The error for a section in which the plan has no step. */
export const noSection = (section: string, { groups }: Plan): UsageError => {
  const sections = groups.flatMap(({ steps }) => steps.map((step) => step.section));
  const hint = suggestFrom(section, sections, "`pnpm plan` lists the steps, by section.");
  return new UsageError(`No steps in section ${section}`, { hint });
};

const isIn = (section: string, { steps }: StepGroup): boolean =>
  steps.some((step) => covers(section, step.section));

/** The part of the plan between a step, or the first of a section, and a section; UsageError if either is not in the plan. */
export function selectGroups(
  plan: Plan,
  { from, after, to }: Pick<ApplyOptions, "from" | "after" | "to"> = {},
): readonly StepGroup[] {
  const { groups } = plan;
  const named = groups.findIndex(({ id, steps }) => id === from || steps.some(({ key }) => key === from));
  const first =
    from === undefined
      ? groups.findIndex((group) => group.id === after) + 1
      : named < 0
        ? groups.findIndex((group) => isIn(from, group))
        : named;
  if (first < 0) throw noStep(from ?? "", plan);
  if (to === undefined) return groups.slice(first);
  const last = groups.findLastIndex((group) => isIn(to, group));
  if (last < 0) throw noSection(to, plan);
  return groups.slice(first, last + 1);
}

/**
 * Applies the plan in guide order. A block runs on all its machines at once; the next starts when all are done.
 * Every machine's failure is recorded with its step; of the first block that fails, the gravest is thrown. A unit that
 * does not stay up is the failure of the block that started it, and explains those of later ones.
 */
export async function apply(options: ApplyOptions): Promise<void> {
  const { plan, terminals, context } = options;
  const groups = selectGroups(plan, options);
  const first = plan.groups.findIndex(({ id }) => id === groups[0]?.id);
  const connections = [...terminals.values()].map(({ connection }) => connection);
  const units = new UnitWatch(plan.groups.slice(0, first), { ...options, connections });
  await units.begins();
  for (const group of groups) {
    context.signal.throwIfAborted();
    const turn = (await options.turn?.(group)) ?? "run";
    if (turn === "leave") return;
    // What was started until here has to stay up all the same.
    if (turn === "end") break;
    if (turn === "skip") continue;
    // Nobody asks a machine that goes down.
    const urgent = units.isUrgent(group) || group.steps.some(({ reboots }) => reboots);
    // Beside the block it takes no time.
    const looked = units.look(group);
    looked.catch(() => undefined);
    if (urgent) await looked;
    await options.beforeGroup?.(group);
    const failure = gravest(await onAllMachines(group, units, options));
    if (failure) throw await units.causeOf(failure, group);
    await looked;
    for (const { machine, reboots } of group.steps) if (reboots) units.rebooted(machine);
    await options.onGroupDone?.(group);
  }
  await units.survey();
  const staying = units.ends();
  if (!options.beside) return staying;
  staying.catch(() => undefined);
  options.beside(staying);
}

async function onAllMachines(
  group: StepGroup,
  units: UnitWatch,
  options: ApplyOptions,
): Promise<HarnessError[]> {
  const { terminals, recorder, context } = options;
  const whileWatched = watchUnitsDuring(units, group, context.signal);
  using meanwhile = lookMeanwhile(units, group);
  const failures = group.steps.map(async (step) => {
    const terminal = terminals.get(step.machine);
    if (!terminal) return [new UsageError(`${step.key}: the cluster has no machine ${step.machine}`)];
    try {
      await recorder.spanOn(step.machine, step.id, () =>
        runStep(step, terminal, { ...options, whileWatched }),
      );
      return [];
    } catch (error) {
      return [toHarnessError(error)];
    } finally {
      units.after(step);
      meanwhile.done(step);
    }
  });
  return (await Promise.all(failures)).flat();
}
