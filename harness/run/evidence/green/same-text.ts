import { UsageError } from "../../../errors.ts";
import type { Plan } from "../../../guide/types.ts";
import type { RunRecord } from "../../../record/record.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { planOf } from "../../../settings/settings.ts";
import { type SettingName, settingsSchema } from "../../../settings/schema.ts";
import { plannedSteps } from "../planned.ts";
import { readRecord, runsIn } from "../runs.ts";

/** A green run of a guide as it is now, its output blocks aside: its record, and the plan that it would have today. */
export type SameText = { readonly record: RunRecord; readonly plan: Plan };

/** The guide's file, and the folder of all runs. */
export type Sought = { readonly guide: string; readonly reports: string };

/**
 * The newest green runs of a guide as it is now, up to so many, the newest first; `run` and older ones if it is named.
 * UsageError if that is red or of another text, or if there is none.
 */
export async function greenRunsOf(sought: Sought, most: number, run?: string): Promise<SameText[]> {
  const found: SameText[] = [];
  const plans = new Map<string, Promise<Plan>>();
  for (const id of (await runsIn(sought.reports)).toReversed()) {
    if (found.length === most) break;
    if (run !== undefined && found.length === 0 && id !== run) continue;
    const record = await readRecord(sought.reports, id);
    const why = record ? whyNotGreen(record, sought.guide) : "it has no record";
    const plan = record && why === undefined ? await planLike(record, plans) : undefined;
    const differs = record && plan && firstDifference(record, plan);
    if (record && plan && differs === undefined) found.push({ record, plan });
    else if (id === run) throw refused(id, why ?? `it is of another text: ${differs} is not as it was then`);
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

/** Why a run says nothing of what the guide's commands print; undefined if it does. */
function whyNotGreen(
  { verdict, reproduction, walked = [], settings = {} }: RunRecord,
  guide: string,
): string | undefined {
  const has = (name: SettingName): boolean => [settings[name] ?? []].flat().length > 0;
  if (verdict !== "passed") return `its verdict is ${verdict}`;
  if (reproduction) return `it reproduced ${reproduction.id}`;
  if (walked.length > 0) return "it is a walk that left the guide";
  if (settings["guide"] !== guide) return `it is of another guide: ${String(settings["guide"])}`;
  if (has("errata") || has("edits")) return "errata or edits were in its text";
  return undefined;
}

/** The plan of the guide as it is now, with a run's machines and binaries; undefined if there is none. */
async function planLike(
  { settings }: RunRecord,
  plans: Map<string, Promise<Plan>>,
): Promise<Plan | undefined> {
  const { data } = settingsSchema.safeParse(settings);
  if (!data) return undefined;
  const { provider, artifacts, nodes, inventory, guide } = data;
  const key = JSON.stringify([provider, artifacts, nodes, inventory, guide]);
  const plan = plans.get(key) ?? planOf(data);
  plans.set(key, plan);
  return plan;
}

/** The first step that is not typed as it was in a run; undefined if all are. */
function firstDifference({ plan = [] }: RunRecord, now: Plan): string | undefined {
  const steps = plannedSteps(now, processRedactor);
  const differs = (index: number): boolean =>
    plan[index]?.key !== steps[index]?.key || plan[index]?.command !== steps[index]?.command;
  const index = Array.from({ length: Math.max(plan.length, steps.length) }, (_, at) => at).find(differs);
  return index === undefined ? undefined : (steps[index] ?? plan[index])?.key;
}
