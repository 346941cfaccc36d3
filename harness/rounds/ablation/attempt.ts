import { toHarnessError } from "../../errors.ts";
import type { StepGroup } from "../../guide/types.ts";
import type { RunRecord } from "../../record/record.ts";
import type { Settings } from "../../settings/settings.ts";
import { withEdit } from "../edit.ts";
import { optionsOf, recordOf } from "../pool/children.ts";
import { demandGreen } from "../pool/green.ts";
import type { Place, RoundCases } from "../kind.ts";
import { type Ablation, ablationOf } from "./ablation.ts";

/** How steps are left out: by a run each, once the whole guide is known to hold. `fresh` runs begin with new machines. */
export const leaveOut = (
  steps: readonly StepGroup[],
  settings: Settings,
  fresh: boolean,
): RoundCases<StepGroup, Ablation> => ({
  cases: steps,
  basis: () => fresh,
  place: ({ steps: [first] }) => first?.location,
  // Its states are saved, too, so that each run can start just before the step it leaves out.
  prepare: (signal, say) =>
    demandGreen({ what: "The whole guide", others: "its steps", options: optionsOf(settings) }, signal, say),
  async *attempt(batch, place) {
    for (const { id } of batch) {
      const first = await without(id, place, fresh);
      yield first.missed === "by nobody" && !fresh ? await without(id, place, true) : first;
    }
  },
  notJudged({ id }, thrown) {
    const { message, verdict } = toHarnessError(thrown);
    return { step: id, verdict, missed: "not judged", red: [], message, fresh, seconds: 0 };
  },
});

/** Runs the guide without a step. */
async function without(step: string, { settings, signal }: Place, fresh: boolean): Promise<Ablation> {
  const start = fresh ? ["--fresh"] : ["--resume", "--no-save"];
  const change = { reason: "The step is left out, to see what depends on it", step, drop: true };
  const run = (changed: Settings): Promise<RunRecord> =>
    recordOf("e2e", [...optionsOf(changed), ...start], { signal });
  return ablationOf(step, await withEdit(settings, "ablation", change, run), fresh);
}
