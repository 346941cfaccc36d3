import { UsageError } from "../../errors.ts";
import type { ClusterState } from "../cluster/state.ts";
import { textChanges } from "./guide-text.ts";
import { guideText } from "../request/inputs.ts";
import { missingFiles, type Settings } from "../../settings/settings.ts";

/**
 * What of the settings' guide is not as it was last applied to the cluster, each as a person says it. UsageError if a
 * file of it is gone.
 */
export async function notAsApplied(state: ClusterState, settings: Settings): Promise<readonly string[]> {
  const [gone] = await missingFiles(settings, ["guide", "edits"]);
  if (gone) {
    throw new UsageError(`Cluster ${state.id} was made from ${gone.file}, which is gone`, {
      hint: `Put it back, or name another with ${gone.option}: what fails is then blamed on that text.`,
    });
  }
  const { text } = state;
  if (!text) return ["which guide it was is not known: an older version brought it up"];
  return textChanges({ ...state.settings, text }, { ...settings, text: await guideText(settings) });
}
