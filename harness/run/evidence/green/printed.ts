import type { Printed } from "../../../guide/output/update.ts";
import type { OutputBlock } from "../../../guide/types.ts";
import type { SameText } from "./same-text.ts";

/** What the command of an output block printed in green runs, on each of its machines, the newest first; or why nobody knows. */
export function printedIn(runs: readonly SameText[], { of }: OutputBlock): Printed {
  const reasons: string[] = [];
  const printed: string[] = [];
  let columns = false;
  for (const { record, plan } of runs) {
    const step = plan.groups.find(({ id }) => id === of)?.steps[0];
    const changed = [...new Set(step?.changedBy.map(({ id }) => id))].join(", ");
    if (!step) reasons.push(`a port left it out of ${record.id}`);
    else if (changed) reasons.push(`${changed} changed it in ${record.id}`);
    else {
      const own = record.steps.filter(({ id, outcome }) => id === of && outcome === "passed");
      printed.push(...own.flatMap((each) => each.printed ?? []));
      columns = step.expect?.columns === true;
    }
  }
  if (printed.length > 0) return { printed, columns };
  return { left: reasons[0] ?? "no run that did it itself, not an earlier one, wrote down what it printed" };
}
