import { basename, dirname } from "node:path";
import { differenceOf } from "../../blame/difference.ts";
import type { Difference } from "../../record/blame.ts";
import type { RunRecord } from "../../record/record.ts";
import { isGreen } from "./green.ts";
import { readRecord, runsIn } from "./runs.ts";

/**
 * The newest other run beside a finished one's folder that was green, tested the milestones that this one tested, and is like it;
 * with how this one differs from it. Undefined if there is none.
 */
export async function greenLike(
  record: RunRecord,
  folder: string,
): Promise<{ readonly record: RunRecord; readonly difference: Difference } | undefined> {
  const reports = dirname(folder);
  const { provider, artifactSet, ports, inputs, tests } = record;
  const like = { provider, artifactSet, ports, machines: inputs?.machines };
  const milestones = new Set(tests.flatMap((test) => (test.outcome === "skipped" ? [] : [test.milestone])));
  for (const run of (await runsIn(reports)).toReversed()) {
    const green = run === basename(folder) ? undefined : await readRecord(reports, run);
    if (green && isGreen(green, like, [...milestones]))
      return { record: green, difference: differenceOf(green, record) };
  }
  return undefined;
}
