import { UsageError } from "../../errors.ts";
import type { FailureRecord } from "../../record/record.ts";
import type { Failed } from "./apply.ts";
import type { Entry } from "./catalogue/catalogue.ts";
import { appearanceOf, failuresOf } from "./judge.ts";

const keys =
  "`remedy`, which does by hand what the step would do, and `proof`, the step or the milestone that passes then; fixtures/guide/errata/etcd-certificates-not-copied.yaml has both";

/** Whether a step that was repeated failed with the symptom, on whichever machine, and at the command at which it failed before. */
export function isAsBefore({ symptom }: Entry, before: Failed | undefined, again: Failed): boolean {
  const anywhere = "step" in symptom ? { step: symptom.step, message: symptom.message } : symptom;
  const commands = (before ? failuresOf(before) : []).map(({ failedCommand }) => failedCommand);
  return failuresOf(again).some(
    (failure) =>
      appearanceOf({ symptom: anywhere }, { failure, tests: [] }).appeared &&
      (commands.length === 0 || commands.includes(failure.failedCommand)),
  );
}

/** A step that was repeated failed otherwise than with the symptom: that says nothing of the correction. */
export const unrepeatable = (
  { id, file }: Entry,
  { step = "", message, ...failure }: FailureRecord,
): UsageError =>
  new UsageError(`The correction of ${id} is not judged: the step does not pass a second time: ${message}`, {
    step,
    ...(failure.machine !== undefined && { machine: failure.machine }),
    ...(failure.failedCommand !== undefined && { failedCommand: failure.failedCommand }),
    ...(failure.outputTail !== undefined && { outputTail: failure.outputTail }),
    location: { file, line: 1 },
    hint: `A step that cannot be repeated as it is needs the keys ${keys}.`,
  });

/** UsageError if the step failed on a machine for which the remedy, which stands for the step, has no script. */
export function assertRemedied({ id, file, remedy }: Entry, broken: readonly string[]): void {
  const left = broken.filter((machine) => remedy.every(({ on }) => on !== machine));
  if (left.length === 0) return;
  throw new UsageError(
    `The correction of ${id} is not judged on ${left.join(", ")}, where the step failed, too: the remedy has no script for it`,
    {
      location: { file, line: 1 },
      hint: `Give the key \`remedy\` a script for each machine on which the step fails.`,
    },
  );
}
