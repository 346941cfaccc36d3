import { GuideFailure, HarnessDefect } from "../../errors.ts";
import { signature } from "../../guide/edit/compare/compare.ts";
import type { Action } from "../../guide/edit/symptom.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import { sh } from "../../machines/ssh/sh.ts";
import type { FailureRecord, StepRecord } from "../../record/record.ts";
import { savePoints } from "../../run/checkpoints/chain.ts";
import type { Run } from "../../run/run.ts";
import { failureRecord } from "../../run/verdict.ts";
import type { Entry } from "./catalogue/catalogue.ts";

/** The guide's failure, and those of the same step on other machines. */
export type Failed = { readonly failure: FailureRecord; readonly others: readonly FailureRecord[] };

/** Applies the blocks of a part of a plan, up to the one before which `turn` ends it, and notes those that are done. Resolves with the guide's failure, if there is one. */
export async function applyPart(
  run: Run,
  part: Plan,
  progress: DoneBlocks,
  {
    save = false,
    turn,
  }: { readonly save?: boolean; readonly turn?: (group: StepGroup) => Promise<"run" | "end"> } = {},
): Promise<Failed | undefined> {
  const { groups } = part;
  if (groups.length === 0) return undefined;
  const { recorder } = run;
  const known = recorder.steps.length;
  let to = groups.length;
  const asked = async (group: StepGroup): Promise<"run" | "end"> => {
    const answer = (await turn?.(group)) ?? "run";
    if (answer === "end") to = groups.findIndex(({ id }) => id === group.id);
    return answer;
  };
  try {
    await run.apply(part, {
      ...(save && { save: savePoints(part, run.settings, { keep: false }) }),
      ...(turn && { turn: asked }),
    });
    progress.done(groups.slice(0, to));
    return undefined;
  } catch (error) {
    if (!(error instanceof GuideFailure)) throw error;
    const steps = recorder.steps.slice(known);
    progress.failed(groups.slice(0, to), steps);
    const failure = failureRecord(error);
    return { failure, others: failuresBeside(failure, steps) };
  }
}

const failuresBeside = ({ step = "" }: FailureRecord, steps: readonly StepRecord[]): FailureRecord[] =>
  steps.flatMap(({ id, key, machine, outcome, failure }) =>
    failure && outcome === "failed" && key !== step && step.startsWith(`${id}@`)
      ? [{ ...failure, step: key, machine }]
      : [],
  );

/** Runs a script of an entry, a fault or a remedy. HarnessDefect if it fails: nothing can be said of the entry then. */
export async function act(run: Run, entry: Entry, { on, run: script }: Action): Promise<void> {
  const { exitCode, output } = await run.exec(
    on,
    sh`set -e
${script}`,
  );
  if (exitCode === 0) return;
  throw new HarnessDefect(`A script of ${entry.id} failed on ${on}`, {
    machine: on,
    command: script,
    exitCode,
    outputTail: output.slice(-2000),
    location: { file: entry.file, line: 1 },
  });
}

export class DoneBlocks {
  readonly #done = new Set<string>();

  done(groups: readonly StepGroup[]): void {
    for (const group of groups) this.#done.add(signature(group));
  }

  /**
   * Notes those that were done of blocks one of which failed, by what came of each step: all before it, and later ones that passed
   * before the failure was known, such as that of a unit that died late. What those show is not seen a second time.
   */
  failed(groups: readonly StepGroup[], steps: readonly Pick<StepRecord, "id" | "outcome">[]): void {
    const failing = steps.find(({ outcome }) => outcome === "failed")?.id;
    const index = groups.findIndex(({ id }) => id === failing);
    const passed = ({ id }: StepGroup): boolean => {
      const own = steps.filter((step) => step.id === id);
      return own.length > 0 && own.every(({ outcome }) => outcome === "passed");
    };
    this.done(groups.filter((group, at) => at < index || passed(group)));
  }

  /** The last of some blocks that was done. */
  lastOf(groups: readonly StepGroup[]): string | undefined {
    return groups.findLast((group) => this.#done.has(signature(group)))?.id;
  }

  /** The blocks that were not done as they stand, in order, each once. */
  pending(groups: readonly StepGroup[]): StepGroup[] {
    return groups.filter((group) => !this.#done.has(signature(group)));
  }
}

/** The blocks up to a step, or up to the last one of a section and its subsections; all if neither is there. */
export function upTo({ groups }: Plan, end: string | undefined): readonly StepGroup[] {
  if (end === undefined) return groups;
  const step = groups.findIndex(({ id }) => id === end);
  if (step >= 0) return groups.slice(0, step + 1);
  const last = groups.findLastIndex(({ steps }) =>
    steps.some(({ section }) => section === end || section.startsWith(`${end}.`)),
  );
  return last < 0 ? groups : groups.slice(0, last + 1);
}

/** How many steps a run comes to that goes on to the end of some blocks: those that it did, and those after a checkpoint. */
export function stepsAsked(
  groups: readonly StepGroup[],
  did: readonly Pick<StepRecord, "outcome">[],
  after?: string,
): number {
  const left = groups.slice(groups.findLastIndex(({ id }) => id === after) + 1);
  const done = did.filter(({ outcome }) => outcome !== "skipped").length;
  return done + left.reduce((sum, { steps }) => sum + steps.length, 0);
}
