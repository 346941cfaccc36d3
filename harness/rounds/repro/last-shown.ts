import { dirname } from "node:path";
import { differenceOf } from "../../blame/difference.ts";
import type { FindGreen } from "../../report/html/context.ts";
import { readRecord, runsIn } from "../../run/evidence/runs.ts";

/** For the page of a run of an install bug: finds the newest other run that showed it, on such machines with such binaries. */
export const lastShown =
  (id: string): FindGreen =>
  async (record, folder) => {
    const reports = dirname(folder);
    const others = (await runsIn(reports)).filter((run) => run !== record.id && run.includes("-repro-"));
    for (const run of others.toReversed()) {
      const before = await readRecord(reports, run);
      if (before?.reproduction?.id !== id) continue;
      if (before.provider !== record.provider || before.artifactSet !== record.artifactSet) continue;
      const difference = differenceOf(before, record);
      return difference && { record: before, difference };
    }
    return undefined;
  };
