import { dirname } from "node:path";
import { differenceOf } from "../../../blame/difference.ts";
import type { Difference } from "../../../record/blame.ts";
import type { RunRecord } from "../../../record/record.ts";
import { isLeftOut } from "../../../record/selection.ts";
import { type Lineage, leadsTo } from "./lineage.ts";
import { newestRecords } from "../runs.ts";

/** A run, and what one that it is compared with must have in common with it. */
export type GreenRunCriteria = Pick<RunRecord, "id" | "provider" | "artifactSet" | "ports"> & Lineage;

/**
 * The newest other run in a folder of reports that was green: it applied the guide, its verdict is `passed`, all of `milestones`
 * are among its tests, it is like this one, and its guide led to this one's. Undefined if there is none. Runs that cannot be read are passed over.
 */
export async function lastGreen(
  reports: string,
  like: GreenRunCriteria,
  milestones: readonly string[],
): Promise<RunRecord | undefined> {
  for await (const record of newestRecords(reports, Infinity, (run) => run !== like.id)) {
    if (isGreen(record, like, milestones) && (await leadsTo(record, like))) return record;
  }
  return undefined;
}

/** The same for a finished run, by its folder and the milestones that it tested, and how that run differs from it. */
export async function greenLike(
  record: RunRecord,
  folder: string,
): Promise<{ readonly record: RunRecord; readonly difference: Difference } | undefined> {
  const tested = record.tests.flatMap(({ outcome, milestone }) => (outcome === "skipped" ? [] : [milestone]));
  const green = await lastGreen(dirname(folder), record, [...new Set(tested)]);
  const difference = green && differenceOf(green, record);
  return green && difference && { record: green, difference };
}

/** Whether a run may stand for the guide in order, for these milestones: none of their tests was left out. */
function isGreen(record: RunRecord, like: GreenRunCriteria, milestones: readonly string[]): boolean {
  const tested = new Set(record.tests.map(({ milestone }) => milestone));
  for (const { milestone } of record.tests.filter(isLeftOut)) tested.delete(milestone);
  return (
    record.verdict === "passed" &&
    record.reproduction === undefined &&
    (record.walked ?? []).length === 0 &&
    (record.detours ?? []).length === 0 &&
    (record.steps.length > 0 || record.resumed !== undefined) &&
    milestones.every((milestone) => tested.has(milestone)) &&
    record.provider === like.provider &&
    record.artifactSet === like.artifactSet &&
    record.ports.join() === like.ports.join() &&
    record.inputs?.machines === like.inputs?.machines
  );
}
