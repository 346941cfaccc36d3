import type { Selection } from "./record.ts";

const leftOut = "left out by ";

/** Why a test did not run that nobody wanted to run. */
export const leftOutBy = (by: string): string => leftOut + by;

/** Whether a test was left out on purpose. */
export const isLeftOut = ({ skipped = "" }: { readonly skipped?: string }): boolean =>
  skipped.startsWith(leftOut);

/** The name of what stands for all tests of a milestone where nobody knows them, nor how many they are. */
export const allTests = "(all tests of the milestone)";

/** Why a test did not run of which a step of the guide is not applied to the cluster yet. */
export const notAppliedYet = (step: string): string => `not reached: ${step} is not applied yet`;

/** Whether a test did not run for that reason. */
export const isNotApplied = ({ skipped = "" }: { readonly skipped?: string }): boolean =>
  /^not reached: .* is not applied yet$/.test(skipped);

/** Which tests a run was to run, in a sentence without its point. */
export function selectionText({ by, run, chosen, leftOut: others }: Selection): string {
  const which = `${chosen} of ${chosen + others} tests by ${by}${run === undefined ? "" : `: those that were red in ${run}`}`;
  return others === 0 ? which : `${which}; the other ${others === 1 ? "one is" : `${others} are`} left out`;
}
