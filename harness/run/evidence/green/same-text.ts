import { artifactSet } from "../../../artifacts/index.ts";
import { UsageError } from "../../../errors.ts";
import { InvalidGuideError } from "../../../guide/invalid-guide.ts";
import type { Printed } from "../../../guide/output/update.ts";
import type { OutputBlock, Plan } from "../../../guide/types.ts";
import type { RunRecord } from "../../../record/record.ts";
import { machinesWith } from "../../../profile/machines.ts";
import { loadProfile } from "../../../profile/profile.ts";
import type { MachineSpec } from "../../../profile/schema.ts";
import { machinesOf, planOf, type Settings } from "../../../settings/settings.ts";
import { settingsSchema } from "../../../settings/schema.ts";
import { guideText } from "../../request/inputs.ts";
import { plannedSteps } from "../planned.ts";
import { readRecord, runsIn } from "../runs.ts";

/** A green run of a guide as it is now, its output blocks aside: its record, and the plan that it would have today. */
export type SameText = { readonly record: RunRecord; readonly plan: Plan };

export type GreenRunQuery = { readonly guide: string; readonly reports: string };

/**
 * The newest green runs of a guide as it is now, up to so many, the newest first; `run` and older ones if it is named.
 * UsageError if that is red or of another text, or if there is none.
 */
export async function greenRunsOf(sought: GreenRunQuery, most: number, run?: string): Promise<SameText[]> {
  const found: SameText[] = [];
  const plans = new Map<string, Promise<Plan>>();
  for (const id of (await runsIn(sought.reports)).toReversed()) {
    if (found.length === most) break;
    if (run !== undefined && found.length === 0 && id !== run) continue;
    const record = await readRecord(sought.reports, id);
    const one = record ? await sameText(record, sought.guide, plans) : "it has no record";
    if (typeof one !== "string") found.push(one);
    else if (id === run) throw refused(id, one);
  }
  if (found.length > 0) return found;
  throw new UsageError("There is no green run of the guide as it is now", {
    hint: "`pnpm e2e --fresh` makes one. What its blocks print may have changed since; what they do may not.",
  });
}

const refused = (run: string, why: string): UsageError =>
  new UsageError(`Nothing can be taken from ${run}: ${why}`, {
    hint: "Name a green run of the guide as it is now; without a name the newest is taken.",
  });

const named = (machines: readonly MachineSpec[]): string =>
  machines
    .map(({ name, address }) => `${name} ${address}`)
    .toSorted()
    .join(", ");

/** The plan on the guide's own machines: what others print shows their names and addresses. UsageError for those. */
async function planOnOwn(settings: Settings): Promise<Plan> {
  const machines = named(await machinesOf(settings));
  if (machines === named(machinesWith(loadProfile(settings.guide)))) return planOf(settings);
  throw new UsageError(`it is of other machines than the guide's: ${machines}`);
}

/** A run with the plan of the guide as it is now, with the run's machines and binaries; or why it says nothing of what its commands print. */
async function sameText(
  record: RunRecord,
  guide: string,
  plans: Map<string, Promise<Plan>>,
): Promise<SameText | string> {
  const { verdict, reproduction, walked = [], detours = [] } = record;
  if (verdict !== "passed") return `its verdict is ${verdict}`;
  if (reproduction) return `it reproduced ${reproduction.id}`;
  if (walked.length > 0) return "it is a walk that left the guide";
  if (detours.length > 0) return `not all of it is the guide's: ${detours.join("; ")}`;
  if (!record.steps.some(({ outcome }) => outcome === "passed")) return "it ran no step of the guide";
  const { data: known } = settingsSchema.safeParse(record.settings);
  if (!known) return "an older version made it";
  const settings = { ...known, guide };
  // Its text is compared step by step, wherever it lies; what is beside it decides the rest.
  const profile = record.inputs?.profile ?? "none";
  if (known.guide !== guide && profile !== (await guideText(settings)).profile)
    return `it is of another guide: ${known.guide}`;
  if (settings.errata.length + settings.edits.length > 0) return "errata or edits were in its text";
  const { provider, artifacts, nodes, inventory } = settings;
  if (artifactSet(artifacts).ports.length > 0) {
    return `the artifact set ${artifacts} has other versions than the guide`;
  }
  const key = JSON.stringify([provider, artifacts, nodes, inventory]);
  const planned = plans.get(key) ?? planOnOwn(settings);
  plans.set(key, planned);
  const plan = await planned.catch((error: unknown) => {
    // Machines that there are no more are that run's matter, a guide that cannot be read is not.
    if (!(error instanceof UsageError) || error instanceof InvalidGuideError) throw error;
    return error.message;
  });
  if (typeof plan === "string") return plan;
  const differs = firstDifference(record, plan);
  return differs === undefined ? { record, plan } : `it is of another text: ${differs} is not as it was then`;
}

/** The first step that is not typed as it was in a run; undefined if all are. */
function firstDifference({ plan = [] }: RunRecord, now: Plan): string | undefined {
  const steps = plannedSteps(now);
  const differs = (index: number): boolean =>
    plan[index]?.key !== steps[index]?.key || plan[index]?.command !== steps[index]?.command;
  const index = Array.from({ length: Math.max(plan.length, steps.length) }, (_, at) => at).find(differs);
  return index === undefined ? undefined : (steps[index] ?? plan[index])?.key;
}

/** What the command of an output block printed in green runs, on each of its machines, the newest first; or why nobody knows. */
export function printedIn(runs: readonly SameText[], { of }: OutputBlock): Printed {
  const reasons: string[] = [];
  const printed: string[] = [];
  let columns = false;
  for (const { record, plan } of runs) {
    const step = plan.groups.find(({ id }) => id === of)?.steps[0];
    const changed = [...new Set(step?.changedBy.map(({ id }) => id))].join(", ");
    if (!step) reasons.push(`a port left it out of ${record.id}`);
    else if (changed) reasons.push(`${changed} changed it in ${record.id}`);
    else {
      const own = record.steps.filter(({ id, outcome }) => id === of && outcome === "passed");
      printed.push(...own.flatMap((each) => each.printed ?? []));
      columns = step.expect?.columns === true;
    }
  }
  if (printed.length > 0) return { printed, columns };
  return { left: reasons[0] ?? "no run that did it itself, not an earlier one, wrote down what it printed" };
}
