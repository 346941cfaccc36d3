import type { RunRecord } from "../../record/record.ts";
import { type Lineage, leadsTo } from "./lineage.ts";
import { readRecord, runsIn } from "./runs.ts";

/** What a run must have in common with one that it is compared with. */
export type Likeness = Pick<RunRecord, "provider" | "artifactSet" | "ports"> & Lineage;

/**
 * The newest run in a folder of reports that was green: it applied the guide, its verdict is `passed`, all of `milestones`
 * are among its tests, it is like this one, and its guide led to this one's. Undefined if there is none. Runs that cannot be read are passed over.
 */
export async function lastGreen(
  reports: string,
  like: Likeness,
  milestones: readonly string[],
): Promise<RunRecord | undefined> {
  for (const run of (await runsIn(reports)).toReversed()) {
    const record = await readRecord(reports, run);
    if (record && isGreen(record, like, milestones) && (await leadsTo(record, like))) return record;
  }
  return undefined;
}

/** Whether a run may stand for the guide in order, for these milestones. */
function isGreen(record: RunRecord, like: Likeness, milestones: readonly string[]): boolean {
  const tested = new Set(record.tests.map(({ milestone }) => milestone));
  return (
    record.verdict === "passed" &&
    record.reproduction === undefined &&
    (record.steps.length > 0 || record.resumed !== undefined) &&
    milestones.every((milestone) => tested.has(milestone)) &&
    record.provider === like.provider &&
    record.artifactSet === like.artifactSet &&
    record.ports.join() === like.ports.join() &&
    record.inputs?.machines === like.inputs?.machines
  );
}
