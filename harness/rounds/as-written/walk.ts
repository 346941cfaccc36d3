import { dirname, join } from "node:path";
import { GuideFailure } from "../../errors.ts";
import { type Erratum, loadErrata } from "../../guide/edit/errata.ts";
import { isRed } from "../../record/outcome.ts";
import type { Run } from "../../run/run.ts";
import { planOf } from "../../settings/settings.ts";
import { act, applyPart, DoneBlocks } from "../repro/apply.ts";
import {
  type ErratumMatch,
  blameStep,
  blameTests,
  type LocatedErratum,
  reportOf,
  sentence,
} from "./blame.ts";

/**
 * Applies the guide with all errata of the run's settings in it, as a reader meets them. At the first that is triggered:
 * GuideFailure that names it. With `correct`, that one alone is corrected, what it spoiled is done again, and so on to the
 * end; then GuideFailure with the list, if any was triggered.
 */
export async function asWritten(
  run: Run,
  { suites, correct }: { readonly suites: readonly string[]; readonly correct: boolean },
): Promise<void> {
  const { settings } = run;
  const plan = await run.plan();
  await run.request({ plan, suites });
  const corrected = await planOf({ ...settings, errata: [] });
  await run.up(await run.prepare(), { later: [corrected] });
  const folder = join(dirname(settings.guide), "errata");
  let left: readonly Erratum[] = await loadErrata(folder, settings.errata);
  let rest = plan;
  const met: LocatedErratum[] = [];
  const progress = new DoneBlocks();

  /** Takes one erratum out, does again what it spoiled as far as the failure, and helps where that is not enough. */
  const putRight = async ({ erratum, asCatalogued }: ErratumMatch, where: string): Promise<void> => {
    run.corrected();
    met.push({ erratum, asCatalogued, where });
    left = left.filter((other) => other !== erratum);
    rest = await planOf({ ...settings, errata: left.map(({ id }) => id) });
    if (erratum.remedy.length === 0) return;
    const pending = progress.pending(rest.groups);
    const failed = pending.findIndex(({ steps }) => steps.some(({ key }) => key === where));
    const before = failed < 0 ? pending : pending.slice(0, failed);
    if (await applyPart(run, { ...rest, groups: before }, progress)) return;
    for (const action of erratum.remedy) await act(run, erratum, action);
    // With a proof of its own the remedy did what of the failed step was left.
    if (erratum.proof && failed >= 0) progress.done(pending.slice(failed, failed + 1));
  };

  /** Goes on until something fails, and corrects that; resolves with true at the end of it all. */
  const goOn = async (): Promise<boolean> => {
    const groups = progress.pending(rest.groups);
    const failed = await applyPart(run, { ...rest, groups }, progress);
    const failure = failed?.failure;
    const known = run.recorder.tests.length;
    if (!failure) await run.suites(suites);
    const red = run.recorder.tests.slice(known).filter(isRed);
    if (!failure && red.length === 0) return true;
    const blamed = failure ? blameStep(failure, left, rest, failed?.others) : blameTests(red, left);
    run.recorder.note(blamed ? sentence(blamed) : "No erratum of the catalogue accounts for this.");
    if (blamed && correct) {
      await putRight(blamed, failure ? (failure.step ?? "") : `milestone ${red[0]?.milestone ?? ""}`);
      return false;
    }
    // Without a culprit the red tests are the run's verdict.
    if (!failure) return true;
    const { verdict: _, message, ...details } = failure;
    throw new GuideFailure(message, blamed ? { ...details, hint: sentence(blamed) } : details);
  };

  while (!(await goOn()));
  if (met.length > 0) {
    throw new GuideFailure(reportOf(met, left), {
      hint: "`pnpm repro ID` shows one of them alone; docs/errata.md has them all.",
    });
  }
}
