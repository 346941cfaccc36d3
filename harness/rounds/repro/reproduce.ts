import { common } from "../../guide/edit/compare/compare.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import { sh } from "../../machines/ssh/sh.ts";
import type { Run } from "../../run/run.ts";
import { machinesOf, planOf, type Settings } from "../../settings/settings.ts";
import { describeWait, NotYet, waitFor } from "../../waits/wait.ts";
import { act, applyPart, DoneBlocks, stepsAsked, upTo } from "./apply.ts";
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
  const { symptom, changes, faults, remedy, proof } = entry;
  const plan = await run.plan();
  const mended = await planOf(corrected);
  const progress = new DoneBlocks();
  const apply = (
    part: Plan,
    groups: readonly StepGroup[],
    save = false,
  ): Promise<RunObservations["failure"]> => applyPart(run, { ...part, groups }, progress, save);

  /** Says how many steps there are to the end of these blocks. */
  const tell = (groups: readonly StepGroup[], after?: string): void =>
    run.recorder.emit({
      type: "asked",
      steps: stepsAsked(groups, run.recorder.steps, after),
      milestones: "milestone" in symptom ? [symptom.milestone] : [],
    });

  /** The blocks on the way to the symptom. */
  const wantedOf = (whole: Plan): readonly StepGroup[] =>
    upTo(whole, "step" in symptom ? symptom.step : "probe" in symptom ? symptom.after : undefined);

  /** Applies the guide as far as the symptom, with the entry's faults in between, and looks. */
  const show = async (sound: readonly StepGroup[]): Promise<SymptomMatch> => {
    const wanted = wantedOf(plan);
    tell(wanted, run.machines.resumed?.after);
    const early = await apply(plan, sound, true);
    if (early) return appearanceOf(entry, { failure: early, tests: [] });
    let from = sound.length;
    for (const fault of faults) {
      const to = upTo(plan, fault.after).length;
      const failure = await apply(plan, wanted.slice(from, to));
      if (failure) return appearanceOf(entry, { failure, tests: [] });
      if ("reboot" in fault) await run.machines.reboot(fault.on);
      else await act(run, entry, fault);
      from = to;
    }
    const failure = await apply(plan, wanted.slice(from));
    return appearanceOf(entry, failure ? { failure, tests: [] } : await look(run, entry, symptom));
  };

  /** Does what of the corrected guide was not done, then the remedy, then looks again. Resolves with `green` if all is well. */
  const mend = async (): Promise<string> => {
    const pending = progress.pending(wantedOf(mended));
    const last = "step" in symptom ? pending.filter(({ id }) => id === symptom.step) : [];
    const others = pending.filter((group) => !last.includes(group));
    tell(pending);
    const before = await apply(mended, others);
    if (before) return before.message;
    for (const action of remedy) await act(run, entry, action);
    if (proof) {
      // The remedy did what of the failed step was left.
      progress.done(last);
      const rest = upTo(mended, "step" in proof ? proof.step : undefined);
      tell(progress.pending(rest));
      const failure = await apply(mended, progress.pending(rest));
      if (failure) return failure.message;
      if ("step" in proof) return "green";
      const seen = await look(run, entry, { milestone: proof.milestone, message: "" }, false);
      return notGreen(seen) ?? "green";
    }
    const failure = await apply(mended, last);
    if (failure) return failure.message;
    const seen = await look(run, entry, symptom, false);
    const red = notGreen(seen);
    if (red !== undefined) return red;
    const { appeared, seen: found } = appearanceOf(entry, seen);
    const how = seen.waited ? ` (${describeWait(seen.waited)})` : "";
    return appeared && !("harmless" in symptom) ? `still there${how}: ${found}` : "green";
  };

  // Before the defect makes itself felt: checkpoints of these blocks serve many entries.
  const sound = common(wantedOf(plan), mended.groups).slice(
    0,
    faults[0] && upTo(plan, faults[0].after).length,
  );
  await run.up(await run.prepare(), {
    resume: !fresh,
    asFarAs: { ...plan, groups: sound },
    later: [mended],
  });
  const appearance = await show(sound);
  const [{ name: first } = { name: "" }] = await machinesOf(corrected);
  const { stdout } = await run.machines.exec(first, sh`. /etc/os-release; echo "$ID$VERSION_ID"`);
  const outcome = { ...appearance, system: stdout.trim() };
  if (!fix || !appearance.appeared) return outcome;
  if (changes.length + faults.length + remedy.length === 0) {
    run.recorder.note("The corrected guide keeps it: there is nothing to put right.");
    return outcome;
  }
  return { ...outcome, fixed: await mend() };
}

/** Looks until the symptom is there, or with `wanted` false until it is not; not longer than the probe may take. */
async function look(
  run: Run,
  entry: Entry,
  symptom: Entry["symptom"],
  wanted = true,
): Promise<RunObservations> {
  const { recorder, settings, context } = run;
  const known = recorder.tests.length;
  if ("milestone" in symptom) await run.suites([symptom.milestone]);
  const tests = recorder.tests.slice(known);
  if (!("probe" in symptom)) return { tests };
  const { on, run: script, within = 0 } = symptom.probe;
  let seen: RunObservations = { tests };
  const once = async (): Promise<void> => {
    seen = { tests, printed: (await run.exec(on, script)).output };
    if (appearanceOf(entry, seen).appeared !== wanted) throw new NotYet(seen.printed);
  };
  await waitFor(once, {
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

/** The tests that are not green, a line each. */
function notGreen({ tests }: RunObservations): string | undefined {
  const red = tests.filter(({ outcome }) => outcome !== "passed" && outcome !== "skipped");
  if (red.length === 0) return undefined;
  return red.map(({ name, failure }) => `${name}: ${failure?.message ?? ""}`).join("\n");
}
