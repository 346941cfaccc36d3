import { dirname, join } from "node:path";
import { GuideFailure } from "../../errors.ts";
import { type Erratum, loadErrata } from "../../guide/edit/errata.ts";
import type { Plan } from "../../guide/types.ts";
import { isRed } from "../../record/outcome.ts";
import type { TestRecord } from "../../record/record.ts";
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
  const reader = new Reader(run, plan, await loadErrata(folder, settings.errata));
  while (!(await reader.goesOn(suites, correct)));
  if (reader.met.length > 0) {
    throw new GuideFailure(reportOf(reader.met, reader.left), {
      hint: "`pnpm repro ID` shows one of them alone; docs/errata.md has them all.",
    });
  }
}

class Reader {
  readonly met: LocatedErratum[] = [];
  left: readonly Erratum[];
  #plan: Plan;
  readonly #run: Run;
  readonly #progress = new DoneBlocks();

  constructor(run: Run, plan: Plan, errata: readonly Erratum[]) {
    this.#run = run;
    this.#plan = plan;
    this.left = errata;
  }

  /** Goes on until something fails, and corrects that; resolves with true at the end of it all. */
  async goesOn(suites: readonly string[], correct: boolean): Promise<boolean> {
    const groups = this.#progress.pending(this.#plan.groups);
    const failure = await applyPart(this.#run, { ...this.#plan, groups }, this.#progress);
    if (failure) {
      const blamed = blameStep(failure, this.left, this.#plan);
      this.#say(blamed);
      if (!blamed || !correct) {
        const { verdict: _, message, ...details } = failure;
        throw new GuideFailure(message, blamed ? { ...details, hint: sentence(blamed) } : details);
      }
      await this.#correct(blamed, failure.step ?? "");
      return false;
    }
    const red = await this.#redTests(suites);
    if (red.length === 0) return true;
    const blamed = blameTests(red, this.left);
    this.#say(blamed);
    // Without a culprit the red tests are the run's verdict.
    if (!blamed || !correct) return true;
    await this.#correct(blamed, `milestone ${red[0]?.milestone ?? ""}`);
    return false;
  }

  async #redTests(suites: readonly string[]): Promise<readonly TestRecord[]> {
    const { recorder } = this.#run;
    const known = recorder.tests.length;
    await this.#run.suites(suites);
    return recorder.tests.slice(known).filter(isRed);
  }

  #say(blamed: ErratumMatch | undefined): void {
    this.#run.recorder.note(blamed ? sentence(blamed) : "No erratum of the catalogue accounts for this.");
  }

  /** Takes one erratum out, does again what it spoiled as far as the failure, and helps where that is not enough. */
  async #correct({ erratum, asCatalogued }: ErratumMatch, where: string): Promise<void> {
    this.#run.corrected();
    this.met.push({ erratum, asCatalogued, where });
    this.left = this.left.filter((other) => other !== erratum);
    const { settings } = this.#run;
    this.#plan = await planOf({ ...settings, errata: this.left.map(({ id }) => id) });
    if (erratum.remedy.length === 0) return;
    const pending = this.#progress.pending(this.#plan.groups);
    const failed = pending.findIndex(({ steps }) => steps.some(({ key }) => key === where));
    const before = failed < 0 ? pending : pending.slice(0, failed);
    const failure = await applyPart(this.#run, { ...this.#plan, groups: before }, this.#progress);
    if (failure) return;
    for (const action of erratum.remedy) await act(this.#run, erratum, action);
    // With a proof of its own the remedy did what of the failed step was left.
    if (erratum.proof && failed >= 0) this.#progress.done(pending.slice(failed, failed + 1));
  }
}
