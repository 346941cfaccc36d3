import { join } from "node:path";
import { projectRoot } from "../../../host/paths.ts";
import type { RunEvent } from "../../../record/events.ts";
import type { RunRecord } from "../../../record/record.ts";
import type { Settings } from "../../../settings/settings.ts";
import { newestRecords } from "../runs.ts";

type Asked = Extract<RunEvent, { type: "asked" }>;

/** How many runs are looked at: a record has megabytes. */
const most = 12;

/** Finds the newest run like one that begins, for what it will take; one that tries a change goes like a whole one. */
export const earlierRun =
  (
    { provider, artifacts }: Pick<Settings, "provider" | "artifacts">,
    reports = join(projectRoot, "reports"),
  ) =>
  async (command: string, asked: Asked): Promise<RunRecord | undefined> => {
    // A part, a soak that lasts as long as somebody says, and an install bug go like no other run.
    if (asked.tests !== undefined || asked.minutes !== undefined || command === "repro") return undefined;
    const commands = command === "try" ? [command, "e2e"] : [command];
    const wanted = [...new Set(asked.milestones)].toSorted().join();
    const isAlike = ({ verdict, provider: made, artifactSet, steps, tests, selection }: RunRecord): boolean =>
      verdict === "passed" &&
      made === provider &&
      artifactSet === artifacts &&
      selection === undefined &&
      steps.length >= asked.steps &&
      [...new Set(tests.map(({ milestone }) => milestone))].toSorted().join() === wanted;
    const isOfThem = (name: string): boolean => commands.includes(name.split("-").slice(1, -1).join("-"));
    for await (const record of newestRecords(reports, most, isOfThem)) if (isAlike(record)) return record;
    return undefined;
  };
