import { dirname, join } from "node:path";
import { HarnessError, Interrupted, type SourceLocation, UsageError, type Verdict } from "../../errors.ts";
import { common, signature } from "../../guide/edit/compare/compare.ts";
import { guideAt } from "../../guide/edit/compare/revision.ts";
import type { Plan } from "../../guide/types.ts";
import { readIfThere } from "../../host/files.ts";
import type { ChangedBlock } from "../../record/blame.ts";
import type { RunRecord } from "../../record/record.ts";
import { changeOf } from "../../run/evidence/guide-change.ts";
import { milestonesOf } from "../../run/suites/groups.ts";
import { loadProfile } from "../../profile/profile.ts";
import { planOf, type Settings } from "../../settings/settings.ts";
import { optionsOf, recordOf } from "../pool/children.ts";
import { errorOf, type Red, redOf } from "../red.ts";

export type JudgeOptions = {
  readonly suites: readonly string[];
  /** Whether runs begin with new machines and save nothing. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
};

/** What is known of the guide of a revision. */
export type Judgement = {
  readonly commit: string;
  /** `guide`: something is red; `usage`: the guide cannot be read or its edits do not fit, so nothing was run. */
  readonly verdict: Exclude<Verdict, "interrupted">;
  readonly red: readonly Red[];
  /** Why nothing can be said of it, for a verdict other than `passed` and `guide`. */
  readonly message?: string;
  /** The commit with the same steps, profile and `artifacts.yaml` whose run this is; absent if it had a run of its own. */
  readonly sameAs?: string;
  readonly seconds: number;
};

type Judged = RunRecord & Pick<Judgement, "verdict">;

const isClear = ({ verdict }: Judged): boolean => verdict === "passed" || verdict === "guide";

/** Judges the guides of revisions by a run of each, in a process of its own; those with the same steps, profile and `artifacts.yaml` by one run. */
export class Judge {
  readonly #settings: Settings;
  readonly #options: JudgeOptions;
  readonly #known = new Map<string, Judgement>();
  readonly #plans = new Map<string, Plan>();
  #runs = 0;

  constructor(settings: Settings, options: JudgeOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  get runs(): number {
    return this.#runs;
  }

  /** How the blocks of one commit that was judged differ from those of another; none if a guide could not be read. */
  async changed(before: string, after: string): Promise<readonly ChangedBlock[]> {
    const [was, is] = [this.#plans.get(before), this.#plans.get(after)];
    if (!was || !is) return [];
    const { blocks } = changeOf(was, is, loadProfile(this.#settings.guide));
    const named = (text: string): string =>
      [was, is].reduce(
        (name, { guide }) => name.replace(folderOf(guide.file), folderOf(this.#settings.guide)),
        text,
      );
    const placed = ({ file, ...at }: SourceLocation): SourceLocation => ({ ...at, file: named(file) });
    return blocks.map((block) => Object.assign(block, { location: placed(block.location) }));
  }

  /**
   * Judges a revision. With `save`, the states of its machines are kept for other runs. What differs from the first one that was
   * judged has to be done by the run that is believed: machines boot from a checkpoint, and a boot can do what a step should.
   * Interrupted by the signal.
   */
  async of(revision: string, { save }: { readonly save: boolean }): Promise<Judgement> {
    const { fresh, signal } = this.#options;
    signal.throwIfAborted();
    await using at = await guideAt(this.#settings.guide, revision);
    const { commit, file } = at;
    const settings = { ...this.#settings, guide: file };
    const plan = await this.#read(settings);
    if ("message" in plan) return { commit, verdict: "usage", red: [], seconds: 0, message: plan.message };
    const [first = plan] = this.#plans.values();
    this.#plans.set(commit, plan);
    // The suites ask what the profile says, and what steps download is what the list says.
    const list = await readIfThere(join(dirname(file), "artifacts.yaml"));
    const held = JSON.stringify([plan.groups.map(signature), loadProfile(file), list]);
    const known = this.#known.get(held);
    if (known) return { ...known, commit, sameAs: known.commit, seconds: 0 };
    const start = fresh ? ["--fresh"] : ["--resume", ...(save ? [] : ["--no-save"])];
    const resumed = await this.#run(settings, start);
    const { after, booted = false } = resumed.resumed ?? {};
    const before = plan.groups.findIndex(({ id }) => id === after) + 1;
    const isDoubtful = booted && before > common(plan.groups, first.groups).length;
    const record = isDoubtful && isClear(resumed) ? await this.#run(settings, ["--fresh"]) : resumed;
    const { verdict, durationMs } = record;
    const judgement = {
      commit,
      verdict,
      red: redOf(record),
      seconds: durationMs / 1000,
      ...(!isClear(record) && { message: errorOf(record) }),
    };
    this.#known.set(held, judgement);
    return judgement;
  }

  async #run(settings: Settings, start: readonly string[]): Promise<Judged> {
    const { suites, signal } = this.#options;
    this.#runs += 1;
    const args = [...optionsOf(settings), ...start, "--suite", ...suites];
    const record = await recordOf("e2e", args, signal);
    const { verdict } = record;
    if (verdict === "interrupted") throw new Interrupted("A run was interrupted");
    if (verdict === "usage") throw new UsageError(errorOf(record));
    return { ...record, verdict };
  }

  /** The plan of a guide; the reason if it cannot be read, with places as in the guide's own folder. */
  async #read(settings: Settings): Promise<Plan | { readonly message: string }> {
    try {
      // Its profile may not have them yet, or not any more.
      milestonesOf(this.#options.suites, loadProfile(settings.guide));
      return await planOf(settings);
    } catch (error) {
      if (!(error instanceof HarnessError && error.verdict === "usage")) throw error;
      const { message } = error;
      return { message: message.replaceAll(folderOf(settings.guide), folderOf(this.#settings.guide)) };
    }
  }
}

const folderOf = (guide: string): string => dirname(dirname(guide));
