import type { Recorder } from "../recorder.ts";
import { machinesOf, type Settings } from "../../settings/settings.ts";
import { loadProfile } from "../../profile/profile.ts";
import { provableOn } from "./groups.ts";

/** The milestones of some suites that a run's machines can show; the others are told as not provable here. */
export async function askFor(
  suites: readonly string[],
  settings: Settings,
  recorder: Recorder,
): Promise<readonly string[]> {
  const { milestones, unprovable } = provableOn(
    await machinesOf(settings),
    suites,
    loadProfile(settings.guide),
  );
  recorder.cannotProve(unprovable);
  return milestones;
}
