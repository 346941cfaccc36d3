import { GuideFailure, HarnessDefect } from "../../errors.ts";
import type { Action } from "../../guide/edit/symptom.ts";
import type { Plan } from "../../guide/types.ts";
import { sh } from "../../machines/ssh/sh.ts";
import type { FailureRecord } from "../../record/record.ts";
import { savePoints } from "../../run/checkpoints/chain.ts";
import type { Run } from "../../run/run.ts";
import { failureRecord } from "../../run/verdict.ts";
import type { Entry } from "./catalogue/catalogue.ts";
import type { DoneBlocks } from "./pending.ts";

/** Applies the blocks of a part of a plan and notes those that are done. Resolves with the guide's failure, if there is one. */
export async function applyPart(
  run: Run,
  part: Plan,
  progress: DoneBlocks,
  save = false,
): Promise<FailureRecord | undefined> {
  const { groups } = part;
  if (groups.length === 0) return undefined;
  const { recorder } = run;
  const known = recorder.steps.length;
  try {
    await run.apply(part, save ? { save: savePoints(part, run.settings, { keep: false }) } : {});
    progress.done(groups);
    return undefined;
  } catch (error) {
    if (!(error instanceof GuideFailure)) throw error;
    progress.failed(groups, recorder.steps.slice(known));
    return failureRecord(error);
  }
}

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
