import type { RunRecord } from "../../record/record.ts";
import { tallyMilestones } from "../tally.ts";
import { count, duration } from "../text.ts";
import { milestoneTitle } from "../labels.ts";

const most = 4;

/** What a run tried, and what each of those who guard it says, with the time from the run's start to their last word. */
export function changeLines(record: RunRecord): string[] {
  const { change, tests } = record;
  if (!change) return [];
  const { base, blocks, guards, profile, artifacts } = change;
  const named = blocks.slice(0, most).map(({ id }) => id);
  const more = blocks.length > most ? ` and ${blocks.length - most} more` : "";
  const what = [
    ...(blocks.length > 0
      ? [`${count(blocks.length, "block")} not as in ${base}: ${named.join(", ")}${more}`]
      : []),
    ...(profile ? [`the profile is not as in ${base}`] : []),
    ...(artifacts ? [`artifacts.yaml is not as in ${base}`] : []),
  ].join("; ");
  if (guards.length === 0)
    return profile || artifacts ? [what] : [what, "no suite guards the changed sections"];
  const tallies = tallyMilestones(tests);
  const outcomeOf = (guard: string): string =>
    tallies.find(({ milestone }) => milestone === guard)?.outcome ?? "not run";
  const said = [...Map.groupBy(guards, outcomeOf)].map(([outcome, same]) => {
    const titles = same.map((guard) => milestoneTitle(record, guard)).join(", ");
    const own = tests.filter(({ milestone }) => same.includes(milestone));
    const end = Math.max(...own.map(({ startMs, durationMs }) => startMs + durationMs));
    const ran = outcome !== "not run" && outcome !== "skipped";
    return `${titles}: ${outcome}${ran ? ` after ${duration(end)}` : ""}`;
  });
  return [what, `guarded by ${said.join("; ")}`];
}
