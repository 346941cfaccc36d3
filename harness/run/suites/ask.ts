import type { Recorder } from "../recorder.ts";
import { machinesOf, type Settings } from "../settings.ts";
import { provableOn } from "./groups.ts";

/** The milestones of some suites that a run's machines can show; the others are told as not provable here. */
export async function askFor(
  suites: readonly string[],
  settings: Settings,
  recorder: Recorder,
): Promise<readonly string[]> {
  const { milestones, unprovable } = await provableOn(await machinesOf(settings), suites);
  const { facts } = recorder;
  const known = new Set(facts.cannotProve.map(({ claim }) => claim));
  const cannotProve = [...facts.cannotProve, ...unprovable.filter(({ claim }) => !known.has(claim))];
  recorder.facts = { ...facts, cannotProve };
  return milestones;
}
