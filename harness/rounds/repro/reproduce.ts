import { common } from "../../guide/edit/compare/compare.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import { sh } from "../../machines/ssh/sh.ts";
import type { Run } from "../../run/run.ts";
import { machinesOf, planOf, type Settings } from "../../settings/settings.ts";
import { describeWait, NotYet, waitFor } from "../../waits/wait.ts";
import { act, applyPart, DoneBlocks, upTo } from "./apply.ts";
import { type Entry, isMistake } from "./catalogue/catalogue.ts";
import { type SymptomMatch, appearanceOf, type RunObservations } from "./judge.ts";

const pollInterval = 500;

/** What came of an entry: its symptom, and once it was put right, whether that still appeared. */
export type Outcome = SymptomMatch & {
  /** Set after a correction: `green`, or what was seen instead. */
  readonly fixed?: string;
  /** ID and VERSION_ID of the machines' /etc/os-release, without a blank. */
  readonly system: string;
};

export function settingsWith(settings: Settings, entry: Entry): Settings {
  if (entry.changes.length === 0) return settings;
  return isMistake(entry)
    ? { ...settings, edits: [...settings.edits, entry.file] }
    : { ...settings, errata: [...settings.errata, entry.id] };
}

/**
 * Brings machines up, from the last checkpoint before the entry's defect unless all is to be `fresh`, applies the guide as
 * far as the symptom, and looks for it. With `fix` then goes on with the correction on the same machines and looks again.
 * A failure of the guide is what is looked for, not thrown; any other is.
 */
export async function reproduce(
  run: Run,
  entry: Entry,
  corrected: Settings,
  { fix, fresh }: { readonly fix: boolean; readonly fresh: boolean },
): Promise<Outcome> {
  const plan = await run.plan();
  const mended = await planOf(corrected);
  const reproduction = new Reproduction(run, entry);
  const sound = { ...plan, groups: reproduction.sound(plan, mended) };
  await run.up(await run.prepare(), { resume: !fresh, asFarAs: sound, later: [mended] });
  const appearance = await reproduction.show(plan, sound);
  const [{ name: first } = { name: "" }] = await machinesOf(corrected);
  const { stdout } = await run.machines.exec(first, sh`. /etc/os-release; echo "$ID$VERSION_ID"`);
  const outcome = { ...appearance, system: stdout.trim() };
  if (!fix || !appearance.appeared) return outcome;
  if (!isCorrected(entry)) {
    run.recorder.note("The corrected guide keeps it: there is nothing to put right.");
    return outcome;
  }
  return { ...outcome, fixed: await reproduction.mend(mended) };
}

/** Whether the corrected guide is another one, or something else puts it right. */
const isCorrected = ({ changes, faults, remedy }: Entry): boolean =>
  changes.length + faults.length + remedy.length > 0;

class Reproduction {
  readonly #run: Run;
  readonly #entry: Entry;
  readonly #progress = new DoneBlocks();

  constructor(run: Run, entry: Entry) {
    this.#run = run;
    this.#entry = entry;
  }

  /** The blocks on the way to the symptom before the defect makes itself felt: checkpoints of them serve many entries. */
  sound(plan: Plan, mended: Plan): readonly StepGroup[] {
    const wanted = this.#wanted(plan);
    const fault = this.#entry.faults[0];
    return common(wanted, mended.groups).slice(0, fault && upTo(plan, fault.after).length);
  }

  /** Applies the guide as far as the symptom, with the entry's faults in between, and looks. */
  async show(plan: Plan, { groups: sound }: Plan): Promise<SymptomMatch> {
    const { symptom, faults } = this.#entry;
    const wanted = this.#wanted(plan);
    const early = await this.#apply(plan, sound, true);
    if (early) return appearanceOf(this.#entry, { failure: early, tests: [] });
    let from = sound.length;
    for (const fault of faults) {
      const to = upTo(plan, fault.after).length;
      const failure = await this.#apply(plan, wanted.slice(from, to));
      if (failure) return appearanceOf(this.#entry, { failure, tests: [] });
      if ("reboot" in fault) await this.#run.machines.reboot(fault.on);
      else await act(this.#run, this.#entry, fault);
      from = to;
    }
    const failure = await this.#apply(plan, wanted.slice(from));
    return appearanceOf(this.#entry, failure ? { failure, tests: [] } : await this.#look(symptom));
  }

  /** Does what of the corrected guide was not done, then the remedy, then looks again. Resolves with `green` if all is well. */
  async mend(plan: Plan): Promise<string> {
    const { symptom, remedy, proof } = this.#entry;
    const pending = this.#progress.pending(this.#wanted(plan));
    const last = "step" in symptom ? pending.filter(({ id }) => id === symptom.step) : [];
    const others = pending.filter((group) => !last.includes(group));
    const before = await this.#apply(plan, others);
    if (before) return before.message;
    for (const action of remedy) await act(this.#run, this.#entry, action);
    if (proof) {
      // The remedy did what of the failed step was left.
      this.#progress.done(last);
      return this.#prove(plan, proof);
    }
    const failure = await this.#apply(plan, last);
    if (failure) return failure.message;
    const seen = await this.#look(symptom, false);
    const red = notGreen(seen);
    if (red !== undefined) return red;
    const { appeared, seen: found } = appearanceOf(this.#entry, seen);
    const how = seen.waited ? ` (${describeWait(seen.waited)})` : "";
    return appeared && !("harmless" in symptom) ? `still there${how}: ${found}` : "green";
  }

  async #prove(plan: Plan, proof: NonNullable<Entry["proof"]>): Promise<string> {
    const rest = upTo(plan, "step" in proof ? proof.step : undefined);
    const failure = await this.#apply(plan, this.#progress.pending(rest));
    if (failure) return failure.message;
    if ("step" in proof) return "green";
    return notGreen(await this.#look({ milestone: proof.milestone, message: "" }, false)) ?? "green";
  }

  #wanted(plan: Plan): readonly StepGroup[] {
    const { symptom } = this.#entry;
    if ("step" in symptom) return upTo(plan, symptom.step);
    return upTo(plan, "probe" in symptom ? symptom.after : undefined);
  }

  #apply(plan: Plan, groups: readonly StepGroup[], save = false): Promise<RunObservations["failure"]> {
    return applyPart(this.#run, { ...plan, groups }, this.#progress, save);
  }

  /** Looks until the symptom is there, or with `wanted` false until it is not; not longer than the probe may take. */
  async #look(symptom: Entry["symptom"], wanted = true): Promise<RunObservations> {
    const { recorder, settings, context } = this.#run;
    const known = recorder.tests.length;
    if ("milestone" in symptom) await this.#run.suites([symptom.milestone]);
    const tests = recorder.tests.slice(known);
    if (!("probe" in symptom)) return { tests };
    const { on, run, within = 0 } = symptom.probe;
    let seen: RunObservations = { tests };
    const look = async (): Promise<void> => {
      seen = { tests, printed: (await this.#run.exec(on, run)).output };
      if (appearanceOf(this.#entry, seen).appeared !== wanted) throw new NotYet(seen.printed);
    };
    await waitFor(look, {
      deadline: within * settings.timeoutFactor,
      interval: pollInterval,
      signal: context.signal,
      late(waited) {
        if (within > 0) seen = { ...seen, waited };
        return new NotYet(waited.last);
      },
    }).catch((thrown: unknown) => {
      if (!(thrown instanceof NotYet)) throw thrown;
    });
    return seen;
  }
}

function notGreen({ tests }: RunObservations): string | undefined {
  const red = tests.filter(({ outcome }) => outcome !== "passed" && outcome !== "skipped");
  if (red.length === 0) return undefined;
  return red.map(({ name, failure }) => `${name}: ${failure?.message ?? ""}`).join("\n");
}
